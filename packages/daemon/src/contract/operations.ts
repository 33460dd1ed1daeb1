/**
 * Every operation of the API. Routes are made from them, and so is the OpenAPI document.
 *
 * @module
 */

import type { LinuxResources } from "@ctr/spec";
import { z } from "zod";
import type { AttachQuery } from "./attach.ts";
import { attachQuerySchema } from "./attach-schema.ts";
import type {
  Container,
  ContainerFilter,
  ContainerList,
  CreateContainerRequest,
  DeleteContainerOptions,
  StopRequest,
} from "./container.ts";
import {
  containerFilterSchema,
  containerListSchema,
  containerSchema,
  createContainerRequestSchema,
  deleteContainerOptionsSchema,
  stopRequestSchema,
} from "./container-schema.ts";
import type { EventsQuery } from "./event.ts";
import { containerEventSchema, eventsQuerySchema } from "./event-schema.ts";
import type { LogsQuery } from "./log.ts";
import { logRecordSchema, logsQuerySchema } from "./log-schema.ts";
import {
  type ContainerParams,
  containerParams,
  type Nothing,
  noResult,
  nothing,
  type Operation,
  type ProcessParams,
  processParams,
} from "./operation.ts";
import type {
  ContainerProcess,
  ExecRequest,
  KillContainerRequest,
  KillRequest,
  PidList,
  ProcessExit,
  ProcessList,
  ResizeRequest,
} from "./process.ts";
import {
  containerProcessSchema,
  execRequestSchema,
  killContainerRequestSchema,
  killRequestSchema,
  pidListSchema,
  processExitSchema,
  processListSchema,
  resizeRequestSchema,
} from "./process-schema.ts";
import { linuxResourcesSchema } from "./spec-schema.ts";
import type { ContainerStats } from "./stats.ts";
import { containerStatsSchema } from "./stats-schema.ts";
import type { Health, VersionInfo } from "./system.ts";
import { healthSchema, versionInfoSchema } from "./system-schema.ts";

/** What most operations of a kind have in common. */
const common = { query: nothing, body: nothing, hasBody: false, status: 200 } as const;
const onContainer = { ...common, tag: "containers", params: containerParams } as const;
const onProcess = { ...common, tag: "processes", params: processParams } as const;
const onSystem = { ...common, tag: "system", params: nothing } as const;
const containerPath = "/v1/containers/{id}";
const processPath = "/v1/containers/{id}/processes/{processId}";

/** Each operation by its id. */
export interface Operations {
  readonly getVersion: Operation<Nothing, Nothing, Nothing, VersionInfo>;
  readonly getHealth: Operation<Nothing, Nothing, Nothing, Health>;
  readonly getOpenapi: Operation<Nothing, Nothing, Nothing, object>;
  readonly createContainer: Operation<Nothing, Nothing, CreateContainerRequest, Container>;
  readonly listContainers: Operation<Nothing, ContainerFilter, Nothing, ContainerList>;
  readonly inspectContainer: Operation<ContainerParams, Nothing, Nothing, Container>;
  readonly deleteContainer: Operation<ContainerParams, DeleteContainerOptions, Nothing, undefined>;
  readonly startContainer: Operation<ContainerParams, Nothing, Nothing, Container>;
  readonly killContainer: Operation<ContainerParams, Nothing, KillContainerRequest, undefined>;
  readonly stopContainer: Operation<ContainerParams, Nothing, StopRequest, ProcessExit>;
  readonly pauseContainer: Operation<ContainerParams, Nothing, Nothing, undefined>;
  readonly resumeContainer: Operation<ContainerParams, Nothing, Nothing, undefined>;
  readonly updateContainer: Operation<ContainerParams, Nothing, LinuxResources, undefined>;
  readonly getStats: Operation<ContainerParams, Nothing, Nothing, ContainerStats>;
  readonly listPids: Operation<ContainerParams, Nothing, Nothing, PidList>;
  readonly getLogs: Operation<ContainerParams, LogsQuery, Nothing, unknown>;
  readonly exec: Operation<ContainerParams, Nothing, ExecRequest, ContainerProcess>;
  readonly listProcesses: Operation<ContainerParams, Nothing, Nothing, ProcessList>;
  readonly inspectProcess: Operation<ProcessParams, Nothing, Nothing, ContainerProcess>;
  readonly deleteProcess: Operation<ProcessParams, Nothing, Nothing, undefined>;
  readonly startProcess: Operation<ProcessParams, Nothing, Nothing, ContainerProcess>;
  readonly killProcess: Operation<ProcessParams, Nothing, KillRequest, undefined>;
  readonly resizeProcess: Operation<ProcessParams, Nothing, ResizeRequest, undefined>;
  readonly closeStdin: Operation<ProcessParams, Nothing, Nothing, undefined>;
  readonly waitProcess: Operation<ProcessParams, Nothing, Nothing, ProcessExit>;
  readonly attachProcess: Operation<ProcessParams, AttachQuery, Nothing, unknown>;
  readonly getEvents: Operation<Nothing, EventsQuery, Nothing, unknown>;
}

