import type { HeldContainer } from "../holder/held-container.ts";
import { type Hello, protocolVersion, type ShimEvent } from "../protocol.ts";
import { ShimConnection } from "./shim-connection.ts";

/** How long clients have to read what waits for them when the shim ends. */
const farewellMs = 5000;

/** What a {@linkcode ShimServer} is made from. */
export interface ShimServerOptions {
  readonly id: string;
  /** Path of the socket; relative ones are fine, and shorter. */
  readonly path: string;
  /** Settles when the container is created. */
  readonly container: Promise<HeldContainer>;
}

/** The shim's socket. */
export class ShimServer {
  readonly #connections: Set<ShimConnection> = new Set();
  readonly #listener: Bun.UnixSocketListener<ShimConnection | undefined>;
  readonly #hello: Hello;
  #onceEmpty: (() => void) | undefined;

  /** Listens; the socket has mode 0600. */
  constructor(options: ShimServerOptions) {
    this.#hello = { protocol: protocolVersion, id: options.id, pid: process.pid };
    const umask = process.umask(0o177);
    try {
      this.#listener = Bun.listen<ShimConnection | undefined>({
        unix: options.path,
        data: undefined,
        socket: {
          open: (socket) => {
            socket.data = new ShimConnection(socket, options.container);
            this.#connections.add(socket.data);
            socket.data.send({ hello: this.#hello });
          },
          data: (socket, data) => socket.data?.received(data),
          drain: (socket) => socket.data?.drained(),
          error: (socket) => this.#closed(socket.data),
          close: (socket) => this.#closed(socket.data),
        },
      });
    } finally {
      process.umask(umask);
    }
  }

  /** Tells an event to every client that is not attached. */
  announce(event: ShimEvent): void {
    for (const connection of this.#connections) {
      if (!connection.isAttached) connection.send(event);
    }
  }

  /** Lets go of the socket, whose file goes; connections stay. */
  stopListening(): void {
    this.#listener.stop();
  }

  /** Closes the connections once their clients have what waits for them, or after a time. */
  async closeConnections(): Promise<void> {
    for (const connection of this.#connections) connection.finish();
    if (this.#connections.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onceEmpty = resolve;
      const timer = setTimeout(resolve, farewellMs);
      await promise;
      clearTimeout(timer);
    }
    for (const connection of this.#connections) connection.terminate();
  }

  #closed(connection: ShimConnection | undefined): void {
    if (connection === undefined) return;
    connection.closed();
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onceEmpty?.();
  }
}
