import type { ShimDirectory } from "@ctr/shim/client";
import type { LogDocument, ShimState } from "@ctr/shim/protocol";
import type { LinuxResources } from "@ctr/spec";
import type {
  Container,
  ContainerStatus,
  CreateContainerRequest,
  StopRequest,
} from "../contract/container.ts";
import { initProcessId, type ProcessExit } from "../contract/process.ts";
import { Announcer } from "./announcer.ts";
import type { ContainerContext } from "./container-context.ts";
import { containerDocument } from "./container-document.ts";
import {
  type ContainerFolders,
  containerFolders,
  makeContainerFolders,
  removeContainerFolders,
} from "./container-files.ts";
import type { ContainerState } from "./container-state.ts";
import { within } from "./deadline.ts";
import { learnStatus, statusBy } from "./learn-status.ts";
import { initDocument } from "./new-container.ts";
import { ProcessTable } from "./process-table.ts";
import { Serial } from "./serial.ts";
import {
  containerNotFound,
  noLog,
  processNotFound,
  processNotRunning,
  shimLost,
  wrongStatus,
} from "./service-errors.ts";
import { ShimLink } from "./shim-link.ts";
import type { Shim } from "./shims.ts";
import { StateStore } from "./state-store.ts";
import { killContainer, killTimeoutMs, stopContainer } from "./stop-container.ts";

/** One container: its state on disk, its shim, its processes and what is announced of it. */
export class ManagedContainer {
  readonly folders: ContainerFolders;
  readonly processes: ProcessTable;
  readonly #announcer: Announcer;
  readonly #context: ContainerContext;
  readonly #link: ShimLink;
  readonly #store: StateStore;
  /** Changes of status, one after the other. */
  readonly #changes: Serial = new Serial();
  #status: ContainerStatus = "creating";
  #started: Date | undefined;
  #ready: Promise<void> = Promise.resolve();
  #isRemoved = false;
  /** Is called when it is gone for good. */
  onRemoved: (() => void) | undefined;

