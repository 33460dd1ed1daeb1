/**
 * A container that exists, and everything that can be done with it.
 *
 * @module
 */

import {
  type Config,
  ContainerError,
  type LinuxIntelRdt,
  type LinuxResources,
  type Mount,
  type State,
} from "@ctr/spec";
import type { Cgroup, Stats } from "../cgroups/index.ts";
import type { FileDescriptor } from "../kernel/fd.ts";
import { parseSignal } from "../kernel/signals.ts";
import type { ExitStatus } from "../kernel/wait.ts";
import { value } from "../machine/constants.ts";
import { addMounts, type MountsTarget, removeMounts } from "./change-mounts.ts";
import { cgroupOf, updateCgroup } from "./container-cgroup.ts";
import { deleteContainer } from "./delete.ts";
import { type ContainerProcess, type ExecOptions, execute } from "./exec.ts";
import { runHooks, runPoststopHooks } from "./hooks.ts";
import { updateIntelRdt } from "./intel-rdt.ts";
import { signalProcess } from "./kill.ts";
import { type ExitWatch, leaveExit, watchExit } from "./process/exits.ts";
import type { InitProcess } from "./process/init-process.ts";
import { type Runtime, type RuntimeOptions, runtimeOf } from "./runtime-options.ts";
import { startContainer } from "./start.ts";
import { type Status, stateDocument, statusOf } from "./state/state.ts";
import { containerNotFound, StateDirectory, type StateDocument } from "./state/state-directory.ts";
import { undoing } from "./undoing.ts";

/** What only the process that created a container has. */
export interface Created {
  readonly config: Config;
  readonly init: InitProcess;
  /** Where the init program reports. */
  readonly report: FileDescriptor;
  /** Master of the terminal, when the caller keeps it. */
  readonly master: number | undefined;
  /** Whether its end is left to others. */
  readonly detach: boolean;
}

/**
 * A container. Every method asks the kernel anew, so any number of processes may hold the same container.
 *
 * @see runtime.md, "Operations"
 */
export class Container {
  readonly #runtime: Runtime;
  readonly #directory: StateDirectory;
  readonly #state: StateDocument;
  #config: Config | undefined;
  #report: FileDescriptor | undefined;
  #master: number | undefined;
  readonly #exit: ExitWatch | undefined;

