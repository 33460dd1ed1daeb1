import type { parseExact } from "@ctr/shim/protocol";
import { ContainerError, type ErrorKind, errorFromDocument, errorKinds } from "@ctr/spec";
import type { ProblemDocument } from "../contract/problem.ts";
import { connectablePath } from "./socket-path.ts";

/** What a query can hold. */
export type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;

/** A request to the daemon. */
export interface DaemonRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v1`; its parts are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends requests to one socket. */
export interface HttpClient {
  readonly socketPath: string;
  /**
   * Sends a request and returns the answer when it is not a problem.
   *
   * @throws {ContainerError} what the daemon said; ERR_DAEMON_UNREACHABLE; ERR_DAEMON_GONE.
   */
  send(request: DaemonRequest): Promise<Response>;
  /** As {@linkcode HttpClient.send}; returns the JSON document of the answer, which `parse` reads. */
  json<T>(request: DaemonRequest, parse?: typeof parseExact): Promise<T>;
}

/** Makes a client of the daemon that listens on a Unix socket. */
export function createHttpClient(socketPath: string): HttpClient {
  const send = async (request: DaemonRequest): Promise<Response> => {
    const response = await answer(socketPath, request);
    if (response.ok) return response;
    throw await problemOf(response, socketPath);
  };
  return {
    socketPath,
    send,
    json: async <T>(request: DaemonRequest, parse: typeof parseExact = JSON.parse): Promise<T> => {
      const response = await send(request);
      try {
        return parse(await response.text()) as T;
      } catch (error) {
        throw connectionError(socketPath, error);
      }
    },
  };
}

async function answer(socketPath: string, request: DaemonRequest): Promise<Response> {
  const { method, path, query = {}, body, headers, signal } = request;
  try {
    using target = connectablePath(socketPath);
    return await fetch(`http://ctr/v1${path}${queryText(query)}`, {
      unix: target.path,
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      // A wait or a stream can be silent for days.
      timeout: false,
      // A proxy's variables must not lead elsewhere, and a daemon does not redirect.
      proxy: "",
      redirect: "error",
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(socketPath, error);
  }
}

/** Returns the text of a query with its question mark; empty when nothing is asked. */
export function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      parameters.append(name, String(item));
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** Makes the error of a connection that could not be made, or that broke. */
export function connectionError(socketPath: string, cause: unknown): ContainerError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "EACCES" || code === "EPERM") {
    return new ContainerError(`Cannot reach ctrd at "${socketPath}": permission denied`, {
      code: "ERR_DAEMON_FORBIDDEN",
      kind: "forbidden",
      hint: "Run as the user that ctrd runs as",
      cause,
    });
  }
  if (["ENOENT", "ECONNREFUSED", "ENOTSOCK", "ENOTDIR", "FailedToOpenSocket"].includes(code)) {
    return new ContainerError(`Cannot reach ctrd at "${socketPath}": nobody answers`, {
      code: "ERR_DAEMON_UNREACHABLE",
      kind: "unavailable",
      hint: "Start ctrd, or name its socket",
      cause,
    });
  }
  return new ContainerError(
    `Cannot go on talking to ctrd at "${socketPath}": the connection ended`,
    {
      code: "ERR_DAEMON_GONE",
      kind: "unavailable",
      hint: "Its containers go on; ask again once ctrd is back",
      cause,
    },
  );
}

async function problemOf(response: Response, socketPath: string): Promise<ContainerError> {
  const text = await response.text().catch(() => "");
  const problem = parseProblem(text);
  if (problem !== undefined) return problemError(problem);
  return new ContainerError(
    `Cannot understand what answers at "${socketPath}": status ${response.status} without a problem document`,
    { code: "ERR_DAEMON_PROTOCOL", kind: "internal", hint: "Is this the socket of a ctrd?" },
  );
}

function parseProblem(text: string): ProblemDocument | undefined {
  try {
    const value: ProblemDocument | null = JSON.parse(text);
    return value !== null && typeof value === "object" && "code" in value && "detail" in value
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the error that a problem document describes. */
export function problemError(problem: ProblemDocument): ContainerError {
  const kind: ErrorKind = Object.hasOwn(errorKinds, problem.kind) ? problem.kind : "internal";
  return errorFromDocument({
    code: problem.code,
    kind,
    message: problem.detail,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.pointer === undefined ? {} : { pointer: problem.pointer }),
  });
}
