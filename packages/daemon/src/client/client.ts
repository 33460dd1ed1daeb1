import { parseExact } from "@ctr/shim/protocol";
import type { LinuxResources } from "@ctr/spec";
import type {
  Container,
  ContainerFilter,
  ContainerList,
  CreateContainerRequest,
  DeleteContainerOptions,
  StopRequest,
} from "../contract/container.ts";
import type { ContainerEvent, EventsQuery } from "../contract/event.ts";
import type { LogRecord, LogsQuery } from "../contract/log.ts";
import {
  type ContainerProcess,
  type ExecRequest,
  type HostProcess,
  initProcessId,
  type KillContainerRequest,
  type KillRequest,
  type PidList,
  type ProcessExit,
  type ProcessList,
} from "../contract/process.ts";
import type { ContainerStats } from "../contract/stats.ts";
import type { Health, VersionInfo } from "../contract/system.ts";
import { type AttachOptions, type AttachSession, openAttachSession } from "./attach-session.ts";
import { parseEventStream } from "./event-stream.ts";
import { createHttpClient, type DaemonRequest, type HttpClient } from "./http.ts";
import { readLines } from "./lines.ts";

/** Which daemon {@linkcode createClient} talks to. */
export interface ClientOptions {
  /** Path of its Unix socket; see `defaultSocketPath()` and `parseAddress()`. */
  readonly socketPath: string;
}

/** What every method takes. */
export interface CallOptions {
  /** Gives up waiting; what was asked for may happen nevertheless. */
  readonly signal?: AbortSignal;
}

/** Options of {@linkcode Client.logs}. */
export interface LogsOptions extends Omit<LogsQuery, "format" | "timestamps">, CallOptions {}

/** Options of {@linkcode Client.events}. */
export interface EventsOptions extends EventsQuery, CallOptions {}

/**
 * ctrd, over its socket. A client holds no connection and needs no closing.
 *
 * Every method throws a `ContainerError`: what the daemon said, ERR_DAEMON_UNREACHABLE when nobody listens, or
 * ERR_DAEMON_GONE when the connection broke.
 */
export interface Client {
  readonly socketPath: string;

  version(options?: CallOptions): Promise<VersionInfo>;
  health(options?: CallOptions): Promise<Health>;
  /** Returns the OpenAPI document. */
  openapi(options?: CallOptions): Promise<object>;

  /**
   * Creates a container, and starts it with `start`.
   *
   * @throws {ContainerError} ERR_CONTAINER_EXISTS; ERR_INVALID_REQUEST; what the runtime said.
   */
  createContainer(request: CreateContainerRequest, options?: CallOptions): Promise<Container>;
  listContainers(filter?: ContainerFilter, options?: CallOptions): Promise<readonly Container[]>;
  /** @throws {ContainerError} ERR_CONTAINER_NOT_FOUND, as every method that names a container. */
  inspectContainer(id: string, options?: CallOptions): Promise<Container>;
  startContainer(id: string, options?: CallOptions): Promise<Container>;
  /** Sends a signal to the first process, or with `all` to every process. */
  killContainer(id: string, request?: KillContainerRequest, options?: CallOptions): Promise<void>;
  /** Asks the first process to end, kills every process when it does not in time, and returns how it ended. */
  stopContainer(id: string, request?: StopRequest, options?: CallOptions): Promise<ProcessExit>;
  /** Deletes a container that does not run, or with `force` any, together with its logs. */
  deleteContainer(
    id: string,
    request?: DeleteContainerOptions,
    options?: CallOptions,
  ): Promise<void>;
  pauseContainer(id: string, options?: CallOptions): Promise<void>;
  resumeContainer(id: string, options?: CallOptions): Promise<void>;
  /** Changes limits; what `resources` does not name stays as it is. */
  updateContainer(id: string, resources: LinuxResources, options?: CallOptions): Promise<void>;
  /** Resolves when the first process has ended; also when the container was removed for that. */
  waitContainer(id: string, options?: CallOptions): Promise<ProcessExit>;
  /** Returns what the container has used so far; counts above 2^53 are bigints. */
  containerStats(id: string, options?: CallOptions): Promise<ContainerStats>;
  /** Returns every process in the container, whether or not the daemon knows it by name. */
  listPids(id: string, options?: CallOptions): Promise<readonly HostProcess[]>;
  /** Reads the log. With `follow` it goes on until the process has ended. */
  logs(id: string, options?: LogsOptions): AsyncIterable<LogRecord>;
  /** Attaches to the stdio of a process: the first one, or the named exec, which is started when it waits for that. */
  attach(id: string, processId?: string, options?: AttachOptions): Promise<AttachSession>;

