/**
 * The one error vocabulary that every package shares.
 *
 * @module
 */

/** What a caller can do about a failure; decides the HTTP status and the exit code of `ctr`. */
export const errorKinds = {
  /** The request itself is wrong: change it. */
  invalid: { httpStatus: 400, exitCode: 2 },
  /** The thing that is named does not exist. */
  notFound: { httpStatus: 404, exitCode: 3 },
  /** The thing is in a state that does not allow this: look at its state, then try again. */
  conflict: { httpStatus: 409, exitCode: 4 },
  /** The caller is not allowed to. */
  forbidden: { httpStatus: 403, exitCode: 5 },
  /** The kernel, the machine or this build cannot do it. */
  unsupported: { httpStatus: 501, exitCode: 6 },
  /** Something did not answer in time or is not there: try again. */
  unavailable: { httpStatus: 503, exitCode: 7 },
  /** A failure of ours or of the machine. */
  internal: { httpStatus: 500, exitCode: 1 },
} as const;

/** A key of {@linkcode errorKinds}. */
export type ErrorKind = keyof typeof errorKinds;

/** A stable, machine-readable name of a failure, for example `ERR_CONTAINER_EXISTS`. */
export type ErrorCode = `ERR_${Uppercase<string>}`;

/** Options of {@linkcode ContainerError}. */
export interface ContainerErrorOptions extends ErrorOptions {
  /** Stable machine-readable code. */
  readonly code: ErrorCode;
  /** What the caller can do about it. */
  readonly kind: ErrorKind;
  /** One line that tells the reader what to try. */
  readonly hint?: string;
  /** JSON pointer of the field that is to blame (RFC 6901), for example `/mounts/3`. */
  readonly pointer?: string;
}

/** The wire form of a {@linkcode ContainerError}. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
  readonly pointer?: string;
}

/**
 * Base of every error that a package throws on purpose.
 *
 * The message says what could not be done, to what and why: `Cannot mount "tmpfs" at "/dev/shm"
 * (/mounts/3): invalid argument (EINVAL)`. Upper-case start, no final period, quotes round strings.
 *
 * @example
 * ```ts
 * import { ContainerError } from "@ctr/spec";
 *
 * const error = new ContainerError('Cannot find container "redis"', {
 *   code: "ERR_CONTAINER_NOT_FOUND",
 *   kind: "notFound",
 * });
 * console.log(error.kind, error.toDocument().code); // "notFound" "ERR_CONTAINER_NOT_FOUND"
 * ```
 */
export class ContainerError extends Error {
  static {
    ContainerError.prototype.name = "ContainerError";
  }
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly pointer: string | undefined;

  constructor(message: string, options: ContainerErrorOptions) {
    super(message, options);
    this.code = options.code;
    this.kind = options.kind;
    this.hint = options.hint;
    this.pointer = options.pointer;
  }

  /** Returns the wire form, without the cause and the stack. */
  toDocument(): ErrorDocument {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.pointer === undefined ? {} : { pointer: this.pointer }),
    };
  }
}

/** Makes the error that a {@linkcode ErrorDocument} describes. */
export function errorFromDocument(document: ErrorDocument, options?: ErrorOptions): ContainerError {
  const { message, ...rest } = document;
  return new ContainerError(message, { ...options, ...rest });
}
