import { join } from "node:path";
import { ContainerError } from "@ctr/spec";

/** Name of the daemon's socket in its state directory. */
export const socketName = "ctr.sock";

/** The variables and the user that the default places depend on. */
export interface PlaceOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Effective user id. @default that of this process */
  readonly uid?: number;
}

/** Returns where ctrd keeps its socket and the containers' directories: `/run/ctr`, or `$XDG_RUNTIME_DIR/ctr` when not root. */
export function defaultStateDirectory(options: PlaceOptions = {}): string {
  const { env, uid } = resolved(options);
  if (uid === 0) return "/run/ctr";
  const runtime = absolute(env["XDG_RUNTIME_DIR"]);
  if (runtime === undefined) {
    throw new ContainerError(
      "Cannot find the state directory: XDG_RUNTIME_DIR is not set to an absolute path",
      {
        code: "ERR_NO_STATE_DIRECTORY",
        kind: "unsupported",
        hint: "Set it, or name the directory with --state-dir, or the socket with --address",
      },
    );
  }
  return join(runtime, "ctr");
}

/** Returns where ctrd keeps its journal and the logs: `/var/lib/ctr`, or `$XDG_DATA_HOME/ctr` when not root. */
export function defaultRoot(options: PlaceOptions = {}): string {
  const { env, uid } = resolved(options);
  if (uid === 0) return "/var/lib/ctr";
  const data = absolute(env["XDG_DATA_HOME"]);
  if (data !== undefined) return join(data, "ctr");
  const home = absolute(env["HOME"]);
  if (home !== undefined) return join(home, ".local/share/ctr");
  throw new ContainerError(
    "Cannot find the root directory: neither XDG_DATA_HOME nor HOME is set",
    {
      code: "ERR_NO_ROOT_DIRECTORY",
      kind: "unsupported",
      hint: "Set one of them, or name the directory with --root",
    },
  );
}

/** Returns where a daemon with the default places listens. */
export function defaultSocketPath(options: PlaceOptions = {}): string {
  return join(defaultStateDirectory(options), socketName);
}

/**
 * Returns the path that an address names: a path, or a `unix:` URL.
 *
 * @throws {ContainerError} ERR_INVALID_ADDRESS when it is anything else; only Unix sockets are served.
 *
 * @example
 * ```ts
 * parseAddress("unix:///run/ctr/ctr.sock"); // "/run/ctr/ctr.sock"
 * ```
 */
export function parseAddress(address: string): string {
  const path = address.replace(/^unix:(?:\/\/)?(?=\/(?!\/))/, "");
  if (path === "" || path.includes("\0") || /^[a-z][a-z0-9+.-]*:/i.test(path)) {
    throw new ContainerError(`Cannot use the address ${JSON.stringify(address)}`, {
      code: "ERR_INVALID_ADDRESS",
      kind: "invalid",
      hint: "Give the path of a Unix socket, or a URL such as unix:///run/ctr/ctr.sock",
    });
  }
  return path;
}

function resolved(options: PlaceOptions): Required<PlaceOptions> {
  return {
    env: options.env ?? process.env,
    uid: options.uid ?? process.geteuid?.() ?? 0,
  };
}

/** The base directory specification: a path that is not absolute is to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") ? path : undefined;
}
