/**
 * The create verb: from a bundle to a process that waits for `start`.
 *
 * @see runtime.md, "Create"
 * @module
 */

import { ContainerError, type Process, type State } from "@ctr/spec";
import type { Cgroup } from "../cgroups/index.ts";
import { planCreate } from "../init/create.ts";
import { clonedFlags, type NamespacePlan, planNamespaces } from "../init/linux/namespaces.ts";
import { FileDescriptor } from "../kernel/fd.ts";
import { makeFifo, open, writeAll, writeValue } from "../kernel/file.ts";
import { readProcessStat } from "../kernel/process-stat.ts";
import { value } from "../machine/constants.ts";
import { type Bundle, checkRootless, openBundle } from "./bundle/bundle.ts";
import { Container } from "./container.ts";
import { delegateCgroup, type MadeCgroup, makeCgroup } from "./container-cgroup.ts";
import { createInput } from "./create-input.ts";
import type { CreateOptions } from "./create-options.ts";
import { openHookOutputs, runHooks, runPoststopHooks } from "./hooks.ts";
import { innermostPid } from "./host.ts";
import { writeIdMappings } from "./id-mappings.ts";
import { type IntelRdtState, makeIntelRdt, openIntelRdt, removeIntelRdt } from "./intel-rdt.ts";
import { copyUp } from "./mounts/copy-up.ts";
import { makeDeviceNodes } from "./mounts/device-nodes.ts";
import { MountSources } from "./mounts/mount-sources.ts";
import { bindRootfs, type RootfsMount } from "./mounts/rootfs-mount.ts";
import { openNamespaces } from "./namespace-files.ts";
import { MovedNetDevices } from "./net-devices.ts";
import {
  type ConsoleChannel,
  openConsole,
  prepareConsole,
  receiveConsole,
} from "./process/console.ts";
import { InitProcess, launched, type NoteHandlers, numbered } from "./process/init-process.ts";
import { setLimits } from "./process/limits.ts";
import { writePidFile } from "./process/pid-file.ts";
import { openPipe } from "./process/pipes.ts";
import { preservedDescriptors } from "./process/preserved-descriptors.ts";
import { passListener } from "./process/seccomp-listener.ts";
import { notesFrom } from "./process/step-failure.ts";
import { type Runtime, runtimeOf } from "./runtime-options.ts";
import { stateDocument } from "./state/state.ts";
import { StateDirectory, type StateDocument } from "./state/state-directory.ts";
import { undoing } from "./undoing.ts";

/**
 * Creates a container: everything of it is set up, and its first process waits for {@linkcode Container.start}.
 *
 * Whatever fails, nothing is left behind: no process, mount, cgroup or file.
 *
 * @param id see `parseContainerId()` of `@ctr/spec`
 * @throws {ContainerError} ERR_INVALID_ID, ERR_CONTAINER_EXISTS, ERR_BUNDLE_NOT_FOUND, ERR_INVALID_CONFIG,
 *   ERR_CONTAINER_INIT with the pointer of the field whose step failed, ERR_CANNOT_EXECUTE, and others
 * @see runtime.md, "Create"
 *
 * @example
 * ```ts
 * import { create } from "@ctr/runtime";
 *
 * const container = await create("web", { bundle: "/containers/web" });
 * await container.start();
 * console.log(await container.exited);
 * await container.delete();
 * ```
 */
export async function create(id: string, options: CreateOptions): Promise<Container> {
  const runtime = runtimeOf(options);
  const preserved = preservedDescriptors(options.preserveFds ?? 0);
  const directory = new StateDirectory(runtime.kernel, runtime.root, id);
  const opened = openBundle(runtime, options);
  if (runtime.rootless) checkRootless(opened.config);
  if (opened.config.process === undefined) throw withoutProcess();
  return await undoing(async (undo) => {
    directory.make();
    let creation: Creation | undefined;
    // The last of all: what hooks have begun elsewhere is theirs to end.
    undo.defer(() => creation?.runPoststopHooks());
    undo.defer(() => directory.remove());
    const config = options.amend?.(opened.config, directory.path) ?? opened.config;
    const bundle = { ...opened, config };
    const { process } = config;
    if (process === undefined) throw withoutProcess();
    const cgroup = await makeCgroup(runtime, id, config);
    undo.defer(() => cgroup.remove());
    const intelRdt = makeIntelRdt(runtime.kernel, id, config, options.resctrl);
    undo.defer(() => removeIntelRdt(runtime.kernel, intelRdt));
    const begun = { runtime, directory, bundle, process, cgroup, intelRdt, preserved, options };
    creation = new Creation(begun);
    return await creation.run(undo);
  });
}

