import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { ContainerError } from "@ctr/spec";

/**
 * Makes a directory that only we can enter, and returns its real path.
 *
 * @throws {ContainerError} ERR_UNSAFE_DIRECTORY when it belongs to somebody else or is no directory.
 */
export function makePrivateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  const { uid, mode } = lstatSync(real);
  if (uid !== process.geteuid?.()) {
    throw new ContainerError(`Cannot use the directory "${path}": it belongs to uid ${uid}`, {
      code: "ERR_UNSAFE_DIRECTORY",
      kind: "forbidden",
      hint: "Name a directory of your own",
    });
  }
  // What is in it was made with 0600 and 0700, but its names are nobody else's business either.
  if ((mode & 0o077) !== 0) chmodSync(real, 0o700);
  return real;
}

/** Makes an empty file that only we can read, unless it is there: what SQLite makes itself everybody could. */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}