const systemOperations = {
  getVersion: {
    ...onSystem,
    id: "getVersion",
    method: "get",
    path: "/v1/version",
    summary: "Says what runs here",
    result: versionInfoSchema,
  },
  getHealth: {
    ...onSystem,
    id: "getHealth",
    method: "get",
    path: "/v1/health",
    summary: "Says whether the daemon is well",
    result: healthSchema,
  },
  getOpenapi: {
    ...onSystem,
    id: "getOpenapi",
    method: "get",
    path: "/v1/openapi.json",
    summary: "Returns this document",
    result: z.looseObject({}),
  },
  getEvents: {
    ...onSystem,
    tag: "events",
    id: "getEvents",
    method: "get",
    path: "/v1/events",
    summary: "Streams events as server-sent events",
    description:
      "From the journal with `since`, `after` or the header Last-Event-ID, then live. The id of each is its sequence.",
    query: eventsQuerySchema,
    result: z.unknown(),
    stream: [{ contentType: "text/event-stream", schema: containerEventSchema }],
  },
} as const satisfies Partial<Operations>;

const containerOperations = {
  createContainer: {
    ...onContainer,
    id: "createContainer",
    method: "post",
    path: "/v1/containers",
    summary: "Creates a container, and starts it when asked to",
    params: nothing,
    body: createContainerRequestSchema,
    hasBody: true,
    status: 201,
    result: containerSchema,
  },
  listContainers: {
    ...onContainer,
    id: "listContainers",
    method: "get",
    path: "/v1/containers",
    summary: "Lists containers",
    params: nothing,
    query: containerFilterSchema,
    result: containerListSchema,
  },
  inspectContainer: {
    ...onContainer,
    id: "inspectContainer",
    method: "get",
    path: containerPath,
    summary: "Returns a container",
    result: containerSchema,
  },
  deleteContainer: {
    ...onContainer,
    id: "deleteContainer",
    method: "delete",
    path: containerPath,
    summary: "Deletes a container with its logs",
    query: deleteContainerOptionsSchema,
    status: 204,
    result: noResult,
  },
  startContainer: {
    ...onContainer,
    id: "startContainer",
    method: "post",
    path: `${containerPath}/start`,
    summary: "Starts the first process of a created container",
    result: containerSchema,
  },
  killContainer: {
    ...onContainer,
    id: "killContainer",
    method: "post",
    path: `${containerPath}/kill`,
    summary: "Sends a signal to the first process, or to all",
    body: killContainerRequestSchema,
    hasBody: true,
    status: 204,
    result: noResult,
  },
  stopContainer: {
    ...onContainer,
    id: "stopContainer",
    method: "post",
    path: `${containerPath}/stop`,
    summary: "Asks the first process to end, and kills all when it does not in time",
    body: stopRequestSchema,
    hasBody: true,
    result: processExitSchema,
  },
  pauseContainer: {
    ...onContainer,
    id: "pauseContainer",
    method: "post",
    path: `${containerPath}/pause`,
    summary: "Freezes every process",
    status: 204,
    result: noResult,
  },
  resumeContainer: {
    ...onContainer,
    id: "resumeContainer",
    method: "post",
    path: `${containerPath}/resume`,
    summary: "Thaws every process",
    status: 204,
    result: noResult,
  },
  updateContainer: {
    ...onContainer,
    id: "updateContainer",
    method: "patch",
    path: `${containerPath}/resources`,
    summary: "Changes limits; what is not named stays as it is",
    body: linuxResourcesSchema,
    hasBody: true,
    status: 204,
    result: noResult,
  },
  getStats: {
    ...onContainer,
    id: "getStats",
    method: "get",
    path: `${containerPath}/stats`,
    summary: "Returns what the container has used so far",
    result: containerStatsSchema,
  },
  listPids: {
    ...onContainer,
    id: "listPids",
    method: "get",
    path: `${containerPath}/pids`,
    summary: "Lists every process in the container",
    result: pidListSchema,
  },
  getLogs: {
    ...onContainer,
    id: "getLogs",
    method: "get",
    path: `${containerPath}/logs`,
    summary: "Streams the log of a process",
    query: logsQuerySchema,
    result: z.unknown(),
    stream: [
      { contentType: "application/x-ndjson", schema: logRecordSchema },
      { contentType: "text/plain; charset=utf-8" },
    ],
  },
} as const satisfies Partial<Operations>;

