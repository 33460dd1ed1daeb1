import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server, ServerWebSocket } from "bun";

/** A request that the daemon got. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, without `/v1`. */
  readonly path: string;
  readonly body: unknown;
}

/** A client that is attached. */
export type FakeSocket = ServerWebSocket<undefined>;

/** What the daemon answers. */
export interface FakeAnswers {
  /** Returns the answer to a request; `undefined` for 404. */
  answer?(request: SeenRequest): Response | undefined;
  /** Called when somebody has attached. */
  attached?(socket: FakeSocket): void;
  /** Called with what an attached client sends: bytes of input, or a JSON document. */
  received?(socket: FakeSocket, message: string | Uint8Array): void;
}

/** Something that answers as ctrd does, so that `ctr` can be tested without containers. */
export interface FakeDaemon extends AsyncDisposable {
  readonly socketPath: string;
  /** What it was asked, in order, without questions after its health. */
  readonly seen: readonly SeenRequest[];
}

/** Starts a daemon on a socket of its own. */
export async function fakeDaemon(answers: FakeAnswers): Promise<FakeDaemon> {
  const directory = await mkdtemp(join(tmpdir(), "ctr-test-cli-"));
  const socketPath = join(directory, "ctr.sock");
  const seen: SeenRequest[] = [];
  const server: Server<undefined> = Bun.serve({
    unix: socketPath,
    fetch: async (request, self) => {
      const url = new URL(request.url);
      const path = `${url.pathname.replace(/^\/v1/, "")}${url.search}`;
      if (path === "/health") return Response.json(health);
      const text = await request.text();
      const asked = {
        method: request.method,
        path,
        body: text === "" ? undefined : JSON.parse(text),
      };
      seen.push(asked);
      if (
        request.headers.get("upgrade") === "websocket" &&
        self.upgrade(request, { data: undefined })
      ) {
        return;
      }
      return answers.answer?.(asked) ?? problem(404, "ERR_NOT_FOUND", "notFound", "Cannot find it");
    },
    websocket: {
      open: (socket) => answers.attached?.(socket),
      message: (socket, message) =>
        answers.received?.(socket, typeof message === "string" ? message : new Uint8Array(message)),
    },
  });
  return {
    socketPath,
    seen,
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const health = {
  status: "ok",
  pid: 1,
  started: "2026-06-15T03:10:37Z",
  containers: 0,
  spareShims: 1,
  stateDirectory: "/run/ctr",
  root: "/var/lib/ctr",
};

/** Returns an answer that says what went wrong. */
export function problem(status: number, code: string, kind: string, detail: string): Response {
  return Response.json(
    { type: `urn:ctr:error:${code}`, title: "Problem", status, detail, code, kind, hint: "Try it" },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}

/** Returns an answer without a body. */
export function done(): Response {
  return new Response(null, { status: 204 });
}