  constructor(state: ContainerState, context: ContainerContext) {
    this.#context = context;
    this.folders = containerFolders(context, state.id);
    this.#store = new StateStore(this.directory, state);
    this.#announcer = new Announcer(context, state.id, state.instance);
    this.processes = new ProcessTable(this.#announcer);
    this.#link = new ShimLink(this, context, this.processes);
    this.#link.onEnded = () => this.#handleEnd();
  }

  get directory(): string {
    return this.folders.directory;
  }

  get id(): string {
    return this.#store.current.id;
  }

  get state(): ContainerState {
    return this.#store.current;
  }

  get status(): ContainerStatus {
    // What was announced counts at once, whatever the shim said last.
    return this.processes.init.exit === undefined ? this.#status : "stopped";
  }

  /** Changes what is on disk; it is there when this returns. */
  updateState(change: Partial<ContainerState>): void {
    this.#store.update(change);
  }

  /**
   * Creates the container, and starts it when the request says so. When that fails nothing is left.
   *
   * @throws {ContainerError} ERR_CONTAINER_EXISTS; what the shim and the runtime say.
   */
  create(request: CreateContainerRequest): Promise<void> {
    const created = this.#changes.run(() => this.#create(request));
    this.#ready = created.catch(() => {
      this.#isRemoved = true;
      throw containerNotFound(this.id);
    });
    this.#ready.catch(() => undefined);
    return created;
  }

  async #create(request: CreateContainerRequest): Promise<void> {
    await using rollback = new AsyncDisposableStack();
    this.processes.silence();
    makeContainerFolders(this.id, this.folders);
    rollback.defer(() => removeContainerFolders(this.folders));
    // Before the shim: whoever finds a shim finds what it is for.
    this.#store.write();
    const shim = await this.#context.shims.start({
      id: this.id,
      bundle: this.state.bundle,
      runtime: this.state.runtime,
      directory: this.directory,
      process: initDocument(request, this.state, this.#context.runtimeIdSuffix),
      ...(this.#context.shimCommand && { command: this.#context.shimCommand }),
    });
    rollback.defer(() => this.#undoShim(shim));
    this.#link.attach(shim);
    this.#status = "created";
    const announce = (): void => {
      this.processes.silence(false);
      this.#announcer.created(new Date(this.state.created));
    };
    if (request.start === true) {
      await this.#startInit(shim, announce);
    } else {
      announce();
      this.processes.noteState(await shim.state());
    }
    rollback.move();
  }

  async #undoShim(shim: Shim): Promise<void> {
    this.processes.silence();
    this.#link.expectEnd();
    try {
      await shim.delete({ force: true });
    } catch (error) {
      // It may have ended by itself; the first error is the one to be told.
      this.#context.log.debug(`Cannot delete container "${this.id}" after its start`, error);
    }
    await within(this.#link.ended, killTimeoutMs);
  }

  /** Takes up a container whose shim is there. */
  async adopt(shim: Shim, files: ShimDirectory): Promise<void> {
    this.processes.noteFiles(files);
    this.#link.attach(shim);
    const state = await shim.state();
    this.#status = state.status;
    // The start that was asked for never came.
    if (state.status === "created") this.#store.forgetStart();
    this.processes.init.isRunning = state.status === "running" || state.status === "paused";
    this.#announceBeginnings();
    // The files are read again: some may have come between them and this connection.
    await this.#link.noteOoms();
    this.processes.noteState(state);
    this.processes.announceStarts();
    await this.processes.exitsAnnounced();
  }

  /** Takes up a container whose shim is gone: in order, or dead, then it is cleaned up after. */
  async adoptDead(files: ShimDirectory, isInOrder: boolean): Promise<void> {
    this.#status = "stopped";
    this.processes.noteFiles(files);
    this.#announceBeginnings();
    this.processes.announceStarts();
    await this.processes.noteOoms(files.ooms);
    for (const { exit } of files.processes) {
      if (exit !== undefined) await this.processes.settle(exit);
    }
    if (!isInOrder) await this.#link.recover();
    this.#link.finish();
  }

  /** Says that nobody can be found who holds the container: all that can be done is to delete it with force. */
  giveUp(): void {
    this.#link.finish();
  }

  #announceBeginnings(): void {
    this.#announcer.created(new Date(this.state.created));
    const { startRequested, instance } = this.state;
    if (startRequested === undefined) return;
    this.#announcer.started(this.processes.init, new Date(startRequested));
    this.#started = this.#context.journal.startedAt(instance) ?? new Date(startRequested);
  }

  /** Starts the first process; `announce` is called before that is announced. */
  async #startInit(shim: Shim, announce?: () => void): Promise<void> {
    const { init } = this.processes;
    // When it was asked for: what it does, its end too, is later.
    const asked = new Date();
    const starting = (async (): Promise<ShimState> => {
      const [state] = await Promise.all([shim.state(), shim.start()]);
      init.pid = state.processes.find(({ processId }) => processId === initProcessId)?.pid;
      init.isRunning = true;
      this.#status = "running";
      this.#started = asked;
      announce?.();
      this.#announcer.started(init, this.#started);
      return state;
    })();
    // The exit can arrive before the answer; it is announced after the start.
    init.starting = starting.catch(() => undefined);
    this.processes.noteState(await starting);
  }

  /** Starts the first process. */
  start(): Promise<void> {
    return this.#changes.run(async () => {
      const shim = this.#shimWhen("start", ["created"]);
      this.updateState({ startRequested: new Date().toISOString() });
      await this.#startInit(shim);
    });
  }

  pause(): Promise<void> {
    return this.#changes.run(async () => {
      await this.refresh();
      await this.#shimWhen("pause", ["running"]).pause();
      this.#status = "paused";
      this.#announcer.paused();
    });
  }

  resume(): Promise<void> {
    return this.#changes.run(async () => {
      await this.refresh();
      await this.#shimWhen("resume", ["paused"]).resume();
      this.#status = "running";
      this.#announcer.resumed();
    });
  }

  update(resources: LinuxResources): Promise<void> {
    return this.#changes.run(async () => {
      await this.#shimWhen("update", ["created", "running", "paused"]).update(resources);
      this.#announcer.updated();
    });
  }

  /** Sends a signal to a process; with `all` to every process of the container. */
  async kill(processId: string, signal: string | number, all = false): Promise<void> {
    const what = "send a signal to";
    const shim = await this.shimOf(what, processId);
    try {
      await shim.kill(processId, signal, all ? { all } : {});
    } catch (error) {
      // It may have ended meanwhile, and its shim with it.
      await this.processes.exitsAnnounced();
      if (this.processes.get(processId)?.exit === undefined) throw error;
      throw processNotRunning(what, this.id, processId);
    }
  }

  /** Asks the first process to end, kills everything when it does not, and returns how it ended. */
  async stop(request: StopRequest): Promise<ProcessExit> {
    await this.#ready;
    return await stopContainer(this, request);
  }

  /** Resolves when a process has ended. */
  async wait(processId: string): Promise<ProcessExit> {
    await this.#ready;
    const record = this.processes.get(processId);
    if (record !== undefined) return await record.exited;
    const exit = this.#context.journal.exitOf(this.state.instance, processId);
    if (exit === undefined) throw processNotFound(this.id, processId);
    return exit;
  }

  /**
   * Returns where the output of a process is kept.
   *
   * @throws {ContainerError} ERR_PROCESS_NOT_FOUND; ERR_NO_LOG.
   */
  async logOf(processId: string): Promise<LogDocument> {
    await this.#ready;
    if (this.processes.get(processId) === undefined) throw processNotFound(this.id, processId);
    const document = this.#store.logOf(processId);
    if (document === undefined) throw noLog(this.id, processId);
    return document;
  }

  /** Returns the host pids of everything in the container. */
  async pids(): Promise<readonly number[]> {
    await this.#ready;
    if (this.status === "stopped") return [];
    return (await this.#link.shim?.pids()) ?? [];
  }

  /**
   * Deletes the container with its files and logs.
   *
   * @throws {ContainerError} ERR_CONTAINER_STATUS when it runs and `force` is not given; ERR_KILL_TIMEOUT; ERR_SHIM_STUCK.
   */
  delete(force: boolean): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#isRemoved) throw containerNotFound(this.id);
      if (this.status === "created") await this.#endCreated();
      else await this.#end(force);
      this.#remove(false);
    });
  }

  async #endCreated(): Promise<void> {
    this.processes.silence();
    this.#link.expectEnd();
    try {
      await this.#link.shim?.delete({ force: true });
    } catch (error) {
      this.processes.silence(false);
      this.#link.expectEnd(false);
      throw error;
    }
  }

  /** Brings the container and its shim to an end. */
  async #end(force: boolean): Promise<void> {
    if (this.status !== "stopped") {
      if (!force) throw wrongStatus("delete", this.id, this.status, "Stop it first, or use force");
      await killContainer(this);
    }
    await this.#link.end(force, killTimeoutMs);
    if (this.processes.init.exit !== undefined) return;
    // An earlier attempt to clean up has failed.
    if (!force) throw shimLost(this.id);
    await this.#link.recover();
  }

  /** Makes it gone for good. The journal is told first: who finds a directory of what is deleted only removes it. */
  #remove(automatic: boolean): void {
    this.#announcer.deleted(automatic);
    this.#store.seal();
    removeContainerFolders(this.folders);
    this.#context.journal.forget(this.state.instance);
    this.#isRemoved = true;
    this.processes.abandon(containerNotFound(this.id));
    this.onRemoved?.();
  }

  #handleEnd(): void {
    this.#status = "stopped";
    this.processes.abandon(wrongStatus("wait for a process of", this.id, "stopped"));
    if (!this.state.removeOnExit || this.processes.init.exit === undefined) return;
    this.#changes
      .run(async () => {
        if (!this.#isRemoved) this.#remove(true);
      })
      .catch((error: unknown) =>
        this.#context.log.error(`Cannot remove container "${this.id}"`, error),
      );
  }

  /** Returns the shim, when there is one. */
  get shim(): Shim | undefined {
    return this.#link.shim;
  }

  /** Returns the shim that holds a process that has not ended. */
  async shimOf(what: string, processId: string): Promise<Shim> {
    await this.#ready;
    const record = this.processes.get(processId);
    if (record === undefined) throw processNotFound(this.id, processId);
    if (record.exit !== undefined) throw processNotRunning(what, this.id, processId);
    if (this.#link.shim === undefined) throw shimLost(this.id);
    return this.#link.shim;
  }

  /** Returns the shim when the container is in one of these states. */
  async shimWhen(what: string, allowed: readonly ContainerStatus[]): Promise<Shim> {
    await this.#ready;
    return this.#shimWhen(what, allowed);
  }

  #shimWhen(what: string, allowed: readonly ContainerStatus[]): Shim {
    if (this.#isRemoved) throw containerNotFound(this.id);
    if (!allowed.includes(this.status)) throw wrongStatus(what, this.id, this.status);
    if (this.#link.shim === undefined) throw shimLost(this.id);
    return this.#link.shim;
  }

  /** Learns what can change without us. */
  async refresh(): Promise<void> {
    const { shim } = this.#link;
    if (shim === undefined || this.#status === "creating" || this.status === "stopped") return;
    const learned = await learnStatus(this.#context.shims, shim, this.processes);
    this.#status = statusBy(learned, this.#status);
  }

  /** The form in which the API shows it. */
  toDocument(): Container {
    return containerDocument(this.state, this.status, this.#started, this.processes);
  }

  /** Resolves when no change of status is under way. */
  idle(): Promise<void> {
    return this.#changes.idle();
  }

  /** Lets go of the shim; the container goes on. */
  dispose(): void {
    this.processes.silence();
    this.#link.close();
  }
}