const processOperations = {
  exec: {
    ...onProcess,
    id: "exec",
    method: "post",
    path: `${containerPath}/processes`,
    summary: "Executes a process in a running container",
    params: containerParams,
    body: execRequestSchema,
    hasBody: true,
    status: 201,
    result: containerProcessSchema,
  },
  listProcesses: {
    ...onProcess,
    id: "listProcesses",
    method: "get",
    path: `${containerPath}/processes`,
    summary: "Lists the processes that have a name",
    params: containerParams,
    result: processListSchema,
  },
  inspectProcess: {
    ...onProcess,
    id: "inspectProcess",
    method: "get",
    path: processPath,
    summary: "Returns a process",
    result: containerProcessSchema,
  },
  deleteProcess: {
    ...onProcess,
    id: "deleteProcess",
    method: "delete",
    path: processPath,
    summary: "Forgets an exec that has ended or was not started",
    status: 204,
    result: noResult,
  },
  startProcess: {
    ...onProcess,
    id: "startProcess",
    method: "post",
    path: `${processPath}/start`,
    summary: "Starts an exec that was made without",
    result: containerProcessSchema,
  },
  killProcess: {
    ...onProcess,
    id: "killProcess",
    method: "post",
    path: `${processPath}/kill`,
    summary: "Sends a signal to a process",
    body: killRequestSchema,
    hasBody: true,
    status: 204,
    result: noResult,
  },
  resizeProcess: {
    ...onProcess,
    id: "resizeProcess",
    method: "post",
    path: `${processPath}/resize`,
    summary: "Sets the size of a terminal",
    body: resizeRequestSchema,
    hasBody: true,
    status: 204,
    result: noResult,
  },
  closeStdin: {
    ...onProcess,
    id: "closeStdin",
    method: "post",
    path: `${processPath}/close-stdin`,
    summary: "Closes the standard input of a process",
    status: 204,
    result: noResult,
  },
  waitProcess: {
    ...onProcess,
    id: "waitProcess",
    method: "get",
    path: `${processPath}/wait`,
    summary: "Answers when the process has ended",
    description:
      "Also after it was removed for that: the exit of what had `removeOnExit` is looked up in the journal.",
    result: processExitSchema,
  },
  attachProcess: {
    ...onProcess,
    id: "attachProcess",
    method: "get",
    path: `${processPath}/attach`,
    summary: "Attaches to the stdio of a process by WebSocket",
    description:
      "An exec that waits to be started is started. Binary messages are stdio: 0 and input from the client, 1 or 2 and standard output or error to it. Text messages are one AttachClientMessage or AttachServerMessage each.",
    query: attachQuerySchema,
    status: 101,
    result: z.unknown(),
  },
} as const satisfies Partial<Operations>;

/** Each operation by its id. */
export const operations: Operations = {
  ...systemOperations,
  ...containerOperations,
  ...processOperations,
};