  /** Executes a process in a container. Nobody has to attach to it. */
  exec(id: string, request: ExecRequest, options?: CallOptions): Promise<ContainerProcess>;
  /** Executes a process and attaches to it before it writes its first byte; it waits for a slow reader. */
  execAttached(id: string, request: ExecRequest, options?: AttachOptions): Promise<AttachSession>;
  /** Returns the processes that the daemon knows by name. */
  listProcesses(id: string, options?: CallOptions): Promise<readonly ContainerProcess[]>;
  /** @throws {ContainerError} ERR_PROCESS_NOT_FOUND, as every method that names a process. */
  inspectProcess(id: string, processId: string, options?: CallOptions): Promise<ContainerProcess>;
  /** Starts an exec that was made with `start: false`. */
  startProcess(id: string, processId: string, options?: CallOptions): Promise<ContainerProcess>;
  killProcess(
    id: string,
    processId: string,
    request?: KillRequest,
    options?: CallOptions,
  ): Promise<void>;
  resizeProcess(
    id: string,
    processId: string,
    columns: number,
    rows: number,
    options?: CallOptions,
  ): Promise<void>;
  closeStdin(id: string, processId: string, options?: CallOptions): Promise<void>;
  /** Resolves when the process has ended; also when it was removed for that. */
  waitProcess(id: string, processId: string, options?: CallOptions): Promise<ProcessExit>;
  /** Forgets an exec that has ended, or has not been started. */
  deleteProcess(id: string, processId: string, options?: CallOptions): Promise<void>;

  /** Reads events: from the journal, then live until the caller stops. */
  events(options?: EventsOptions): AsyncIterable<ContainerEvent>;
  /** As {@linkcode Client.events}; resolves when the daemon listens: what happens from then on is among them. */
  openEvents(options?: EventsOptions): Promise<AsyncIterable<ContainerEvent>>;
}

