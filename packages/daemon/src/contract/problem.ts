import type { ErrorCode, ErrorKind } from "@ctr/spec";

/** One thing that is wrong with a request. */
export interface RequestProblem {
  /** Where in the request: `/body/id`, `/query/tail`, `/path/id`. */
  readonly pointer: string;
  readonly message: string;
}

/** An error: `application/problem+json` of RFC 9457 with the fields of a `ContainerError`. */
export interface ProblemDocument {
  /** `urn:ctr:error:` and the code. */
  readonly type: string;
  /** The HTTP status' own words. */
  readonly title: string;
  readonly status: number;
  /** What could not be done, to what and why. */
  readonly detail: string;
  /** Stable name of the failure, for example `ERR_CONTAINER_EXISTS`. */
  readonly code: ErrorCode;
  /** What the caller can do about it. */
  readonly kind: ErrorKind;
  /** What to try. */
  readonly hint?: string;
  /** JSON pointer of the field that is to blame. */
  readonly pointer?: string;
  /** Everything that is wrong with the request, when that is why. */
  readonly problems?: readonly RequestProblem[];
}
