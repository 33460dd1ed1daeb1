import { STATUS_CODES } from "node:http";
import { ContainerError, errorKinds } from "@ctr/spec";
import type { ProblemDocument } from "../contract/problem.ts";
import { RequestError } from "./request-error.ts";

/** Returns the problem document of any error. */
export function problemDocument(error: unknown): ProblemDocument {
  const known = error instanceof ContainerError ? error : internalError(error);
  const { code, kind, message, hint, pointer } = known.toDocument();
  const status = known instanceof RequestError ? known.httpStatus : errorKinds[kind].httpStatus;
  const problems = known instanceof RequestError ? known.problems : [];
  return {
    type: `urn:ctr:error:${code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: message,
    code,
    kind,
    ...(hint === undefined ? {} : { hint }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

/** Returns the answer that tells an error. */
export function problemResponse(error: unknown, headers: Record<string, string> = {}): Response {
  const problem = problemDocument(error);
  return Response.json(problem, {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

function internalError(cause: unknown): ContainerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ContainerError(`Cannot serve the request: ${reason}`, {
    code: "ERR_INTERNAL",
    kind: "internal",
    hint: "The log of ctrd says more",
    cause,
  });
}
