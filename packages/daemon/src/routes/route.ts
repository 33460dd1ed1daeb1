import type { Context, Hono } from "hono";
import type { Operation } from "../contract/operation.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { type RequestParts, readRequest } from "./read-request.ts";

/** The application as routes see it. */
export type App = Hono<AppEnvironment>;

/** Serves an operation whose answer is a JSON document, or nothing. */
export function route<P, Q, B, R>(
  app: App,
  operation: Operation<P, Q, B, R>,
  handle: (parts: RequestParts<P, Q, B>) => Promise<R>,
): void {
  streamRoute(app, operation, async (parts) => {
    const result = await handle(parts);
    if (operation.status === 204) return new Response(null, { status: 204 });
    // What leaves is checked like what enters: a client can rely on the document of the API.
    return Response.json(operation.result.parse(result), { status: operation.status });
  });
}

/** Serves an operation that makes its own answer. */
export function streamRoute<P, Q, B>(
  app: App,
  operation: Operation<P, Q, B, unknown>,
  handle: (parts: RequestParts<P, Q, B>, context: Context<AppEnvironment>) => Promise<Response>,
): void {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.on(operation.method.toUpperCase(), path, async (context) =>
    handle(await readRequest(context, operation), context),
  );
}