/**
 * Makes a client of a running ctrd.
 *
 * @example
 * ```ts
 * import { createClient, defaultSocketPath } from "@ctr/daemon/client";
 *
 * const client = createClient({ socketPath: defaultSocketPath() });
 * await client.createContainer({ id: "web", bundle: "/containers/web", start: true });
 * for await (const record of client.logs("web", { follow: true })) console.log(record.text);
 * console.log(await client.waitContainer("web"));
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const http = createHttpClient(options.socketPath);
  return {
    socketPath: options.socketPath,
    version: (call) => http.json(get("/version", call)),
    health: (call) => http.json(get("/health", call)),
    openapi: (call) => http.json(get("/openapi.json", call)),
    events: (events = {}) => readEvents(http, events),
    openEvents: (events = {}) => openEvents(http, events),
    ...containerMethods(http),
    ...processMethods(http),
  };
}

type SystemMethod = "socketPath" | "version" | "health" | "openapi" | "events" | "openEvents";
type ProcessMethod =
  | "exec"
  | "execAttached"
  | "listProcesses"
  | "inspectProcess"
  | "startProcess"
  | "killProcess"
  | "resizeProcess"
  | "closeStdin"
  | "waitProcess"
  | "deleteProcess";

function containerMethods(http: HttpClient): Omit<Client, SystemMethod | ProcessMethod> {
  return {
    createContainer: (body, call) => http.json(post("/containers", body, call)),
    listContainers: async (filter = {}, call) => {
      const query = { ...filter };
      const list = await http.json<ContainerList>({ ...get("/containers", call), query });
      return list.containers;
    },
    inspectContainer: (id, call) => http.json(get(at(id), call)),
    startContainer: (id, call) => http.json(post(`${at(id)}/start`, {}, call)),
    killContainer: (id, body = {}, call) => done(http, post(`${at(id)}/kill`, body, call)),
    stopContainer: (id, body = {}, call) => http.json(post(`${at(id)}/stop`, body, call)),
    deleteContainer: (id, query = {}, call) =>
      done(http, { ...call, method: "DELETE", path: at(id), query: { ...query } }),
    pauseContainer: (id, call) => done(http, post(`${at(id)}/pause`, {}, call)),
    resumeContainer: (id, call) => done(http, post(`${at(id)}/resume`, {}, call)),
    updateContainer: (id, body, call) =>
      done(http, { ...call, method: "PATCH", path: `${at(id)}/resources`, body }),
    waitContainer: (id, call) => http.json(get(`${at(id, initProcessId)}/wait`, call)),
    containerStats: (id, call) => http.json(get(`${at(id)}/stats`, call), parseExact),
    listPids: async (id, call) => (await http.json<PidList>(get(`${at(id)}/pids`, call))).pids,
    logs: (id, logs = {}) => readLogs(http, id, logs),
    attach: (id, processId = initProcessId, options = {}) =>
      openAttachSession(http.socketPath, `${at(id, processId)}/attach`, options),
  };
}

function processMethods(http: HttpClient): Pick<Client, ProcessMethod> {
  const exec: Client["exec"] = (id, body, call) =>
    http.json(post(`${at(id)}/processes`, body, call));
  return {
    exec,
    execAttached: async (id, request, options = {}) => {
      const { processId } = await exec(id, { ...request, start: false });
      const path = `${at(id, processId)}/attach`;
      return await openAttachSession(http.socketPath, path, { whenSlow: "wait", ...options });
    },
    listProcesses: async (id, call) =>
      (await http.json<ProcessList>(get(`${at(id)}/processes`, call))).processes,
    inspectProcess: (id, processId, call) => http.json(get(at(id, processId), call)),
    startProcess: (id, processId, call) => http.json(post(`${at(id, processId)}/start`, {}, call)),
    killProcess: (id, processId, body = {}, call) =>
      done(http, post(`${at(id, processId)}/kill`, body, call)),
    resizeProcess: (id, processId, columns, rows, call) =>
      done(http, post(`${at(id, processId)}/resize`, { columns, rows }, call)),
    closeStdin: (id, processId, call) =>
      done(http, post(`${at(id, processId)}/close-stdin`, {}, call)),
    waitProcess: (id, processId, call) => http.json(get(`${at(id, processId)}/wait`, call)),
    deleteProcess: (id, processId, call) =>
      done(http, { ...call, method: "DELETE", path: at(id, processId) }),
  };
}

/** Path of a container, or of one of its processes. */
function at(id: string, processId?: string): string {
  const container = `/containers/${encodeURIComponent(id)}`;
  return processId === undefined
    ? container
    : `${container}/processes/${encodeURIComponent(processId)}`;
}

function get(path: string, call: CallOptions = {}): DaemonRequest {
  return { ...call, method: "GET", path };
}

function post(path: string, body: object, call: CallOptions = {}): DaemonRequest {
  return { ...call, method: "POST", path, body };
}

/** Sends a request whose answer has no body. */
async function done(http: HttpClient, request: DaemonRequest): Promise<void> {
  await http.send(request);
}

async function* readLogs(
  http: HttpClient,
  id: string,
  { signal, ...query }: LogsOptions,
): AsyncGenerator<LogRecord> {
  const response = await http.send({ ...get(`${at(id)}/logs`, signal && { signal }), query });
  for await (const line of readLines(response.body, http.socketPath, signal)) {
    if (line === "") continue;
    const record: LogRecord = JSON.parse(line);
    yield record;
  }
}

async function* readEvents(
  http: HttpClient,
  events: EventsOptions,
): AsyncGenerator<ContainerEvent> {
  yield* await openEvents(http, events);
}

async function openEvents(
  http: HttpClient,
  { signal, ...query }: EventsOptions,
): Promise<AsyncIterable<ContainerEvent>> {
  const response = await http.send({ ...get("/events", signal && { signal }), query });
  return parseEventStream(readLines(response.body, http.socketPath, signal));
}
