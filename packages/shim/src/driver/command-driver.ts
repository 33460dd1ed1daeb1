import type { cgroupOfProcess, Stats } from "@ctr/runtime";
import { linuxKernel, readText, remove } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";
import { parseExact } from "../exact-json.ts";
import { initProcessId, type Resources, shimFiles } from "../protocol.ts";
import { settlesWithin } from "../stdio/settles-within.ts";
import type { ChildReaper } from "../system/child-reaper.ts";
import { makePrivate, writeText } from "../system/file.ts";
import { ConsoleSocket } from "./console-socket.ts";
import { RuntimeCommand } from "./runtime-command.ts";
import type {
  CreateRequest,
  ExecRequest,
  LaunchedProcess,
  LaunchRequest,
  MemoryCgroup,
  RuntimeDriver,
} from "./runtime-driver.ts";

/** How long a deletion waits for the runtime's other commands, in ms. */
const commandTimeoutMs = 10_000;

/** What a {@linkcode CommandDriver} is made from. */
export interface CommandDriverOptions {
  readonly id: string;
  /** Name or path of the runtime's binary. */
  readonly runtime: string;
  readonly runtimeArgs: readonly string[];
  /** The container's directory. */
  readonly directory: string;
  readonly reaper: ChildReaper;
}

/** Drives any OCI runtime by its command line; what it makes becomes our child, as we are its subreaper. */
export class CommandDriver implements RuntimeDriver {
  readonly #id: string;
  readonly #command: RuntimeCommand;
  readonly #reaper: ChildReaper;
  readonly #directory: string;
  /** Commands that are under way. */
  readonly #running: Set<Promise<string>> = new Set();
  #cgroup: Promise<ProcessCgroup> | undefined;

  constructor(options: CommandDriverOptions) {
    this.#id = options.id;
    this.#reaper = options.reaper;
    this.#command = new RuntimeCommand(options.runtime, options.runtimeArgs, options.reaper);
    this.#directory = `${options.directory}/${initProcessId}`;
  }

  async create(request: CreateRequest): Promise<LaunchedProcess> {
    if (request.terminal !== undefined) {
      throw new ContainerError(
        `Cannot ${request.terminal ? "give" : "deny"} container "${this.#id}" a terminal: "${this.#command.runtime}" does as its config.json says`,
        {
          code: "ERR_TERMINAL_MISMATCH",
          kind: "invalid",
          pointer: "/process/terminal",
          hint: "Change process.terminal in the bundle's config.json",
        },
      );
    }
    const options = ["--bundle", request.bundle];
    if (request.noPivotRoot) options.push("--no-pivot");
    if (request.noNewKeyring) options.push("--no-new-keyring");
    try {
      const launched = await this.#launch("create", options, request);
      this.#cgroup = findCgroup(launched.pid);
      return launched;
    } catch (error) {
      await this.#undoCreate(request.bundle, error);
      throw error;
    }
  }

  adopt(pid: number): void {
    this.#cgroup = findCgroup(pid);
    this.#cgroup.catch(() => undefined);
  }

  async start(): Promise<void> {
    await this.#run("start", this.#id);
  }

  async exec(request: ExecRequest): Promise<LaunchedProcess> {
    const file = `${request.directory}/${shimFiles.process}`;
    return await this.#launch("exec", ["--detach", "--process", file], request);
  }

  async kill(signal: number, all: boolean): Promise<void> {
    await this.#run("kill", ...(all ? ["--all"] : []), this.#id, String(signal));
  }

