import { toPointer } from "@ctr/spec";
import type { Context } from "hono";
import type { z } from "zod";
import type { Operation } from "../contract/operation.ts";
import type { RequestProblem } from "../contract/problem.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { RequestError } from "./request-error.ts";

/** Longest body, in bytes: room for a process with 2 MiB of arguments and environment. */
export const bodyLengthMax: number = 4 * 1024 * 1024;

/** The parts of a request, checked. */
export interface RequestParts<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/**
 * Reads and checks a request.
 *
 * @throws {RequestError} ERR_INVALID_REQUEST with every problem of path, query and body; ERR_INVALID_JSON;
 *   ERR_CONTENT_TYPE; ERR_BODY_TOO_LARGE.
 */
export async function readRequest<P, Q, B>(
  context: Context<AppEnvironment>,
  operation: Operation<P, Q, B, unknown>,
): Promise<RequestParts<P, Q, B>> {
  const params = operation.params.safeParse(context.req.param());
  const query = operation.query.safeParse(queryOf(context.req.queries()));
  const body = operation.body.safeParse(await readBody(context.req.raw));
  if (params.success && query.success && body.success) {
    return { params: params.data, query: query.data, body: body.data };
  }
  const problems = [
    ...problemsIn("path", params.error),
    ...problemsIn("query", query.error),
    ...problemsIn("body", body.error),
  ];
  const text = problems.map(({ pointer, message }) => `${pointer}: ${message}`).join("\n");
  const separator = problems.length === 1 ? ": " : `, ${problems.length} problems:\n`;
  throw new RequestError(`Cannot take this request${separator}${text}`, {
    code: "ERR_INVALID_REQUEST",
    httpStatus: 400,
    problems,
  });
}

/** A parameter that is given once is text, one that is given more often a list of texts. */
function queryOf(queries: Readonly<Record<string, string[]>>): object {
  return Object.fromEntries(
    Object.entries(queries).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
}

function problemsIn(part: string, error: z.ZodError | undefined): readonly RequestProblem[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const path = [part, ...issue.path];
    if (issue.code !== "unrecognized_keys") {
      return [{ pointer: toPointer(path), message: issue.message }];
    }
    return issue.keys.map((key) => ({
      pointer: toPointer([...path, key]),
      message: "is not known here",
    }));
  });
}

/** Reads a body as JSON; an empty one is an empty object. */
async function readBody(request: Request): Promise<unknown> {
  if (request.method === "GET" || request.body === null) return {};
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  checkContentType(request.headers.get("content-type"));
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(`Cannot read the body as JSON: ${reason}`, {
      code: "ERR_INVALID_JSON",
      httpStatus: 400,
      cause: error,
    });
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const tooLarge = new RequestError(`Cannot take a body of more than ${bodyLengthMax} bytes`, {
    code: "ERR_BODY_TOO_LARGE",
    httpStatus: 413,
  });
  if (Number(request.headers.get("content-length") ?? 0) > bodyLengthMax) throw tooLarge;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > bodyLengthMax) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkContentType(type: string | null): void {
  const [essence = ""] = (type ?? "").split(";");
  if (essence.trim().toLowerCase() === "application/json") return;
  throw new RequestError(
    `Cannot read a body of the type ${type === null ? "that is not given" : JSON.stringify(type)}`,
    {
      code: "ERR_CONTENT_TYPE",
      httpStatus: 415,
      hint: "Send JSON with the header content-type: application/json",
    },
  );
}
