/** The exec verb: one more process in a container. @see runc-exec(8) */

import { readlinkSync } from "node:fs";
import {
  type Config,
  ContainerError,
  type LinuxNamespaceType,
  type Process,
  requireValidProcess,
} from "@ctr/spec";
import { planExec } from "../init/exec.ts";
import { affinityBits } from "../init/process/cpu-affinity.ts";
import { open } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { readProcessStat } from "../kernel/process-stat.ts";
import { parseSignal } from "../kernel/signals.ts";
import type { ExitStatus } from "../kernel/wait.ts";
import { cgroupOf } from "./container-cgroup.ts";
import type { ProcessOptions } from "./create-options.ts";
import { execInput } from "./exec-input.ts";
import { openIntelRdt } from "./intel-rdt.ts";
import { openProcess, signalProcess } from "./kill.ts";
import { openConsole, prepareConsole, receiveConsole } from "./process/console.ts";
import { type ExitWatch, leaveExit, watchExit } from "./process/exits.ts";
import { inheritProcess } from "./process/inherited-process.ts";
import { InitProcess, launched, numbered } from "./process/init-process.ts";
import { setLimits } from "./process/limits.ts";
import { writePidFile } from "./process/pid-file.ts";
import { openProgramPipes } from "./process/pipes.ts";
import { preservedDescriptors } from "./process/preserved-descriptors.ts";
import { passListener } from "./process/seccomp-listener.ts";
import type { Runtime } from "./runtime-options.ts";
import { type Status, stateDocument } from "./state/state.ts";
import type { StateDocument } from "./state/state-directory.ts";
import { undoing } from "./undoing.ts";

/** Options of `Container.exec()`. */
export interface ExecOptions extends ProcessOptions {
  /** What keeps it in bounds and what it does not say is as the container's own process has it; see `inheritProcess()`. */
  readonly process: Process;
  /** Path below the container's cgroup: one for all controllers, or by controller. */
  readonly cgroup?: string | Readonly<Record<string, string>>;
  /** Execute in a paused container, too: the process stands still until it is resumed. */
  readonly ignorePaused?: boolean;
}

/** A process that was executed in a container, a child of ours. */
export class ContainerProcess {
  /** Host pid. */
  readonly pid: number;
  /** Clock ticks after boot at which it started (field 22 of /proc/PID/stat). */
  readonly startTime: number;
  readonly #kernel: Kernel;
  readonly #exit: ExitWatch | undefined;
  #master: number | undefined;

  /** Use `Container.exec()`. */
  constructor(
    kernel: Kernel,
    { pid, pidfd }: InitProcess,
    master: number | undefined,
    detach: boolean,
  ) {
    this.#kernel = kernel;
    this.pid = pid;
    this.startTime = readProcessStat(kernel, pid)?.startTime ?? 0;
    this.#exit = (detach ? leaveExit : watchExit)(kernel, pidfd);
    this.#master = master;
  }

