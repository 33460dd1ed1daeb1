/**
 * Hooks in the runtime's namespaces: prestart, createRuntime, poststart and poststop.
 *
 * @see config.md, "POSIX-platform Hooks"
 * @module
 */

import { existsSync } from "node:fs";
import { type Config, ContainerError, type Hook, type HookName, type State } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import { open } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { type HookOutputs, hookOutputsOf } from "./bundle/annotations.ts";

/**
 * Runs hooks in their order, each with the state on its standard input.
 *
 * @throws {ContainerError} ERR_HOOK_FAILED, at the first that fails
 */
export async function runHooks(
  name: HookName,
  hooks: readonly Hook[] | undefined,
  state: State,
): Promise<void> {
  for (const [index, hook] of (hooks ?? []).entries()) {
    await runHook(hook, state, name, index);
  }
}

/**
 * Runs poststop hooks, all of them: one that fails is warned of.
 *
 * @see runtime.md, "Lifecycle", 13
 */
export async function runPoststopHooks(
  hooks: readonly Hook[] | undefined,
  state: State,
  warn: (message: string) => void,
): Promise<void> {
  for (const [index, hook] of (hooks ?? []).entries()) {
    try {
      await runHook(hook, state, "poststop", index);
    } catch (error) {
      warn(reasonOf(error));
    }
  }
}

const outputMax = 4096;

/** Files that hooks append to; those of another stream go to the runtime. */
export type OpenHookOutputs = { readonly [Stream in keyof HookOutputs]?: FileDescriptor };

/**
 * Opens the files that annotations name for the output of hooks, and makes them when they are not there.
 *
 * @param stack owns them
 */
export function openHookOutputs(
  kernel: Kernel,
  annotated: Pick<Config, "annotations">,
  stack: DisposableStack,
): OpenHookOutputs {
  const flags = ["O_WRONLY", "O_CREAT", "O_APPEND"] as const;
  return Object.fromEntries(
    Object.entries(hookOutputsOf(annotated)).map(([stream, path]) => [
      stream,
      stack.use(open(kernel, path, flags, 0o600)),
    ]),
  );
}

async function runHook(hook: Hook, state: State, name: HookName, index: number): Promise<void> {
  const pointer = `/hooks/${name}/${index}`;
  const [argv0 = hook.path, ...args] = hook.args ?? [];
  const failed = (why: string, cause?: unknown): ContainerError =>
    // The middle is runc's, which programs look for.
    new ContainerError(
      `Cannot go on (${pointer}): error running ${name} hook #${index}: "${hook.path}" ${why}`,
      {
        code: "ERR_HOOK_FAILED",
        kind: "internal",
        pointer,
        ...(cause === undefined ? {} : { cause }),
      },
    );
  using files = new DisposableStack();
  let child: Bun.Subprocess<Buffer, "pipe" | number, "pipe" | number>;
  try {
    const { stdout, stderr } = openHookOutputs(linuxKernel(), state, files);
    child = Bun.spawn([hook.path, ...args], {
      argv0,
      env: environment(hook.env),
      // As with runc and crun, whichever command runs it; a bundle may be gone by the time of poststop.
      ...(existsSync(state.bundle) ? { cwd: state.bundle } : {}),
      stdin: Buffer.from(JSON.stringify(state)),
      stdout: stdout?.number ?? "pipe",
      stderr: stderr?.number ?? "pipe",
    });
  } catch (error) {
    throw failed(`could not be started: ${reasonOf(error)}`, error);
  }
  let timedOut = false;
  const timer =
    hook.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill("SIGKILL");
        }, hook.timeout * 1000);
  const outputs = [child.stdout, child.stderr]
    .filter((stream) => stream instanceof ReadableStream)
    .map(collect);
  await child.exited;
  clearTimeout(timer);
  const texts = await Promise.all(outputs.map((each) => each.end()));
  const output = texts.join("").trim().slice(0, outputMax);
  if (timedOut) throw failed(`did not end within ${hook.timeout} s`);
  if (child.exitCode === 0) return;
  // Words that crun's users look for.
  const how =
    child.signalCode === null
      ? `as ${name} hook failed with exit code ${child.exitCode}`
      : `ended with ${child.signalCode}`;
  throw failed(`${how}${output === "" ? "" : `: ${output}`}`);
}

/** How long output is waited for once a hook has ended, in ms: what it left behind may hold the pipe for ever. */
const drainMs = 100;

/** Reads the beginning of what a hook prints; `end()` returns what has come, to the end if that is near. */
function collect(stream: ReadableStream<Uint8Array>): { readonly end: () => Promise<string> } {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const readAll = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (text.length < outputMax) text += decoder.decode(next.value, { stream: true });
    }
  };
  const read = readAll();
  return {
    end: async () => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, drainMs);
      await Promise.race([read, late.promise]);
      clearTimeout(timer);
      await reader.cancel();
      return text;
    },
  };
}

/** Who names no environment gets ours, as with runc and crun. */
function environment(entries: readonly string[] | undefined): Record<string, string | undefined> {
  if (entries === undefined) return process.env;
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
