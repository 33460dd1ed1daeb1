import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type AttachedExec,
  type AttachedProcess,
  type ExecOptions,
  type OutputFrame,
  type RecoverOptions,
  readShim,
  type ShimDirectory,
  type StartShimOptions,
} from "@ctr/shim/client";
import {
  type ContainerFigures,
  type Hello,
  initProcessId,
  type OomEvent,
  type ProcessExit,
  type ProcessState,
  protocolVersion,
  type ShimState,
  shimFiles,
} from "@ctr/shim/protocol";
import { ContainerError, type LinuxResources } from "@ctr/spec";
import type { Shim, Shims } from "../src/services/shims.ts";

const signalNumbers: Readonly<Record<string, number>> = { SIGTERM: 15, SIGKILL: 9 };

const noStats: ContainerFigures["stats"] = {
  cpu: { usage: { total: 5_000_000_000, kernel: 1_000_000_000, user: 4_000_000_000 } },
  cpuset: {
    cpu_exclusive: 0,
    mem_hardwall: 0,
    mem_exclusive: 0,
    memory_migrate: 0,
    memory_spread_page: 0,
    memory_spread_slab: 0,
    memory_pressure: 0,
    sched_load_balance: 0,
    sched_relax_domain_level: 0,
  },
  memory: { usage: { limit: 18446744073709551615n, usage: 1024, failcnt: 0 } },
  pids: { current: 2 },
  blkio: {},
  hugetlb: {},
};

/** A container that exists only in memory, and whose shim keeps its files as a real one does. */
export class FakeContainer {
  /** Is called when a shim is asked for the state. */
  onAsked: () => void = () => undefined;
  readonly directory: string;
  readonly options: StartShimOptions;
  status: ShimState["status"] = "created";
  readonly processes: Map<string, ProcessState> = new Map();
  readonly connections: Set<FakeShim> = new Set();
  readonly updates: LinuxResources[] = [];
  /** Sizes that terminals were given. */
  readonly sizes: string[] = [];
  /** Processes that a client was detached from. */
  readonly detached: string[] = [];
  isAlive = true;
  /** Is called before a process gets a signal. */
  beforeKill: (processId: string) => void = () => undefined;
  stats: ContainerFigures["stats"] = noStats;
  #nextPid = 1000;
  #ooms = 0;

  readonly shims: FakeShims;

  constructor(shims: FakeShims, options: StartShimOptions) {
    this.shims = shims;
    this.options = options;
    this.directory = options.directory;
    this.addProcess(initProcessId);
    writeFileSync(join(this.directory, shimFiles.socket), "");
  }

  addProcess(processId: string): ProcessState {
    const pid = this.#nextPid++;
    mkdirSync(join(this.directory, processId), { mode: 0o700 });
    writeFileSync(join(this.directory, processId, shimFiles.pid), `${pid}`);
    writeFileSync(join(this.directory, processId, shimFiles.startTime), `${pid * 10}`);
    const process = { processId, pid, terminal: false };
    this.processes.set(processId, process);
    return process;
  }

  /** Memory runs out: on disk first, then it is announced. */
  oom(): void {
    const event = { number: ++this.#ooms, at: new Date().toISOString(), kills: this.#ooms };
    const file = join(this.directory, initProcessId, shimFiles.oom);
    appendFileSync(file, `${JSON.stringify(event)}\n`);
    for (const shim of this.connections) shim.tellOom(event);
  }

  /** Ends a process: on disk first, then it is announced. */
  exit(processId: string, status: number): void {
    const process = this.processes.get(processId);
    if (process === undefined || process.exit !== undefined) return;
    const exit: ProcessExit = { processId, status, exitedAt: new Date().toISOString() };
    writeFileSync(join(this.directory, processId, shimFiles.exitStatus), `${status}`);
    this.processes.set(processId, { ...process, exit });
    for (const shim of this.connections) shim.tell(exit);
    if (processId !== initProcessId) return;
    this.status = "stopped";
    if (this.options.process?.deleteOnExit === true) this.end();
  }

  /** The shim ends in order. */
  end(): void {
    this.isAlive = false;
    rmSync(join(this.directory, shimFiles.socket), { force: true });
    for (const shim of this.connections) shim.close();
  }

  /** The shim is killed: its socket stays. */
  die(): void {
    this.isAlive = false;
    for (const shim of this.connections) shim.close();
  }
}

/** One connection to a {@linkcode FakeContainer}. */
export class FakeShim implements Shim {
  readonly container: FakeContainer;
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #listeners: Set<(exit: ProcessExit) => void> = new Set();
  readonly #oomListeners: Set<(event: OomEvent) => void> = new Set();

  constructor(container: FakeContainer) {
    this.container = container;
    container.connections.add(this);
  }

  get hello(): Hello {
    return { protocol: protocolVersion, id: this.container.options.id, pid: 1 };
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.container.connections.delete(this);
    this.#closed.resolve();
  }

