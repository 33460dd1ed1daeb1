/**
 * Sockets that another program has left open. Bun can use them; its types do not say so.
 *
 * @module
 */

declare module "bun" {
  interface Socket<Data> {
    /** Number of its descriptor. */
    readonly fd: number;
  }
  interface UnixSocketListener<Data> {
    /** Number of its descriptor. */
    readonly fd: number;
  }
  function connect<Data = undefined>(options: FdSocketOptions<Data>): Promise<Socket<Data>>;
  function listen<Data = undefined>(options: FdSocketOptions<Data>): UnixSocketListener<Data>;
}

/** Goes on listening on a socket that is open and listens already; its file is not ours. */
export function adoptListener<Data>(
  options: Bun.FdSocketOptions<Data>,
): Bun.UnixSocketListener<Data> {
  return Bun.listen(options);
}

/** Uses a connection that is open already. */
export function adoptConnection<Data>(
  options: Bun.FdSocketOptions<Data>,
): Promise<Bun.Socket<Data>> {
  return Bun.connect(options);
}
