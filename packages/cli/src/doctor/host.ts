import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";

/** What the doctor looks at; tests give it another machine. */
export interface Host {
  /** As process.arch says it: `x64`, `arm64`. */
  readonly architecture: string;
  /** What uname(2) calls the release: `6.18.5-custom`. */
  readonly kernelRelease: string;
  /** Effective user id. */
  readonly uid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns what a small file holds; `undefined` when it cannot be read. */
  readText(path: string): string | undefined;
  exists(path: string): boolean;
  /** Whether we may write to a file or make something in a directory. */
  isWritable(path: string): boolean;
  /** Returns the names in a directory; none when it cannot be read. */
  list(path: string): readonly string[];
  /** Returns the magic number of the file system that a path is on; `undefined` without one. */
  fileSystemType(path: string): number | undefined;
  /** Returns the path of a program on PATH. */
  which(program: string): string | undefined;
  /** Runs a program and returns the first line that it prints; `undefined` when it fails. */
  firstLine(command: readonly string[]): string | undefined;
}

/** Returns the machine that we run on. */
export function thisHost(): Host {
  return {
    architecture: process.arch,
    kernelRelease: release(),
    uid: process.geteuid?.() ?? 0,
    environment: process.env,
    readText: (path) => attempt(() => readFileSync(path, "utf8")),
    exists: existsSync,
    isWritable: (path) =>
      attempt(() => {
        accessSync(path, constants.W_OK);
        return true;
      }) ?? false,
    list: (path) => attempt(() => readdirSync(path)) ?? [],
    fileSystemType: (path) => attempt(() => statfsSync(path).type),
    which: (program) => Bun.which(program) ?? undefined,
    firstLine: (command) =>
      attempt(() => {
        const { stdout, success } = Bun.spawnSync([...command], { stdin: "ignore", timeout: 5000 });
        return success ? stdout.toString().split("\n")[0]?.trim() : undefined;
      }),
  };
}

/** What cannot be looked at counts as not there. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
