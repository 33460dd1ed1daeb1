import { ContainerError, parseContainerId } from "@ctr/spec";
import type { OomNotice, RuntimeDriver } from "../driver/runtime-driver.ts";
import type { HoldOptions } from "../hold-options.ts";
import {
  type ContainerFigures,
  type ExecDocument,
  type ExecParams,
  type InitDocument,
  initProcessId,
  type OomEvent,
  type ProcessExit,
  type Resources,
  type ShimEvent,
  type ShimState,
} from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedContainer, SavedOomWatch } from "../sleep/saved-shim.ts";
import { settlesWithin } from "../stdio/settles-within.ts";
import { removeFlatDirectory } from "../system/file.ts";
import { SIGKILL } from "../system/signal.ts";
import { type BundleConfig, peekConfig } from "./bundle-config.ts";
import { endInit, killTimeoutMs } from "./end-init.ts";
import { drainTimeoutMs, HeldProcess } from "./held-process.ts";
import { launchExec } from "./launch-exec.ts";
import { OomWatch } from "./oom-watch.ts";
import { openProcessStdio } from "./open-process-stdio.ts";
import { checkExec, checkLogOf } from "./process-document.ts";
import { ProcessFiles } from "./process-files.ts";
import { type RestoreOptions, restoreProcess } from "./restore-process.ts";
import { describeError, logTo } from "./shim-log.ts";
import { stateError } from "./state-error.ts";

/** What a {@linkcode HeldContainer} is made from. */
export interface HeldContainerOptions extends HoldOptions {
  /** The container's directory. */
  readonly directory: string;
  readonly document: InitDocument;
  readonly driver: RuntimeDriver;
  /** Is called after something that took memory. */
  readonly onWork: () => void;
  /** Is called at each piece of output. */
  readonly onOutput: () => void;
  /** Is called with everything that clients are to be told, after it is on the disk. */
  readonly onEvent: (event: ShimEvent) => void;
  /** Is called when there is nothing left to hold; `deleted` says whether the files are gone. */
  readonly onEnd: (deleted: boolean) => void;
}

/** A container and the processes that were executed in it. */
export class HeldContainer {
  readonly #options: HeldContainerOptions;
  readonly #config: BundleConfig;
  readonly #init: HeldProcess;
  readonly #processes: Map<string, HeldProcess> = new Map();
  /** Executions that are under way. */
  readonly #launching: Set<Promise<unknown>> = new Set();
  readonly #memory: OomWatch;
  #isStarted = false;
  #isStarting = false;
  #isDeleting = false;

  private constructor(
    options: HeldContainerOptions,
    config: BundleConfig,
    init: HeldProcess,
    told?: SavedOomWatch,
  ) {
    this.#options = options;
    this.#config = config;
    this.#init = init;
    this.#processes.set(initProcessId, init);
    const { driver, onEvent } = options;
    const onOom = (params: OomEvent): void => onEvent({ event: "oom", params });
    this.#memory = new OomWatch({ driver, directory: init.files.directory, onOom }, told);
  }

  /**
   * Creates the container.
   *
   * @throws {ContainerError} what the runtime said; nothing of the container is left then, and of its files only
   *   process.json and the logs.
   */
  static async create(options: HeldContainerOptions): Promise<HeldContainer> {
    const { document, driver, bundle } = options;
    const config = peekConfig(bundle);
    const terminal = document.terminal ?? config.terminal;
    checkLogOf(document, terminal);
    await using undo = new AsyncDisposableStack();
    const directory = `${options.directory}/${initProcessId}`;
    const files = new ProcessFiles(directory);
    undo.defer(() => files.remove());
    const stdio = openProcessStdio(options, directory, document, terminal);
    undo.defer(() => stdio.close());
    const launched = await driver.create({
      bundle,
      directory,
      stdio: stdio.child,
      complaint: () => stdio.complaint(),
      noPivotRoot: document.noPivotRoot === true,
      noNewKeyring: document.noNewKeyring === true,
      ...(terminal === config.terminal ? {} : { terminal }),
    });
    undo.defer(() => driver.delete(true));
    files.writePid(launched.pid);
    const init = new HeldProcess({
      processId: initProcessId,
      launched,
      files,
      stdio,
      drainTimeoutMs: document.drainTimeoutMs ?? drainTimeoutMs,
    });
    init.begin();
    if (terminal && config.consoleSize !== undefined) {
      stdio.resize(config.consoleSize.width, config.consoleSize.height);
    }
    const container = new HeldContainer(options, config, init);
    undo.move();
    options.onWork();
    void container.#followInit();
    return container;
  }

