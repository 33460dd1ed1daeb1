import { ContainerError } from "@ctr/spec";

/**
 * The error of something that the container's state does not allow.
 *
 * @param verb what could not be done, as `pause`
 * @param cause what somebody complains of who did not know the state
 */
export function stateError(verb: string, id: string, why: string, cause?: unknown): ContainerError {
  return new ContainerError(`Cannot ${verb} container "${id}": ${why}`, {
    code: "ERR_CONTAINER_STATE",
    kind: "conflict",
    ...(cause === undefined ? {} : { cause }),
  });
}
