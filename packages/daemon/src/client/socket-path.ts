import { closeSync, openSync } from "node:fs";

/** open(2): a descriptor that only names a file. */
const O_PATH = 0o10000000;

/** A path that can be connected to, for as long as it is not disposed of. */
export interface ConnectablePath extends Disposable {
  readonly path: string;
}

/**
 * Returns a path of a socket that the kernel and a `ws+unix:` URL take: a socket's address holds 107 bytes, and the URL
 * takes few characters; any other path goes by way of a descriptor.
 */
export function connectablePath(path: string): ConnectablePath {
  if (path.length <= 107 && /^[A-Za-z0-9/._-]+$/.test(path)) {
    return { path, [Symbol.dispose]: () => undefined };
  }
  const descriptor = openSync(path, O_PATH);
  return {
    path: `/proc/self/fd/${descriptor}`,
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}
