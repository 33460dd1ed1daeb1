/**
 * Hooks in the runtime's namespaces: prestart, createRuntime, poststart and poststop.
 *
 * @see config.md, "POSIX-platform Hooks"
 * @module
 */

import { ContainerError, type Hook, type HookName, type State } from "@ctr/spec";

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
    await runHook(hook, state, `/hooks/${name}/${index}`);
  }
}

const outputMax = 4096;

async function runHook(hook: Hook, state: State, pointer: string): Promise<void> {
  const [argv0 = hook.path, ...args] = hook.args ?? [];
  const failed = (why: string, cause?: unknown): ContainerError =>
    new ContainerError(`Cannot go on: the hook "${hook.path}" (${pointer}) ${why}`, {
      code: "ERR_HOOK_FAILED",
      kind: "internal",
      pointer,
      ...(cause === undefined ? {} : { cause }),
    });
  let child: Bun.Subprocess<Buffer, "pipe", "pipe">;
  try {
    child = Bun.spawn([hook.path, ...args], {
      argv0,
      env: environment(hook.env),
      stdin: Buffer.from(JSON.stringify(state)),
      stdout: "pipe",
      stderr: "pipe",
    });
  } catch (error) {
    throw failed(`could not be started: ${String(error)}`, error);
  }
  let timedOut = false;
  const timer =
    hook.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill("SIGKILL");
        }, hook.timeout * 1000);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  clearTimeout(timer);
  const output = `${stdout}${stderr}`.trim().slice(0, outputMax);
  if (timedOut) throw failed(`did not end within ${hook.timeout} s`);
  if (child.exitCode === 0) return;
  const how = child.signalCode ?? `status ${child.exitCode}`;
  throw failed(`ended with ${how}${output === "" ? "" : `: ${output}`}`);
}

function environment(entries: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
