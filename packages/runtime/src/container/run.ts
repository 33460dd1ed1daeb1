/** One call from a directory to a running program, for TypeScript programs. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Config, defaultConfig } from "@ctr/spec";
import { open } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { ExitStatus } from "../kernel/wait.ts";
import type { Container } from "./container.ts";
import { create } from "./create.ts";
import type { Stdio } from "./create-options.ts";
import { openPipe, PipeInput, PipeOutput } from "./process/pipes.ts";
import { type RuntimeOptions, runtimeOf } from "./runtime-options.ts";
import { undoing } from "./undoing.ts";

/** Options of {@linkcode run}: a bundle, or a root filesystem and what to run in it. */
export interface RunOptions extends RuntimeOptions {
  /** @default a random one */
  readonly id?: string;
  /** Directory with a config.json. */
  readonly bundle?: string;
  /** Instead of config.json. */
  readonly config?: Config;
  /** Directory that is the container's root; it stays read-only unless `config` says otherwise. */
  readonly rootfs?: string;
  /** The program and its arguments, instead of the configuration's. */
  readonly args?: readonly string[];
  /** Environment, each entry `NAME=value`, instead of the configuration's. */
  readonly env?: readonly string[];
  /** Working directory in the container, instead of the configuration's. */
  readonly cwd?: string;
  /** What the program reads: nothing, what is written to `stdin` of the result, or these bytes. @default "ignore" */
  readonly stdin?: "ignore" | "pipe" | Uint8Array | string;
}

/** A container that runs. It ends and is deleted when it goes out of scope (`await using`). */
export interface RunningContainer extends AsyncDisposable {
  readonly container: Container;
  readonly id: string;
  /** Host pid. */
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** With `stdin: "pipe"`; `end()` it so that the program sees the end of its input. */
  readonly stdin: PipeInput | undefined;
  /** How the program ended, once it has. */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal to the program. */
  kill(signal?: string | number): Promise<void>;
}

/**
 * Runs a program in a container of its own.
 *
 * @throws {ContainerError} as {@linkcode create} and `Container.start()` do; nothing is left behind then
 *
 * @example
 * ```ts
 * import { run } from "@ctr/runtime";
 *
 * await using container = await run({ rootfs: "./rootfs", args: ["sh", "-c", "echo hello"] });
 * console.log(await new Response(container.stdout).text(), await container.exited);
 * ```
 */
export async function run(options: RunOptions): Promise<RunningContainer> {
  const { kernel } = runtimeOf(options);
  return await undoing(async (undo) => {
    const bundle = options.bundle ?? temporaryBundle(undo);
    const config = configOf(options);
    using theirs = new DisposableStack();
    const stdio = openStdio(kernel, options.stdin ?? "ignore", theirs, undo);
    const { id = `run-${crypto.randomUUID()}`, ...others } = options;
    const container = await create(id, {
      ...runtimeOptions(others),
      kernel,
      bundle,
      ...(config === undefined ? {} : { config }),
      stdio: stdio.descriptors,
    });
    undo.defer(() => container.delete({ force: true }));
    await container.start();
    const { pid } = container.state();
    const { stdin } = options;
    const isInput = stdin !== undefined && stdin !== "ignore" && stdin !== "pipe";
    if (isInput && stdio.stdin !== undefined) void writeAndEnd(stdio.stdin, stdin);
    const cleanUp = undo.move();
    return {
      container,
      id: container.id,
      pid: pid ?? 0,
      stdout: stdio.stdout.stream,
      stderr: stdio.stderr.stream,
      stdin: stdin === "pipe" ? stdio.stdin : undefined,
      exited: container.exited,
      kill: (signal = "SIGTERM") => container.kill(signal),
      [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
    };
  });
}

function runtimeOptions(options: Omit<RunOptions, "id">): RuntimeOptions {
  const {
    bundle: _,
    config: _c,
    rootfs: _r,
    args: _a,
    env: _e,
    cwd: _d,
    stdin: _i,
    ...rest
  } = options;
  return rest;
}

/** A configuration needs a directory that its relative paths start from. */
function temporaryBundle(undo: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), "bunc-"));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function configOf(options: RunOptions): Config | undefined {
  const { rootfs, args, env, cwd } = options;
  const given = options.config ?? (rootfs === undefined ? undefined : programConfig(rootfs));
  if (given === undefined) return undefined;
  const { process = { cwd: "/" } } = given;
  return {
    ...given,
    process: {
      ...process,
      ...(args === undefined ? {} : { args }),
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
    },
  };
}

function programConfig(rootfs: string): Config {
  const config = defaultConfig();
  const { process, hostname: _, ...others } = config;
  return {
    ...others,
    process: { ...(process ?? { cwd: "/" }), terminal: false },
    root: { path: resolve(rootfs), readonly: true },
  };
}

interface RunStdio {
  readonly descriptors: Required<Stdio>;
  readonly stdout: PipeOutput;
  readonly stderr: PipeOutput;
  readonly stdin: PipeInput | undefined;
}

function openStdio(
  kernel: Kernel,
  input: NonNullable<RunOptions["stdin"]>,
  theirs: DisposableStack,
  undo: AsyncDisposableStack,
): RunStdio {
  const output = (): readonly [number, PipeOutput] => {
    const { read, write } = openPipe(kernel);
    return [theirs.use(write).number, undo.use(new PipeOutput(read))];
  };
  const [stdout, stdoutPipe] = output();
  const [stderr, stderrPipe] = output();
  const outputs = { stdout: stdoutPipe, stderr: stderrPipe };
  if (input === "ignore") {
    const stdin = theirs.use(open(kernel, "/dev/null", ["O_RDONLY"])).number;
    return { descriptors: { stdin, stdout, stderr }, ...outputs, stdin: undefined };
  }
  const { read, write } = openPipe(kernel);
  const stdin = theirs.use(read).number;
  const pipe = undo.use(new PipeInput(write));
  return { descriptors: { stdin, stdout, stderr }, ...outputs, stdin: pipe };
}

async function writeAndEnd(pipe: PipeInput, data: Uint8Array | string): Promise<void> {
  try {
    await pipe.write(data);
    await pipe.end();
  } catch {
    // The program did not want to read it all.
  }
}
