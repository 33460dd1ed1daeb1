/**
 * The typed client of ctrd. It loads neither the server nor zod.
 *
 * @module
 */

export { parseExact, stringifyExact } from "@ctr/shim/protocol";
export {
  defaultRoot,
  defaultSocketPath,
  defaultStateDirectory,
  type PlaceOptions,
  parseAddress,
} from "./address.ts";
export type { AttachOptions, AttachSession } from "./client/attach-session.ts";
export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type EventsOptions,
  type LogsOptions,
} from "./client/client.ts";
export {
  type Container,
  type ContainerFilter,
  type ContainerList,
  type ContainerStatus,
  type CreateContainerRequest,
  containerStatuses,
  type DeleteContainerOptions,
  type StopRequest,
} from "./contract/container.ts";
export {
  type ContainerEvent,
  type EventsQuery,
  type EventType,
  eventTypes,
} from "./contract/event.ts";
export type { LogRecord, LogsQuery } from "./contract/log.ts";
export type { ProblemDocument, RequestProblem } from "./contract/problem.ts";
export {
  type ContainerProcess,
  type ExecRequest,
  type HostProcess,
  initProcessId,
  type KillContainerRequest,
  type KillRequest,
  type LogOptions,
  type PidList,
  type ProcessExit,
  type ProcessList,
  type ResizeRequest,
  type StdioOptions,
} from "./contract/process.ts";
export type { ContainerStats } from "./contract/stats.ts";
export type { Health, VersionInfo } from "./contract/system.ts";