  /** Takes up a container that another shim has held, and goes on. */
  static restore(options: RestoreOptions, saved: SavedContainer): HeldContainer {
    const { driver, reaper } = options;
    const [init, ...execs] = saved.processes.map((process) =>
      restoreProcess(options, process, reaper),
    );
    if (init === undefined) throw new Error("A container has a first process");
    const container = new HeldContainer(options, saved.config, init, saved.memory);
    container.#isStarted = saved.isStarted;
    if (init.exit === undefined) driver.adopt(init.pid);
    container.#memory.resume(saved.memory);
    for (const exec of execs) {
      container.#processes.set(exec.processId, exec);
      if (exec.exit === undefined) void container.#followExec(exec);
    }
    if (init.exit === undefined) void container.#followInit();
    return container;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    if (this.#launching.size > 0 || this.#isStarting || this.#isDeleting) return false;
    return [...this.#processes.values()].every((process) => process.isIdle);
  }

  /** Pids of the processes that run. */
  get runningPids(): readonly number[] {
    return [...this.#processes.values()]
      .filter((process) => !process.isReaped)
      .map(({ pid }) => pid);
  }

  /** Opens what wakes a sleeping shim when memory runs out; `undefined` when nothing is watched. */
  openOomNotice(): Promise<OomNotice | undefined> {
    return this.#memory.openNotice();
  }

  /** Leaves everything open for another shim, who goes on. */
  save(handover: Handover, notice: OomNotice | undefined): SavedContainer {
    return {
      config: this.#config,
      isStarted: this.#isStarted,
      memory: this.#memory.save(handover, notice),
      processes: [...this.#processes.values()].map((process) => process.save(handover)),
    };
  }

  /** Pid of the container's first process. */
  get pid(): number {
    return this.#init.pid;
  }

  /**
   * Starts the container's first process.
   *
   * @param answered settles when the caller knows; the exit is told after that
   */
  async start(answered: Promise<void>): Promise<void> {
    if (this.#isStarted || this.#isStarting || this.#init.isReaped) {
      throw stateError(
        "start",
        this.#options.id,
        this.#init.isReaped ? "it has stopped" : "it is running",
      );
    }
    this.#isStarting = true;
    this.#init.holdExit(answered);
    try {
      await this.#options.driver.start();
      this.#isStarted = true;
      this.#memory.begin();
    } finally {
      this.#isStarting = false;
      this.#options.onWork();
    }
  }

  /** Returns the container's status and its processes. */
  async state(): Promise<ShimState> {
    const { id, bundle, runtime } = this.#options;
    const processes = [...this.#processes.values()].map((process) => process.state);
    return { id, bundle, runtime, status: await this.#status(), processes };
  }

  /**
   * Executes a process.
   *
   * @param answered settles when the caller knows; output and exit are handed on after that
   */
  async exec(params: ExecParams, answered: Promise<void>): Promise<HeldProcess> {
    const { processId: wanted, process, ...stdio } = params;
    const processId = parseContainerId(String(wanted));
    checkExec(process, stdio);
    checkLogOf(stdio, process.terminal === true);
    if (this.#init.isReaped || this.#isDeleting)
      throw stateError("execute in", this.#options.id, "it has stopped");
    const launching = this.#launch(processId, { ...stdio, ...process, exec: true }, answered);
    this.#launching.add(launching);
    try {
      return await launching;
    } catch (error) {
      this.#mustRun("execute in", error);
      throw error;
    } finally {
      this.#launching.delete(launching);
      this.#options.onWork();
    }
  }

  /**
   * Finds a process.
   *
   * @throws {ContainerError} ERR_PROCESS_NOT_FOUND
   */
  process(processId: string): HeldProcess {
    const process = this.#processes.get(processId);
    if (process !== undefined) return process;
    throw new ContainerError(
      `Cannot find process "${processId}" in container "${this.#options.id}"`,
      { code: "ERR_PROCESS_NOT_FOUND", kind: "notFound" },
    );
  }

  /** Sends a signal to a process, or to every process of the container. */
  async kill(processId: string, signal: number, all: boolean): Promise<void> {
    const process = this.process(processId);
    if (process.isReaped) throw process.endedError();
    if (all || process.isInit) await this.#options.driver.kill(signal, all);
    else process.signal(signal);
  }

  /** Host pids of every process of the container. */
  async pids(): Promise<readonly number[]> {
    if (this.#init.hasEnded) return [];
    return await this.#options.driver.pids().catch((error: unknown) => {
      // It may have ended while the runtime looked.
      if (this.#init.hasEnded) return [];
      throw error;
    });
  }

  /** Returns what the container has used so far. */
  async stats(): Promise<ContainerFigures> {
    this.#mustRun("read the figures of");
    const stats = await this.#options.driver.stats().catch((error: unknown) => {
      this.#mustRun("read the figures of", error);
      throw error;
    });
    return { readAt: new Date().toISOString(), stats };
  }

  /** Freezes the container. */
  async pause(): Promise<void> {
    this.#mustRun("pause");
    await this.#options.driver.pause();
  }

  /** Thaws the container. */
  async resume(): Promise<void> {
    this.#mustRun("resume");
    await this.#options.driver.resume();
  }

  /** Changes limits. */
  async update(resources: Resources): Promise<void> {
    this.#mustRun("update");
    await this.#options.driver.update(resources);
  }

  /** Opens all logs anew; tells afterwards of one that could not be. */
  reopenLogs(): void {
    const failures: unknown[] = [];
    for (const process of this.#processes.values()) {
      try {
        process.stdio.reopenLog();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Removes an ended exec and its directory. */
  async deleteProcess(processId: string): Promise<ProcessExit> {
    const process = this.process(processId);
    const { exit } = process;
    if (process.isInit || exit === undefined) {
      throw new ContainerError(
        `Cannot delete process "${processId}": ${process.isInit ? "it goes with its container" : "it is running"}`,
        { code: "ERR_PROCESS_RUNNING", kind: process.isInit ? "invalid" : "conflict" },
      );
    }
    this.#processes.delete(processId);
    await process.close();
    removeFlatDirectory(process.files.directory);
    return exit;
  }

  /**
   * Deletes the container and the files of its processes.
   *
   * @param force kills a running one
   * @param answered settles when the caller knows; the shim ends after that
   */
  async delete(force: boolean, answered: Promise<void>): Promise<void> {
    if (!force && (this.#isStarted || this.#isStarting) && !this.#init.isReaped) {
      throw stateError("delete", this.#options.id, "it is running");
    }
    if (this.#isDeleting) throw stateError("delete", this.#options.id, "it is being deleted");
    this.#isDeleting = true;
    try {
      await endInit(this.#options, this.#init, this.#config);
      await this.#options.driver.delete(force);
    } catch (error) {
      this.#isDeleting = false;
      throw error;
    }
    await Promise.allSettled(this.#launching);
    for (const process of this.#processes.values()) {
      await process.close();
      removeFlatDirectory(process.files.directory);
    }
    void answered.then(() => this.#options.onEnd(true));
  }

  async #launch(
    processId: string,
    document: ExecDocument,
    answered: Promise<void>,
  ): Promise<HeldProcess> {
    const process = await launchExec(this.#options, processId, document);
    this.#processes.set(processId, process);
    process.holdExit(answered.then(() => process.begin()));
    void this.#followExec(process);
    return process;
  }

  async #followExec(process: HeldProcess): Promise<void> {
    const nothing = async (): Promise<void> => undefined;
    const exit = await process.follow(nothing, nothing);
    this.#options.onEvent({ event: "exited", params: exit });
    this.#options.onWork();
  }

  async #followInit(): Promise<void> {
    const { document, driver, onEvent, onEnd, onWork } = this.#options;
    const endsNow = document.deleteOnExit === true;
    const exit = await this.#init.follow(
      async () => {
        await this.#memory.end();
        await this.#endOthers();
      },
      async () => {
        if (endsNow && !this.#isDeleting) await driver.delete(false);
      },
    );
    onEvent({ event: "exited", params: exit });
    onWork();
    if (!endsNow || this.#isDeleting) return;
    this.#isDeleting = true;
    for (const process of this.#processes.values()) await process.close();
    onEnd(false);
  }

  /** The container's first process has ended: nothing else may go on, and its exits are told before. */
  async #endOthers(): Promise<void> {
    if (!this.#config.hasOwnPidNamespace) {
      await this.#options.driver.kill(SIGKILL, true).catch((error: unknown) => {
        // As a rule there is nothing left.
        if (error instanceof ContainerError && error.kind === "conflict") return;
        const message = `Cannot kill what runs on in the container: ${describeError(error)}`;
        logTo(this.#init.files.directory, "warning", message);
      });
    }
    await settlesWithin(Promise.allSettled(this.#launching), killTimeoutMs);
    const others = [...this.#processes.values()].filter(
      (process) => !process.isInit && process.exit === undefined,
    );
    for (const process of others) if (!process.isReaped) process.signal(SIGKILL);
    const announced = Promise.all(others.map((process) => process.announced));
    await settlesWithin(announced, drainTimeoutMs + killTimeoutMs);
  }

  async #status(): Promise<ShimState["status"]> {
    if (this.#init.isReaped) return "stopped";
    if (!this.#isStarted) return "created";
    const isPaused = await this.#options.driver.isPaused().catch((error: unknown) => {
      // It may have ended while the runtime looked.
      if (this.#init.hasEnded) return false;
      throw error;
    });
    if (this.#init.isReaped) return "stopped";
    return isPaused ? "paused" : "running";
  }

  /** @param cause what somebody complains of who did not know that it has ended */
  #mustRun(verb: string, cause?: unknown): void {
    if (this.#init.hasEnded) throw stateError(verb, this.#options.id, "it has stopped", cause);
  }
}