  /** Use `create()` or `load()`. */
  constructor(
    runtime: Runtime,
    directory: StateDirectory,
    state: StateDocument,
    created?: Created,
  ) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#state = state;
    this.#config = created?.config;
    this.#report = created?.report;
    this.#master = created?.master;
    this.#exit =
      created && (created.detach ? leaveExit : watchExit)(runtime.kernel, created.init.pidfd);
  }

  get id(): string {
    return this.#state.id;
  }

  /** Absolute path of the bundle. */
  get bundle(): string {
    return this.#state.bundle;
  }

  /** RFC 3339, UTC. */
  get created(): string {
    return this.#state.created;
  }

  /** Absolute path of the root filesystem. */
  get rootfs(): string {
    return this.#state.rootfs;
  }

  /** Host pid of the first process; 0 once it has ended. */
  get pid(): number {
    return this.status() === "stopped" ? 0 : this.#state.pid;
  }

  /** The configuration that it was created with. */
  get config(): Config {
    this.#config ??= this.#directory.readConfig();
    return this.#config;
  }

  /** A container whose configuration is damaged can be deleted, too. */
  #readConfig(): Config | undefined {
    try {
      return this.config;
    } catch (error) {
      if (error instanceof ContainerError && error.code === "ERR_STATE_DAMAGED") return undefined;
      throw error;
    }
  }

  /** Its directory below the runtime's root. */
  get stateDirectory(): string {
    return this.#directory.path;
  }

  /** Its cgroup. */
  get cgroup(): Cgroup {
    return cgroupOf(this.#runtime.kernel, this.#state);
  }

  /**
   * How the first process ended, once it has. Only who created the container, and did not detach it, can know.
   *
   * @throws {ContainerError} ERR_NOT_OUR_CHILD
   */
  get exited(): Promise<ExitStatus> {
    if (this.#exit !== undefined) return this.#exit.exited;
    throw new ContainerError(
      `Cannot wait for container "${this.id}": it is a child of the process that created it`,
      { code: "ERR_NOT_OUR_CHILD", kind: "unsupported" },
    );
  }

  /** Takes the master of the terminal; the caller closes it. `undefined` when there is none, or it was taken. */
  takeConsole(): number | undefined {
    const master = this.#master;
    this.#master = undefined;
    return master;
  }

  /** What the container is doing. */
  status(): Status {
    return statusOf(this.#runtime.kernel, this.#directory, this.#state);
  }

  /** The state document. `paused` is not a status of the specification; {@linkcode Container.status} tells. */
  state(): State {
    const status = this.status();
    const { annotations } = this.config;
    return stateDocument(
      { id: this.id, bundle: this.bundle, pid: this.#state.pid, annotations },
      status === "paused" ? "running" : status,
    );
  }

  /**
   * Starts the user's program.
   *
   * When a hook fails the container is stopped and deleted ("Lifecycle", 7 and 9).
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_CREATED when it was started before or has ended; ERR_CANNOT_EXECUTE
   * @see runtime.md, "Start"
   */
  async start(): Promise<void> {
    const { kernel } = this.#runtime;
    const { hooks } = this.config;
    await undoing(async (undo) => {
      using report = this.#report;
      this.#report = undefined;
      try {
        await startContainer(kernel, this.#directory, this.#state, this.status(), report);
        if (hooks?.poststart === undefined) return;
        // It was running a moment ago; a program that has ended since has started all the same.
        const { id, bundle } = this;
        const { annotations } = this.config;
        const state = stateDocument({ id, bundle, pid: this.#state.pid, annotations }, "running");
        await runHooks("poststart", hooks.poststart, state);
      } catch (error) {
        if (isFailedHook(error)) undo.defer(() => this.delete({ force: true }));
        throw error;
      }
    });
  }

  /**
   * Sends a signal to the first process, or to all.
   *
   * @param signal name or number
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING, ERR_INVALID_SIGNAL
   * @see runtime.md, "Kill"
   */
  async kill(signal: string | number, options: { readonly all?: boolean } = {}): Promise<void> {
    const number = parseSignal(signal);
    const { kernel } = this.#runtime;
    const status = this.status();
    const SIGKILL = value("SIGKILL");
    const sharesPids = !this.#state.namespaces.includes("pid");
    if (options.all === true || (number === SIGKILL && sharesPids)) {
      if (status === "stopped" && this.cgroup.pids(true).length === 0) throw this.#notRunning();
      this.cgroup.kill(number);
      return;
    }
    if (status === "stopped" || status === "creating") throw this.#notRunning();
    if (!signalProcess(kernel, this.#state, number)) throw this.#notRunning();
    // A frozen process ends when it runs again.
    if (number === SIGKILL && status === "paused") await this.cgroup.thaw();
  }

  #notRunning(): ContainerError {
    return new ContainerError(`Cannot signal container "${this.id}": container not running`, {
      code: "ERR_CONTAINER_NOT_RUNNING",
      kind: "conflict",
    });
  }

  /**
   * Executes a process in the container.
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING, ERR_CANNOT_EXECUTE, ERR_CONTAINER_INIT
   */
  async exec(options: ExecOptions): Promise<ContainerProcess> {
    const { execCPUAffinity } = this.config.process ?? {};
    const process =
      execCPUAffinity === undefined ? options.process : { execCPUAffinity, ...options.process };
    return await execute(this.#runtime, this.#state, this.config, this.status(), {
      ...options,
      process,
    });
  }

  /**
   * Makes mounts in the running container; when one fails those before it are taken away again.
   *
   * @param mounts as config.json has them; relative sources start at the bundle
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING, ERR_MOUNT_SOURCE, ERR_CONTAINER_INIT
   */
  async addMounts(mounts: readonly Mount[]): Promise<void> {
    await addMounts(this.#mountsTarget(), mounts);
  }

  /**
   * Takes mounts of the running container away, the last first. Only their destinations count.
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING, ERR_CONTAINER_INIT
   */
  async removeMounts(mounts: readonly Mount[]): Promise<void> {
    await removeMounts(this.#mountsTarget(), mounts);
  }

  #mountsTarget(): MountsTarget {
    const { config } = this;
    return { runtime: this.#runtime, state: this.#state, config, status: this.status() };
  }

  /** Host pids of all its processes. */
  pids(): number[] {
    return this.cgroup.pids(true);
  }

  /** What it has used, in runc's form; `stringifyStats()` writes it. */
  stats(): Stats {
    return this.cgroup.stats();
  }

  /**
   * Freezes all its processes.
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING
   */
  async pause(): Promise<void> {
    const status = this.status();
    if (status !== "running" && status !== "created") {
      throw new ContainerError(`Cannot pause container "${this.id}": it is ${status}`, {
        code: "ERR_CONTAINER_NOT_RUNNING",
        kind: "conflict",
      });
    }
    await this.cgroup.freeze();
  }

  /**
   * Lets its processes run again.
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_PAUSED
   */
  async resume(): Promise<void> {
    const status = this.status();
    if (status !== "paused") {
      throw new ContainerError(`Cannot resume container "${this.id}": it is ${status}`, {
        code: "ERR_CONTAINER_NOT_PAUSED",
        kind: "conflict",
      });
    }
    await this.cgroup.thaw();
  }

  /**
   * Changes limits; those that are absent stay as they are.
   *
   * @throws {ContainerError} names the field
   */
  update(resources: LinuxResources): Promise<void> {
    if (this.status() === "stopped") {
      throw new ContainerError(`Cannot update container "${this.id}": it has stopped`, {
        code: "ERR_CONTAINER_NOT_RUNNING",
        kind: "conflict",
      });
    }
    return updateCgroup(this.#runtime.kernel, this.#state, resources);
  }

  /**
   * Changes the schemata of its class of service; those that are absent stay as they are.
   *
   * @throws {ContainerError} ERR_INTEL_RDT
   */
  updateIntelRdt(change: Pick<LinuxIntelRdt, "l3CacheSchema" | "memBwSchema">): void {
    updateIntelRdt(this.#runtime.kernel, this.#state.intelRdt, change);
  }

  /**
   * Removes everything of a container that has stopped, or was never started; with `force` of any.
   *
   * @throws {ContainerError} ERR_CONTAINER_RUNNING
   * @see runtime.md, "Delete"
   */
  async delete(options: { readonly force?: boolean } = {}): Promise<void> {
    const { kernel } = this.#runtime;
    // Nothing is left to be read afterwards.
    const { hooks, annotations } = this.#readConfig() ?? {};
    this.#report?.[Symbol.dispose]();
    this.#report = undefined;
    const master = this.takeConsole();
    if (master !== undefined) kernel.call("close", master);
    await deleteContainer(kernel, this.#directory, this.#state, this.status(), {
      force: options.force ?? false,
      exit: this.#exit,
    });
    const { id, bundle } = this.#state;
    const state = stateDocument({ id, bundle, pid: 0, annotations }, "stopped");
    await runPoststopHooks(hooks?.poststop, state, this.#runtime.warn);
  }
}

/** One of `startContainer` or `poststart`. */
function isFailedHook(error: unknown): boolean {
  return error instanceof ContainerError && error.pointer?.startsWith("/hooks/") === true;
}

/**
 * Returns a container by its id.
 *
 * @throws {ContainerError} ERR_INVALID_ID, ERR_CONTAINER_NOT_FOUND
 */
export function load(id: string, options: RuntimeOptions = {}): Container {
  const runtime = runtimeOf(options);
  const directory = new StateDirectory(runtime.kernel, runtime.root, id);
  const state = directory.readState();
  if (state === undefined) throw containerNotFound(id, runtime.root);
  return new Container(runtime, directory, state);
}