function withoutProcess(): ContainerError {
  return new ContainerError("Cannot create the container (/process): there is nothing to run", {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer: "/process",
    hint: "Give the process its args and cwd",
  });
}

/** What there is before the process. */
interface Begun {
  readonly runtime: Runtime;
  readonly directory: StateDirectory;
  readonly bundle: Bundle;
  readonly process: Process;
  readonly cgroup: MadeCgroup;
  readonly intelRdt: IntelRdtState | undefined;
  readonly preserved: readonly number[];
  readonly options: CreateOptions;
}

/** Creating one container. */
class Creation {
  readonly #runtime: Runtime;
  readonly #directory: StateDirectory;
  readonly #bundle: Bundle;
  readonly #process: Process;
  readonly #made: MadeCgroup;
  readonly #cgroup: Cgroup;
  readonly #intelRdt: IntelRdtState | undefined;
  readonly #options: CreateOptions;
  readonly #namespaces: NamespacePlan;
  readonly #netDevices: MovedNetDevices;
  readonly #preserved: readonly number[];
  readonly #sources: MountSources;
  #rootfsMount: RootfsMount | undefined;
  readonly #created: string = new Date().toISOString();
  #hooksHaveRun = false;

  constructor(begun: Begun) {
    const { runtime, directory, bundle, process, cgroup, intelRdt, preserved, options } = begun;
    this.#runtime = runtime;
    this.#directory = directory;
    this.#bundle = bundle;
    this.#process = process;
    this.#preserved = preserved;
    this.#made = cgroup;
    this.#cgroup = cgroup.cgroup;
    this.#intelRdt = intelRdt;
    this.#options = options;
    this.#netDevices = new MovedNetDevices(runtime.kernel);
    this.#namespaces = planNamespaces(bundle.config.linux?.namespaces ?? []);
    this.#sources = new MountSources(runtime, bundle, this.#namespaces);
  }

