import { reasonOf } from "@ctr/runtime/kernel";
import { ContainerError, type ErrorKind } from "@ctr/spec";

/** What runc, crun and youki say, and what a caller can do about it. */
const known: readonly (readonly [RegExp, `ERR_${Uppercase<string>}`, ErrorKind])[] = [
  [/container .*already exists|given id already exists/i, "ERR_CONTAINER_EXISTS", "conflict"],
  [/container .*does not exist|error opening file.*status/i, "ERR_CONTAINER_NOT_FOUND", "notFound"],
  [/executable file .*not found|no such file or directory/i, "ERR_RUNTIME_FAILED", "invalid"],
  [
    /container not running|not running|is not in|cannot .* stopped/i,
    "ERR_RUNTIME_FAILED",
    "conflict",
  ],
];

/** Makes the error of a command of a runtime that failed. */
export function runtimeError(runtime: string, command: string, message: string): ContainerError {
  const [, code = "ERR_RUNTIME_FAILED", kind = "internal"] =
    known.find(([pattern]) => pattern.test(message)) ?? [];
  return new ContainerError(`Cannot ${command} the container with "${runtime}": ${message}`, {
    code,
    kind,
  });
}

/** The error of a runtime that was ended by a signal in the middle of its work. */
export function runtimeKilled(runtime: string, command: string, signal: string): ContainerError {
  return new ContainerError(
    `Cannot ${command} the container with "${runtime}": ${signal} has ended the runtime`,
    { code: "ERR_RUNTIME_KILLED", kind: "internal" },
  );
}

/** The error of a runtime that is not there, or is not one. */
export function runtimeNotStarted(runtime: string, cause: unknown): ContainerError {
  return new ContainerError(`Cannot start the runtime "${runtime}": ${reasonOf(cause)}`, {
    code: "ERR_RUNTIME_NOT_FOUND",
    kind: "unsupported",
    cause,
    hint: 'Give the path of an OCI runtime such as /usr/sbin/runc, or "bunc"',
  });
}