  /**
   * How it ended, once it has.
   *
   * @throws {ContainerError} ERR_NOT_OUR_CHILD when it was detached
   */
  get exited(): Promise<ExitStatus> {
    if (this.#exit !== undefined) return this.#exit.exited;
    throw new ContainerError(`Cannot wait for process ${this.pid}: it was detached`, {
      code: "ERR_NOT_OUR_CHILD",
      kind: "unsupported",
    });
  }

  /** Takes the master of the terminal; the caller closes it. */
  takeConsole(): number | undefined {
    const master = this.#master;
    this.#master = undefined;
    return master;
  }

  /**
   * Sends a signal.
   *
   * @throws {ContainerError} ERR_CONTAINER_NOT_RUNNING when it has ended; ERR_INVALID_SIGNAL
   */
  kill(signal: string | number): void {
    if (signalProcess(this.#kernel, this, parseSignal(signal))) return;
    throw new ContainerError(`Cannot signal process ${this.pid}: it has ended`, {
      code: "ERR_CONTAINER_NOT_RUNNING",
      kind: "conflict",
    });
  }
}

/** Executes a process in a container. */
export async function execute(
  runtime: Runtime,
  state: StateDocument,
  config: Config,
  status: Status,
  given: ExecOptions,
): Promise<ContainerProcess> {
  const options = { ...given, process: inheritProcess(given.process, config.process) };
  const preserved = preservedDescriptors(options.preserveFds ?? 0);
  checkStatus(state.id, status, options.ignorePaused === true);
  requireValidProcess(options.process);
  return await undoing(async (undo) => {
    const { kernel } = runtime;
    using ends = new DisposableStack();
    const target = openProcess(kernel, state);
    if (target === undefined) throw notRunning(state.id, "it has stopped");
    ends.use(target);
    const console = openConsole(kernel, options.process, options.console, ends);
    const sync = ends.use(
      launch(runtime, state, config, options, {
        preserved,
        target: target.number,
        console: console?.program.number,
      }),
    );
    const { init } = sync;
    undo.defer(() => init.abandon());
    const { id, bundle } = state;
    await init.untilExecuted({
      limits: () => setLimits(kernel, init.pid, options.process.rlimits ?? []),
      listener: (descriptor) =>
        passListener(
          kernel,
          config,
          init,
          descriptor,
          stateDocument({ id, bundle, pid: state.pid, annotations: config.annotations }, "running"),
        ),
      console: () => prepareConsole(kernel, console),
    });
    runtime.debug(`process ${init.pid} has executed "${options.process.args?.[0] ?? ""}"`);
    const master = receiveConsole(kernel, console);
    if (master !== undefined) undo.defer(() => void kernel.call("close", master));
    writePidFile(kernel, options, init.pid);
    undo.move();
    return new ContainerProcess(kernel, init, master, options.detach === true);
  });
}

function checkStatus(id: string, status: Status, ignorePaused: boolean): void {
  if (status === "stopped" || status === "creating") {
    throw notRunning(id, "cannot exec in a stopped container");
  }
  if (status === "paused" && !ignorePaused) {
    throw notRunning(id, "cannot exec in a paused container (use --ignore-paused to override)");
  }
}

function notRunning(id: string, why: string): ContainerError {
  return new ContainerError(`Cannot execute a process in container "${id}": ${why}`, {
    code: "ERR_CONTAINER_NOT_RUNNING",
    kind: "conflict",
  });
}

/** Descriptors that are open before the process is started. */
interface Opened {
  readonly preserved: readonly number[];
  /** A pidfd of the container's first process. */
  readonly target: number;
  readonly console: number | undefined;
}

/** Starts the process; disposing of the result closes our ends of its pipes. */
function launch(
  runtime: Runtime,
  state: StateDocument,
  config: Config,
  options: ExecOptions,
  { preserved, target, console }: Opened,
): Disposable & { readonly init: InitProcess } {
  const { kernel } = runtime;
  using given = new DisposableStack();
  using kept = new DisposableStack();
  const { report, sync } = openProgramPipes(kernel, given, kept);
  const entry = cgroupOf(kernel, state).openForJoin(given, {
    init: state.pid,
    late: (options.process.execCPUAffinity?.initial ?? "") !== "",
    ...(options.cgroup === undefined ? {} : { subgroup: options.cgroup }),
  });
  const groups = openIntelRdt(kernel, state.intelRdt, given);
  const { stdin = 0, stdout = 1, stderr = 2 } = options.stdio ?? {};
  const stdio = [stdin, stdout, stderr] as const;
  const descriptors = new Map([
    ["report", report.write.number],
    ["sync", sync.read.number],
    ["init", target],
    ...numbered("cgroup", entry.joins),
    ...numbered("resctrl", groups),
  ]);
  if (console !== undefined) descriptors.set("console", console);
  const changesRoot = !state.namespaces.includes("mount");
  if (changesRoot) {
    const root = open(kernel, `/proc/${state.pid}/root`, ["O_PATH", "O_DIRECTORY"]);
    descriptors.set("root", given.use(root).number);
  }
  const input = execInput(runtime, {
    id: state.id,
    config,
    namespaces: namespacesToJoin(state),
    hasUserNamespace: state.namespaces.includes("user"),
    root: `/proc/${state.pid}/root`,
    changesRoot,
    cgroupJoins: entry.joins.length,
    resctrlJoins: groups.length,
    options,
  });
  const program = planExec(input);
  const { initial = "" } = options.process.execCPUAffinity ?? {};
  if (initial !== "") runtime.debug(`exec: affinity: 0x${affinityBits(initial).toString(16)}`);
  const init = new InitProcess(
    kernel,
    {
      program,
      name: "bunc:exec",
      stdio,
      preserved,
      descriptors,
      namespaces: 0n,
      ...(entry.intoCgroup === undefined ? {} : { cgroup: entry.intoCgroup.number }),
    },
    report.read,
    sync.write,
  );
  runtime.debug(launched(init, program));
  const ends = kept.move();
  return { init, [Symbol.dispose]: () => ends.dispose() };
}

const files: Readonly<Record<LinuxNamespaceType, string>> = {
  user: "user",
  pid: "pid",
  network: "net",
  mount: "mnt",
  ipc: "ipc",
  uts: "uts",
  cgroup: "cgroup",
  time: "time",
};

/** Returns the container's namespaces that are not ours: one's own user namespace cannot be joined again (setns(2)). */
export function namespacesToJoin(state: StateDocument): LinuxNamespaceType[] {
  return state.namespaces.filter((type) => {
    const file = files[type];
    return readlinkSync(`/proc/${state.pid}/ns/${file}`) !== readlinkSync(`/proc/self/ns/${file}`);
  });
}
