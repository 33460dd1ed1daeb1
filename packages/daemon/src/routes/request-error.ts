import { ContainerError, type ErrorCode } from "@ctr/spec";
import type { RequestProblem } from "../contract/problem.ts";

/** A request that breaks HTTP or the contract. */
export class RequestError extends ContainerError {
  static {
    RequestError.prototype.name = "RequestError";
  }
  readonly httpStatus: number;
  readonly problems: readonly RequestProblem[];

  constructor(
    message: string,
    options: {
      readonly code: ErrorCode;
      readonly httpStatus: number;
      readonly hint?: string;
      readonly problems?: readonly RequestProblem[];
      readonly cause?: unknown;
    },
  ) {
    const { httpStatus, problems = [], hint, code, cause } = options;
    const pointer = problems[0]?.pointer;
    super(message, {
      code,
      kind: httpStatus === 404 ? "notFound" : "invalid",
      ...(hint === undefined ? {} : { hint }),
      ...(pointer === undefined ? {} : { pointer }),
      ...(cause === undefined ? {} : { cause }),
    });
    this.httpStatus = httpStatus;
    this.problems = problems;
  }
}