  tell(exit: ProcessExit): void {
    for (const listener of this.#listeners) listener(exit);
  }

  onExited(listener: (exit: ProcessExit) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  onOom(listener: (event: OomEvent) => void): Disposable {
    this.#oomListeners.add(listener);
    return { [Symbol.dispose]: () => this.#oomListeners.delete(listener) };
  }

  tellOom(event: OomEvent): void {
    for (const listener of this.#oomListeners) listener(event);
  }

  async stats(): Promise<ContainerFigures> {
    return { readAt: "2026-06-15T03:10:37.000Z", stats: this.container.stats };
  }

  async start(): Promise<void> {
    this.container.status = "running";
    await this.container.shims.afterStart(this.container);
  }

  async state(): Promise<ShimState> {
    this.container.onAsked();
    const { options, status, processes } = this.container;
    return {
      id: options.id,
      bundle: options.bundle,
      runtime: options.runtime ?? "bunc",
      status,
      processes: [...processes.values()],
    };
  }

  async exec({ processId }: ExecOptions): Promise<ProcessState> {
    this.container.onAsked();
    const process = this.container.addProcess(processId);
    await this.container.shims.afterExec(this.container, processId);
    return process;
  }

  async execAttached({ processId }: ExecOptions): Promise<AttachedExec> {
    const { pid } = this.container.addProcess(processId);
    return { ...(await this.attach(processId)), pid };
  }

  /** Says hello, then echoes its input until that is closed; then the process ends with 0. */
  async attach(processId: string): Promise<AttachedProcess> {
    const { container } = this;
    const { readable, writable } = new TransformStream<OutputFrame, OutputFrame>(
      undefined,
      { highWaterMark: 16 },
      { highWaterMark: 16 },
    );
    const writer = writable.getWriter();
    const end = (): void => void writer.close().catch(() => undefined);
    void writer.write({ stream: "stderr", data: Buffer.from("hello\n") });
    return {
      processId,
      terminal: false,
      output: readable,
      exited: Promise.resolve(undefined),
      write: async (data) => {
        await writer.write({ stream: "stdout", data });
      },
      closeStdin: async () => {
        await writer.close();
        container.exit(processId, 0);
      },
      detach: () => {
        container.detached.push(processId);
        end();
      },
      [Symbol.dispose]: end,
    };
  }

  async kill(processId: string, signal: string | number): Promise<void> {
    const number = typeof signal === "number" ? signal : signalNumbers[signal];
    if (number === undefined) {
      throw new ContainerError(`Cannot find the signal "${signal}"`, {
        code: "ERR_INVALID_SIGNAL",
        kind: "invalid",
      });
    }
    this.container.beforeKill(processId);
    this.container.exit(processId, 128 + number);
  }

  async resize(processId: string, columns: number, rows: number): Promise<void> {
    this.container.sizes.push(`${processId} ${columns}x${rows}`);
  }

  async closeStdin(): Promise<void> {}

  async pids(): Promise<readonly number[]> {
    this.container.onAsked();
    return [process.pid];
  }

  async pause(): Promise<void> {
    this.container.status = "paused";
  }

  async resume(): Promise<void> {
    this.container.status = "running";
  }

  async update(resources: LinuxResources): Promise<void> {
    this.container.updates.push(resources);
  }

  async deleteProcess(processId: string): Promise<ProcessExit> {
    const exit = this.container.processes.get(processId)?.exit;
    if (exit === undefined) throw gone(this.container.directory);
    this.container.processes.delete(processId);
    rmSync(join(this.container.directory, processId), { recursive: true });
    return exit;
  }

  async delete(): Promise<void> {
    this.container.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Shims that exist only in memory; they outlive the daemon of a test as real ones do. */
export class FakeShims implements Shims {
  readonly containers: Map<string, FakeContainer> = new Map();
  /** Is called before a container is made; what it throws is the runtime's error. */
  beforeStart: (options: StartShimOptions) => Promise<void> = async () => undefined;
  /** Are called before a start, and an exec, is answered. */
  afterStart: (container: FakeContainer) => Promise<void> = async () => undefined;
  afterExec: (container: FakeContainer, processId: string) => Promise<void> = async () => undefined;
  readonly recovered: string[] = [];
  /** What the kernel says of every container; `undefined` when only the shim can tell. */
  frozen: boolean | undefined;

  /** Returns a container that has to be there. */
  get(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw new Error(`No container "${id}" was made`);
    return container;
  }

  async start(options: StartShimOptions): Promise<FakeShim> {
    await this.beforeStart(options);
    const container = new FakeContainer(this, options);
    this.containers.set(options.id, container);
    return new FakeShim(container);
  }

  async connect(directory: string): Promise<FakeShim> {
    const container = this.containers.get(basename(directory));
    if (container?.isAlive !== true) throw gone(directory);
    return new FakeShim(container);
  }

  read(directory: string): Promise<ShimDirectory> {
    return readShim(directory);
  }

  async isFrozen(): Promise<boolean | undefined> {
    return this.frozen;
  }

  /** Kills what runs, with 137, as `ctr-shim --recover` does. */
  async recover({ id, directory }: RecoverOptions): Promise<readonly ProcessExit[]> {
    this.recovered.push(id);
    const container = this.containers.get(id);
    const exits: ProcessExit[] = [];
    for (const { processId } of (await readShim(directory)).processes) {
      container?.exit(processId, 137);
      const file = join(directory, processId, shimFiles.exitStatus);
      if (!existsSync(file)) writeFileSync(file, "255");
    }
    for (const { exit } of (await readShim(directory)).processes) if (exit) exits.push(exit);
    return exits;
  }
}

function gone(directory: string): ContainerError {
  return new ContainerError(`Cannot reach the shim at "${directory}": nobody answers`, {
    code: "ERR_SHIM_GONE",
    kind: "unavailable",
  });
}
