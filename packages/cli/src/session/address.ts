import { basename, dirname, resolve } from "node:path";
import { defaultSocketPath, type PlaceOptions, parseAddress } from "@ctr/daemon/client";

/** Where the daemon listens. */
export interface Address {
  /** Absolute path of the socket. */
  readonly socketPath: string;
  /** Whether it is where a daemon listens that was told nothing. */
  readonly isDefault: boolean;
  /** The state directory of a daemon that listens there; `undefined` when `ctrd --state-dir` cannot make that socket. */
  readonly stateDirectory: string | undefined;
}

/**
 * Finds out where the daemon listens: what the flag says, else CTR_ADDRESS, else the default.
 *
 * @throws {ContainerError} ERR_INVALID_ADDRESS; ERR_NO_STATE_DIRECTORY.
 */
export function resolveAddress(flag: string | undefined, options: PlaceOptions = {}): Address {
  const named = flag ?? ((options.env ?? process.env)["CTR_ADDRESS"] || undefined);
  const socketPath = resolve(
    named === undefined ? defaultSocketPath(options) : parseAddress(named),
  );
  return {
    socketPath,
    isDefault: named === undefined || socketPath === standardPath(options),
    stateDirectory: basename(socketPath) === "ctr.sock" ? dirname(socketPath) : undefined,
  };
}

/** The default, or nothing where there is none: a named address needs none. */
function standardPath(options: PlaceOptions): string | undefined {
  try {
    return defaultSocketPath(options);
  } catch {
    return undefined;
  }
}