  async bundle(): Promise<string | undefined> {
    try {
      return (await this.#state()).bundle;
    } catch (error) {
      if (error instanceof ContainerError && error.code === "ERR_CONTAINER_NOT_FOUND")
        return undefined;
      throw error;
    }
  }

  async isPaused(): Promise<boolean> {
    return (await this.#state()).status === "paused";
  }

  async pids(): Promise<readonly number[]> {
    const pids: unknown = JSON.parse(await this.#run("ps", "--format", "json", this.#id));
    return Array.isArray(pids) ? pids.map(Number) : [];
  }

  async stats(): Promise<Stats> {
    try {
      return parseStats(await this.#run("events", "--stats", this.#id));
    } catch (error) {
      // crun has no such command. The kernel tells, too.
      const cgroup = await this.#cgroup?.catch(() => undefined);
      if (cgroup === undefined) throw error;
      return cgroup.stats();
    }
  }

  memory(): Promise<MemoryCgroup> {
    this.#cgroup ??= Promise.reject(new Error("The container was not created here"));
    return this.#cgroup;
  }

  async pause(): Promise<void> {
    await this.#run("pause", this.#id);
  }

  async resume(): Promise<void> {
    await this.#run("resume", this.#id);
  }

  async update(resources: Resources): Promise<void> {
    const file = `${this.#directory}/resources.json`;
    writeText(file, JSON.stringify(resources));
    try {
      await this.#run("update", "--resources", file, this.#id);
    } finally {
      remove(linuxKernel(), file);
    }
  }

  async delete(force: boolean): Promise<void> {
    // runc freezes a container to kill all of it, and deletes none that is frozen.
    await settlesWithin(Promise.allSettled(this.#running), commandTimeoutMs);
    try {
      await this.#run("delete", ...(force ? ["--force"] : []), this.#id);
    } catch (error) {
      if (error instanceof ContainerError && error.code === "ERR_CONTAINER_NOT_FOUND") return;
      throw error;
    }
  }

  async #state(): Promise<{ readonly status?: string; readonly bundle?: string }> {
    return JSON.parse(await this.#run("state", this.#id));
  }

  /**
   * Removes what a runtime that was killed has left. One that failed by itself has tidied up; a container that it
   * refused to replace is somebody else's.
   */
  async #undoCreate(bundle: string, error: unknown): Promise<void> {
    const isOurs =
      error instanceof ContainerError &&
      (error.code === "ERR_NO_CONSOLE" ||
        (error.code === "ERR_RUNTIME_KILLED" && (await this.bundle()) === bundle));
    if (isOurs) await this.delete(true);
  }

  async #run(...args: readonly string[]): Promise<string> {
    const running = this.#command.run(args, this.#directory);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #launch(
    command: string,
    options: readonly string[],
    request: LaunchRequest,
  ): Promise<LaunchedProcess> {
    const pidFile = `${request.directory}/${shimFiles.pid}`;
    using socket = request.stdio === undefined ? new ConsoleSocket(request.directory) : undefined;
    const terminal = socket === undefined ? [] : ["--console-socket", socket.path];
    const args = [command, ...options, "--pid-file", pidFile, ...terminal, this.#id];
    // What the runtime leaves to us may have ended already, and is not to be taken for a stray before it is watched.
    const { pid, exited } = await this.#reaper.leaveChildrenOf(async () => {
      await this.#command.launch(args, request);
      makePrivate(pidFile);
      const made = Number(readText(linuxKernel(), pidFile));
      return { pid: made, exited: this.#reaper.watch(made) };
    });
    const master = socket?.takeMaster();
    if (socket !== undefined && master === undefined) {
      throw new ContainerError(
        `Cannot ${command} with "${this.#command.runtime}": it handed over no terminal`,
        { code: "ERR_NO_CONSOLE", kind: "internal" },
      );
    }
    return { pid, master, exited };
  }
}

type ProcessCgroup = ReturnType<typeof cgroupOfProcess>;

/** Finds the cgroup of a new container; what that takes is not loaded with the driver. */
async function findCgroup(pid: number): Promise<ProcessCgroup> {
  const { cgroupOfProcess } = await import("./process-cgroup.ts");
  return cgroupOfProcess(pid);
}

/** Reads `{"type":"stats","id":"...","data":{...}}`. */
function parseStats(text: string): Stats {
  const { data } = parseExact(text) as { readonly data: Stats };
  return data;
}
