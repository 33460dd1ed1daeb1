import type { AttachSocket } from "./attach-socket.ts";

/** What Hono hands to each route. */
export interface AppEnvironment {
  readonly Bindings: AppBindings;
}

/** What the server adds to a request. */
export interface AppBindings {
  /** Makes the connection of a request a WebSocket; absent when there is no server, as in unit tests. */
  readonly upgrade?: (request: Request, socket: AttachSocket) => boolean;
}