  async run(undo: AsyncDisposableStack): Promise<Container> {
    const { kernel } = this.#runtime;
    const { config } = this.#bundle;
    this.#directory.writeConfig(config);
    if (!this.#namespaces.own.has("mount")) {
      this.#rootfsMount = undo.use(bindRootfs(this.#runtime, this.#directory.id, this.#bundle));
    }
    // From here on "delete --force" finds what is to be removed, should we be killed.
    this.#directory.writeState(this.#state(0, 0, {}));

    using ends = new DisposableStack();
    const console = openConsole(kernel, this.#process, this.#options.console, ends);
    const hookState = this.#hookStateFile(ends);
    const report = undo.use(this.#openReport());
    const { init, remaining } = this.#launch(console?.program, hookState, report, ends);
    undo.defer(() => init.abandon());
    undo.use(this.#netDevices);
    const isBornInCgroup = this.#cgroup.mode === "v2";
    if (isBornInCgroup) await this.#made.joined();
    await init.untilReady(this.#handlers(init, hookState, console));
    if (!isBornInCgroup) await this.#made.joined();
    delegateCgroup(this.#cgroup, config);
    this.#runtime.debug(`process ${init.pid} has set the container up and waits for start`);
    const master = receiveConsole(kernel, console);
    if (master !== undefined) undo.defer(() => void kernel.call("close", master));
    const startTime = readProcessStat(kernel, init.pid)?.startTime ?? 0;
    const state = this.#state(init.pid, startTime, remaining);
    this.#directory.writeState(state);
    this.#writePidFile(init.pid);
    undo.move();
    this.#rootfsMount?.directory[Symbol.dispose]();
    this.#netDevices.keep();
    const detach = this.#options.detach === true;
    const made = { config, init, report, master, detach };
    return new Container(this.#runtime, this.#directory, state, made);
  }

  #state(pid: number, startTime: number, remaining: StateDocument["remaining"]): StateDocument {
    return {
      id: this.#directory.id,
      bundle: this.#bundle.path,
      rootfs: this.#bundle.rootfs,
      pid,
      startTime,
      created: this.#created,
      cgroupMode: this.#cgroup.mode,
      cgroupPaths: this.#cgroup.paths,
      ...(this.#made.scope === undefined ? {} : { scope: this.#made.scope }),
      ...(this.#intelRdt === undefined ? {} : { intelRdt: this.#intelRdt }),
      namespaces: [...this.#namespaces.own],
      ...(this.#rootfsMount === undefined ? {} : { rootfsMount: this.#rootfsMount.id }),
      remaining,
    };
  }

  #openReport(): FileDescriptor {
    const { kernel } = this.#runtime;
    makeFifo(kernel, this.#directory.execFifo, 0o600);
    makeFifo(kernel, this.#directory.reportFifo, 0o600);
    using report = open(kernel, this.#directory.reportFifo, ["O_RDONLY", "O_NONBLOCK"]);
    // Non-blocking only to be opened before anybody writes.
    kernel.call("fcntl", report.number, value("F_SETFL"), 0);
    return new FileDescriptor(kernel, report.release());
  }

  /** Starts the process; what it was given is closed with `ends`. */
  #launch(
    console: FileDescriptor | undefined,
    hookState: FileDescriptor | undefined,
    report: FileDescriptor,
    ends: DisposableStack,
  ): { readonly init: InitProcess; readonly remaining: StateDocument["remaining"] } {
    const runtime = this.#runtime;
    const { kernel } = runtime;
    using given = new DisposableStack();
    const entry = this.#cgroup.openForJoin(given);
    const groups = openIntelRdt(kernel, this.#intelRdt, given);
    const sources = this.#sources.open(given);
    const nodes = makeDeviceNodes(runtime, this.#bundle.config, this.#namespaces, given);
    const sync = openPipe(kernel);
    ends.use(sync.write);
    given.use(sync.read);
    const program = planCreate(
      createInput(runtime, {
        id: this.#directory.id,
        bundle: this.#bundle,
        process: this.#process,
        cgroup: this.#cgroup,
        cgroupJoins: entry.joins.length,
        resctrlJoins: groups.length,
        namespaces: this.#namespaces,
        openedSources: new Set(sources.keys()),
        sourcesInRoot: this.#sources.inRoot,
        deviceNodes: nodes !== undefined,
        options: this.#options,
      }),
    );
    const descriptors = new Map([
      ["report", given.use(open(kernel, this.#directory.reportFifo, ["O_WRONLY"])).number],
      ["start", given.use(open(kernel, this.#directory.execFifo, ["O_RDWR"])).number],
      ["sync", sync.read.number],
      ...numbered("cgroup", entry.joins),
      ...numbered("resctrl", groups),
      ...openNamespaces(kernel, this.#namespaces.joined, given),
      ...[...sources].map(([index, file]): [string, number] => [`mount-${index}`, file]),
    ]);
    const rootfs = this.#rootfsMount?.directory;
    if (nodes !== undefined) descriptors.set("devices", nodes.number);
    if (rootfs !== undefined) descriptors.set("rootfs", rootfs.number);
    if (console !== undefined) descriptors.set("console", console.number);
    if (hookState !== undefined) {
      descriptors.set("state", hookState.number);
      const outputs = openHookOutputs(kernel, this.#bundle.config, given);
      for (const [stream, file] of Object.entries(outputs)) {
        descriptors.set(`hook-${stream}`, file.number);
      }
    }
    const { stdin = 0, stdout = 1, stderr = 2 } = this.#options.stdio ?? {};
    const init = new InitProcess(
      kernel,
      {
        program,
        name: "bunc:init",
        stdio: [stdin, stdout, stderr],
        preserved: this.#preserved,
        descriptors,
        namespaces: clonedFlags(this.#namespaces),
        ...(entry.intoCgroup === undefined ? {} : { cgroup: entry.intoCgroup.number }),
        ...(this.#namespaces.cloned.includes("user")
          ? { writeIdMappings: (pid) => this.#enterUserNamespace(pid) }
          : {}),
      },
      report,
      sync.write,
    );
    runtime.debug(launched(init, program));
    const ready = program.steps.findIndex((step) => "tell" in step && step.tell === "ready");
    return { init, remaining: notesFrom(program, ready) };
  }

  #enterUserNamespace(pid: number): void {
    writeIdMappings(this.#runtime, this.#bundle.config, pid);
    const { oomScoreAdj } = this.#process;
    if (oomScoreAdj !== undefined) {
      writeValue(this.#runtime.kernel, `/proc/${pid}/oom_score_adj`, String(oomScoreAdj));
    }
  }

  #handlers(
    init: InitProcess,
    hookState: FileDescriptor | undefined,
    console: ConsoleChannel | undefined,
  ): NoteHandlers {
    const { kernel } = this.#runtime;
    const { config } = this.#bundle;
    return {
      userNamespace: () => writeIdMappings(this.#runtime, config, init.pid),
      runtimeHooks: async () => {
        this.#netDevices.move(config, init.pid);
        this.#hooksHaveRun = true;
        // Hooks are steps 3 to 7 of the lifecycle: "creating" is step 2, and what comes "after step 2" is "created".
        const state = this.#hookDocument("created", init.pid);
        if (hookState !== undefined) this.#writeHookState(hookState, init.pid);
        await runHooks("prestart", config.hooks?.prestart, state);
        await runHooks("createRuntime", config.hooks?.createRuntime, state);
      },
      limits: () => setLimits(kernel, init.pid, this.#process.rlimits ?? []),
      listener: (descriptor) =>
        passListener(kernel, config, init, descriptor, this.#hookDocument("creating", init.pid)),
      mapIds: (descriptor) => this.#sources.mapNext(init.pid, descriptor),
      copyUp: (from, to) => copyUp(kernel, init.pid, from, to),
      console: () => prepareConsole(kernel, console),
    };
  }

  /** When a container whose hooks have run could not be created. @see runtime.md, "Lifecycle", 3 to 5 */
  async runPoststopHooks(): Promise<void> {
    const { hooks } = this.#bundle.config;
    if (!this.#hooksHaveRun) return;
    await runPoststopHooks(hooks?.poststop, this.#hookDocument("stopped", 0), this.#runtime.warn);
  }

  #hookDocument(status: "creating" | "created" | "stopped", pid: number): State {
    const { config, path: bundle } = this.#bundle;
    const { id } = this.#directory;
    return stateDocument({ id, bundle, pid, annotations: config.annotations }, status);
  }

  /** A file in memory that hooks in the container read the state from. */
  #hookStateFile(stack: DisposableStack): FileDescriptor | undefined {
    const { createContainer = [], startContainer = [] } = this.#bundle.config.hooks ?? {};
    if (createContainer.length + startContainer.length === 0) return undefined;
    const { kernel } = this.#runtime;
    const flags = value("MFD_CLOEXEC");
    return stack.use(new FileDescriptor(kernel, kernel.call("memfd_create", "state", flags)));
  }

  /** For hooks in the container, where the process has another pid. */
  #writeHookState(file: FileDescriptor, hostPid: number): void {
    const { kernel } = this.#runtime;
    const pid = innermostPid(kernel, hostPid);
    const document = JSON.stringify(this.#hookDocument("created", pid));
    writeAll(kernel, file.number, new TextEncoder().encode(document));
  }

  #writePidFile(pid: number): void {
    writePidFile(this.#runtime.kernel, this.#options, pid);
  }
}
