import { closeSync, lstatSync, mkdirSync, openSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ContainerError } from "@ctr/spec";
import type { Hono } from "hono";
import type { AppEnvironment } from "./routes/app-environment.ts";
import type { AttachSocket } from "./routes/attach-socket.ts";
import { bodyLengthMax } from "./routes/read-request.ts";
import { daemonRunning } from "./state-lock.ts";

/** A server that listens. */
export interface UnixServer {
  readonly socketPath: string;
  /** Stops listening, cuts every connection and removes the socket. */
  stop(): Promise<void>;
}

/** Longest path that a socket's address holds, in bytes. */
const pathLengthMax = 107;

/**
 * Serves an application on a Unix socket that only we can connect to.
 *
 * @throws {ContainerError} ERR_DAEMON_RUNNING when somebody answers there; ERR_ADDRESS_IN_USE when there is something else.
 */
export async function listen(app: Hono<AppEnvironment>, socketPath: string): Promise<UnixServer> {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  await removeStaleSocket(socketPath);
  const place = bindablePath(socketPath);
  // The socket's mode follows the umask: between listening and a chmod anybody could connect.
  const umask = process.umask(0o177);
  let server: Bun.Server<AttachSocket>;
  try {
    server = serve(app, place.path);
  } catch (error) {
    place.release();
    throw listenError(socketPath, error);
  } finally {
    process.umask(umask);
  }
  return {
    socketPath,
    stop: async () => {
      await server.stop(true);
      rmSync(socketPath, { force: true });
      place.release();
    },
  };
}

function serve(app: Hono<AppEnvironment>, unix: string): Bun.Server<AttachSocket> {
  return Bun.serve<AttachSocket>({
    unix,
    // Ours comes first, with a problem document.
    maxRequestBodySize: 2 * bodyLengthMax,
    fetch: (request, server) => {
      // A wait or a stream can be silent for days.
      server.timeout(request, 0);
      return app.fetch(request, {
        upgrade: (one, socket) => server.upgrade(one, { data: socket }),
      });
    },
    websocket: {
      idleTimeout: 0,
      maxPayloadLength: 1024 * 1024,
      open: (socket) => void socket.data.opened(socket),
      message: (socket, message) => socket.data.message(socket, message),
      drain: (socket) => socket.data.drained(),
      close: (socket) => socket.data.closed(),
    },
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ContainerError(`Cannot listen at "${path}": it is no socket`, {
      code: "ERR_ADDRESS_IN_USE",
      kind: "conflict",
      hint: "Remove it, or name another path with --address",
    });
  }
  if (await isAnswered(path)) throw daemonRunning(path);
  rmSync(path, { force: true });
}

/** A socket whose process has died refuses connections. */
async function isAnswered(path: string): Promise<boolean> {
  const place = bindablePath(path);
  try {
    const connection = await Bun.connect({ unix: place.path, socket: { data: () => undefined } });
    connection.end();
    return true;
  } catch {
    return false;
  } finally {
    place.release();
  }
}

/** A path that is too long for a socket's address goes by way of its directory. */
function bindablePath(path: string): { readonly path: string; release(): void } {
  if (Buffer.byteLength(path) <= pathLengthMax) return { path, release: () => undefined };
  const directory = openSync(dirname(path), "r");
  return {
    path: join(`/proc/self/fd/${directory}`, basename(path)),
    release: () => closeSync(directory),
  };
}

function listenError(path: string, error: unknown): ContainerError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ContainerError(`Cannot listen at "${path}": ${reason}`, {
    code: "ERR_LISTEN",
    kind: "internal",
    cause: error,
  });
}
