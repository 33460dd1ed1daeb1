import type { ContainerFigures } from "@ctr/shim/protocol";

/** Answer of `GET /v1/containers/{id}/stats`: what a container has used so far. */
export interface ContainerStats extends ContainerFigures {
  /** The container. */
  readonly id: string;
}
