import { linuxKernel, remove } from "@ctr/runtime/kernel";
import type { HeldContainer } from "../holder/held-container.ts";
import { type Hello, protocolVersion, type ShimEvent } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedConnection, SavedServer } from "../sleep/saved-shim.ts";
import { adoptConnection, adoptListener } from "./adopt-socket.ts";
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
  /** Is called when a client says or asks something. */
  readonly onActivity: () => void;
}

/** What Bun calls a socket's data: absent until it is open. */
type SocketData = ShimConnection | undefined;

/** The shim's socket. */
export class ShimServer {
  readonly #options: ShimServerOptions;
  readonly #connections: Set<ShimConnection> = new Set();
  readonly #listener: Bun.UnixSocketListener<SocketData>;
  readonly #hello: Hello;
  #onceEmpty: (() => void) | undefined;

  /**
   * Listens; the socket has mode 0600.
   *
   * @param saved a socket that another shim has left open
   */
  constructor(options: ShimServerOptions, saved?: SavedServer) {
    this.#options = options;
    this.#hello = { protocol: protocolVersion, id: options.id, pid: process.pid };
    const socket = this.#handler((connection) => connection.send({ hello: this.#hello }));
    if (saved !== undefined) {
      this.#listener = adoptListener<SocketData>({ fd: saved.listener, data: undefined, socket });
      return;
    }
    const umask = process.umask(0o177);
    try {
      this.#listener = Bun.listen<SocketData>({ unix: options.path, data: undefined, socket });
    } finally {
      process.umask(umask);
    }
  }

  /** Takes up the connections of another shim. */
  async restore({ connections }: SavedServer): Promise<void> {
    await Promise.all(connections.map((connection) => this.#restore(connection)));
  }

  async #restore({ socket: fd, waits }: SavedConnection): Promise<void> {
    const socket = this.#handler((connection) => connection.resumeWaits(waits));
    await adoptConnection<SocketData>({ fd, data: undefined, socket });
  }

  /** Whether no client has asked for anything but to wait. */
  get isIdle(): boolean {
    return [...this.#connections].every((connection) => connection.isIdle);
  }

  /** Leaves everything open for another shim. */
  save(handover: Handover): SavedServer {
    return {
      listener: handover.watch(this.#listener.fd),
      connections: [...this.#connections].map((connection) => connection.save(handover)),
    };
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
    remove(linuxKernel(), this.#options.path);
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

  #handler(opened: (connection: ShimConnection) => void): Bun.SocketHandler<SocketData> {
    const { container, onActivity } = this.#options;
    return {
      open: (socket) => {
        onActivity();
        socket.data = new ShimConnection(socket, container);
        this.#connections.add(socket.data);
        opened(socket.data);
      },
      data: (socket, data) => {
        onActivity();
        socket.data?.received(data);
      },
      drain: (socket) => socket.data?.drained(),
      error: (socket) => this.#closed(socket.data),
      close: (socket) => this.#closed(socket.data),
    };
  }

  #closed(connection: SocketData): void {
    if (connection === undefined) return;
    this.#options.onActivity();
    connection.closed();
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onceEmpty?.();
  }
}
