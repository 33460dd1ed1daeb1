import { ContainerError, parseContainerId } from "@ctr/spec";

/** What `ctr-shim` was called for. */
export type ShimArguments =
  | { readonly mode: "help" | "version" | "spare" }
  | {
      readonly mode: "wake";
      /** Descriptor of what the shim that fell asleep has written down. */
      readonly state: number;
    }
  | {
      readonly mode: "hold" | "recover";
      readonly id: string;
      /** Absolute path. */
      readonly bundle: string;
      readonly runtime: string;
    };

export const usage = `Usage: ctr-shim [--recover] ID BUNDLE RUNTIME
       ctr-shim --spare [ROOM]

Holds one container: its stdio, its exit status, the processes that are executed in it.

The working directory is the directory of the container's first process, which
holds process.json; the directory above it gets the socket shim.sock.

  ID       the container
  BUNDLE   absolute path of the directory with config.json
  RUNTIME  "bunc", or the name or path of any OCI runtime

Options:
  --recover    clean up after a shim that has died
  --spare      wait for a line on the standard input that says what to hold;
               ROOM, any text, makes room for ID BUNDLE RUNTIME in what ps shows
  --help       show this text
  --version    show the version
`;

/**
 * Reads the command line.
 *
 * @throws {ContainerError} ERR_USAGE or ERR_INVALID_ID
 */
export function parseArguments(argv: readonly string[]): ShimArguments {
  const options = argv.filter((argument) => argument.startsWith("--"));
  const [id, bundle, runtime, ...more] = argv.filter((argument) => !argument.startsWith("--"));
  const unknown = options.find(
    (option) => !["--help", "--version", "--recover", "--spare", "--wake"].includes(option),
  );
  if (unknown !== undefined) throw wrong(`there is no option ${unknown}`);
  if (options.includes("--help")) return { mode: "help" };
  if (options.includes("--version")) return { mode: "version" };
  if (options.includes("--wake")) return { mode: "wake", state: Number(id) };
  if (options.includes("--spare")) return { mode: "spare" };
  if (id === undefined || bundle === undefined || runtime === undefined || more.length > 0) {
    throw wrong("it takes ID, BUNDLE and RUNTIME");
  }
  if (!bundle.startsWith("/")) throw wrong(`the bundle "${bundle}" is not an absolute path`);
  const mode = options.includes("--recover") ? "recover" : "hold";
  return { mode, id: parseContainerId(id), bundle, runtime };
}

function wrong(why: string): ContainerError {
  return new ContainerError(`Cannot use these arguments: ${why}`, {
    code: "ERR_USAGE",
    kind: "invalid",
    hint: "See ctr-shim --help",
  });
}
