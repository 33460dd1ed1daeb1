import { linuxKernel, readProcessStat, remove } from "@ctr/runtime/kernel";
import { shimFiles } from "../protocol.ts";
import type { ChildStdio } from "../stdio/open-stdio.ts";
import type { ChildReaper } from "../system/child-reaper.ts";
import { writeText } from "../system/file.ts";
import { runtimeError, runtimeKilled, runtimeNotStarted } from "./runtime-error.ts";
import { RuntimeLog } from "./runtime-log.ts";

/** File with the pid and start time of a runtime that is at work: whoever cleans up after a killed shim ends it first. */
export const runtimePidFile = "runtime-pid";

/** A command of a runtime that makes a process. */
export interface LaunchCommand {
  readonly directory: string;
  readonly stdio: ChildStdio | undefined;
  readonly complaint: () => string;
}

/** The command line of an OCI runtime, as runc has defined it. */
export class RuntimeCommand {
  readonly runtime: string;
  readonly #globalArgs: readonly string[];
  readonly #reaper: ChildReaper;

  /** @param globalArgs arguments before each command, for example `["--root", "/run/runc"]` */
  constructor(runtime: string, globalArgs: readonly string[], reaper: ChildReaper) {
    this.runtime = runtime;
    this.#globalArgs = globalArgs;
    this.#reaper = reaper;
  }

  /**
   * Runs a command to its end.
   *
   * @param directory the process' directory, whose log.json the runtime writes
   * @returns what it printed
   * @throws {ContainerError} what the runtime said
   */
  async run(args: readonly string[], directory: string): Promise<string> {
    using log = new RuntimeLog(`${directory}/${shimFiles.log}`);
    const child = this.#spawn(args, directory, ["ignore", "pipe", "pipe"]);
    const [out, complaint, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      child.exited,
    ]);
    if (code === 0) return out;
    throw this.#failure(args, child, log.lastError() ?? complaint);
  }

  /**
   * Runs a command that makes a process and leaves it to us.
   *
   * @throws {ContainerError} what the runtime said
   */
  async launch(args: readonly string[], command: LaunchCommand): Promise<void> {
    const { directory, stdio } = command;
    using log = new RuntimeLog(`${directory}/${shimFiles.log}`);
    const child = this.#spawn(
      args,
      directory,
      stdio === undefined
        ? ["ignore", "ignore", "pipe"]
        : [stdio.stdin, stdio.stdout, stdio.stderr],
    );
    const pidFile = `${directory}/${runtimePidFile}`;
    writeText(
      pidFile,
      `${child.pid} ${readProcessStat(linuxKernel(), child.pid)?.startTime ?? 0}\n`,
    );
    const [complaint, code] = await Promise.all([text(child.stderr), child.exited]);
    remove(linuxKernel(), pidFile);
    if (code !== 0) {
      throw this.#failure(args, child, log.lastError() ?? (complaint || command.complaint()));
    }
  }

  #spawn(
    args: readonly string[],
    directory: string,
    stdio: [In, Out, Out],
  ): Bun.Subprocess<In, Out, Out> {
    const log = ["--log", `${directory}/${shimFiles.log}`, "--log-format", "json"];
    try {
      const child = Bun.spawn([this.runtime, ...this.#globalArgs, ...log, ...args], {
        // Nothing that lies in the bundle, whoever wrote it, is found by looking at the working directory.
        cwd: "/",
        env: environment(),
        stdio,
      });
      this.#reaper.leave(child.pid, child.exited);
      return child;
    } catch (error) {
      throw runtimeNotStarted(this.runtime, error);
    }
  }

  #failure(args: readonly string[], child: Bun.Subprocess<In, Out, Out>, said: string): Error {
    const command = args[0] ?? "";
    if (child.signalCode !== null) {
      return runtimeKilled(this.runtime, command, String(child.signalCode));
    }
    const message = said.trim() || `it exited with status ${child.exitCode}`;
    return runtimeError(this.runtime, command, message.split("\n").at(-1) ?? message);
  }
}

type In = "ignore" | number;
type Out = "ignore" | "pipe" | number;

async function text(stream: ReadableStream<Uint8Array> | number | undefined): Promise<string> {
  return stream instanceof ReadableStream ? await stream.text() : "";
}

/** Our environment without what would make a Bun of ours run something else. */
function environment(): Record<string, string | undefined> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^(BUN|NODE)_/.test(name)));
}
