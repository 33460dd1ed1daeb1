import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AttachedProcess, AttachOptions, ExecOptions } from "@ctr/shim/client";
import { shimFiles } from "@ctr/shim/protocol";
import { ContainerError } from "@ctr/spec";
import { type ContainerProcess, type ExecRequest, initProcessId } from "../contract/process.ts";
import type { DaemonLog } from "./container-context.ts";
import type { ExecState } from "./container-state.ts";
import { execProcess } from "./exec-process.ts";
import type { ManagedContainer } from "./managed-container.ts";
import { logDocument, reservedProcessIds, stdioDocument } from "./new-container.ts";
import type { ProcessRecord } from "./process-record.ts";
import { processNotFound, processNotRunning, wrongStatus } from "./service-errors.ts";
import type { Shim } from "./shims.ts";

/** The processes that are executed in one container. */
export class Execs {
  readonly #container: ManagedContainer;

  constructor(container: ManagedContainer, log: DaemonLog) {
    this.#container = container;
    container.processes.onExit = (record) => {
      if (this.#stateOf(record.processId)?.removeOnExit !== true) return;
      this.#forget(record).catch((error: unknown) =>
        log.error(`Cannot remove process "${record.processId}" of "${container.id}"`, error),
      );
    };
  }

  /**
   * Makes an exec, and starts it unless the request says otherwise.
   *
   * @throws {ContainerError} ERR_PROCESS_EXISTS; ERR_CONTAINER_STATUS; what the runtime says.
   */
  async create(request: ExecRequest): Promise<ContainerProcess> {
    const container = this.#container;
    await container.shimWhen("execute in", ["running"]);
    const processId = request.processId ?? `exec-${crypto.randomUUID().slice(0, 8)}`;
    const process = await execProcess(container.state.bundle, request);
    if (
      container.processes.get(processId) !== undefined ||
      reservedProcessIds.includes(processId)
    ) {
      throw new ContainerError(
        `Cannot execute process "${processId}" in container "${container.id}": it exists`,
        {
          code: "ERR_PROCESS_EXISTS",
          kind: "conflict",
          hint: "Delete the process, or choose another name",
        },
      );
    }
    const log = logDocument(request, join(container.folders.logs, `${processId}.log`), "none");
    const record = container.processes.add(processId);
    record.terminal = process.terminal ?? false;
    this.#setState(processId, {
      removeOnExit: request.removeOnExit ?? false,
      ...(log === undefined ? {} : { log }),
      pending: { ...stdioDocument(request, log), processId, process },
    });
    if (request.start !== false) await this.start(processId);
    return record.toDocument();
  }

  /**
   * Starts an exec that waits for that.
   *
   * @throws {ContainerError} ERR_PROCESS_STARTED; what the runtime says: then the exec is gone.
   */
  async start(processId: string): Promise<void> {
    await this.#start(processId, (shim, options) => shim.exec(options));
  }

  /** Attaches to a process; starts it when it is an exec that waits for that. */
  async attach(
    processId: string,
    options: AttachOptions,
  ): Promise<AttachedProcess & { readonly pid?: number }> {
    if (this.#stateOf(processId)?.pending !== undefined) {
      return await this.#start(processId, (shim, exec) =>
        shim.execAttached({ ...exec, ...options }),
      );
    }
    const shim = await this.#container.shimOf("attach to", processId);
    return await shim.attach(processId, options);
  }

  /**
   * Forgets an exec.
   *
   * @throws {ContainerError} ERR_PROCESS_RUNNING; ERR_PROCESS_NOT_FOUND.
   */
  async delete(processId: string): Promise<void> {
    const { id, processes } = this.#container;
    const record = processes.get(processId);
    if (record === undefined) throw processNotFound(id, processId);
    const isPending = this.#stateOf(processId)?.pending !== undefined && !record.starting;
    if (processId === initProcessId || (record.exit === undefined && !isPending)) {
      throw new ContainerError(
        `Cannot delete process "${processId}" in container "${id}": it is ${processId === initProcessId ? "the container's own" : "running"}`,
        {
          code: "ERR_PROCESS_RUNNING",
          kind: "conflict",
          hint: processId === initProcessId ? "Delete the container" : "Kill it first",
        },
      );
    }
    await this.#forget(record);
  }

  /** Compares what was remembered with the processes that are there, after a restart. */
  reconcile(): void {
    const { state, processes } = this.#container;
    const execs: Record<string, ExecState> = {};
    for (const [processId, { pending, ...exec }] of Object.entries(state.execs)) {
      const isThere = processes.get(processId) !== undefined;
      if (!isThere && pending === undefined) continue;
      if (!isThere) processes.add(processId);
      execs[processId] = isThere || pending === undefined ? exec : { ...exec, pending };
    }
    this.#container.updateState({ execs });
  }

  async #start<T extends { readonly pid?: number }>(
    processId: string,
    start: (shim: Shim, options: ExecOptions) => Promise<T>,
  ): Promise<T> {
    const container = this.#container;
    const what = "execute in";
    const shim = await container.shimWhen(what, ["running"]);
    const record = container.processes.get(processId);
    if (record === undefined) throw processNotFound(container.id, processId);
    const exec = this.#stateOf(processId);
    if (exec?.pending === undefined || record.starting !== undefined) {
      throw new ContainerError(
        `Cannot start process "${processId}" in container "${container.id}": it was started`,
        { code: "ERR_PROCESS_STARTED", kind: "conflict" },
      );
    }
    record.askedAt = new Date();
    const starting = start(shim, exec.pending).then((result) => this.#noteStart(record, result));
    // The exit can arrive before the answer; it is announced after the start.
    record.starting = starting.catch(() => undefined);
    try {
      return await starting;
    } catch (error) {
      await this.#forget(record);
      // The container may have ended meanwhile, and its shim with it.
      await container.processes.exitsAnnounced();
      if (container.status === "stopped") throw wrongStatus(what, container.id, "stopped");
      throw error;
    }
  }

  async #noteStart<T extends { readonly pid?: number }>(
    record: ProcessRecord,
    result: T,
  ): Promise<T> {
    const path = join(this.#container.directory, record.processId, shimFiles.startTime);
    record.pid = result.pid;
    record.startTime = Number(await readFile(path, "utf8").catch(() => "0"));
    record.isRunning = true;
    this.#container.processes.announceStart(record);
    const exec = this.#stateOf(record.processId);
    if (exec !== undefined) {
      const { pending: _, ...started } = exec;
      this.#setState(record.processId, started);
    }
    return result;
  }

  /** Removes what is left of an exec that has ended, or never was. */
  async #forget(record: ProcessRecord): Promise<void> {
    const { processId } = record;
    const { id, directory, processes, folders } = this.#container;
    if (record.exit !== undefined) {
      // Without a shim, or when it has forgotten the process itself, the directory is ours to remove.
      await this.#container.shim?.deleteProcess(processId).catch(() => undefined);
      rmSync(join(directory, processId), { recursive: true, force: true });
    }
    const { [processId]: exec, ...others } = this.#container.state.execs;
    const logPath = exec?.log?.path;
    if (logPath?.startsWith(`${folders.logs}/`)) {
      rmSync(logPath, { force: true });
    }
    this.#container.updateState({ execs: others });
    processes.remove(processId, processNotRunning("wait for", id, processId));
  }

  #stateOf(processId: string): ExecState | undefined {
    const { execs } = this.#container.state;
    return Object.hasOwn(execs, processId) ? execs[processId] : undefined;
  }

  #setState(processId: string, exec: ExecState): void {
    const { execs } = this.#container.state;
    this.#container.updateState({ execs: { ...execs, [processId]: exec } });
  }
}
