/**
 * Hooks that run in the container's namespaces: the program forks, waits for them and gives up when one fails.
 * Those in the runtime's namespaces are the launcher's.
 *
 * @see config.md, "POSIX-platform Hooks"
 * @module
 */

import type { Hook, HookName } from "@ctr/spec";
import { constant } from "../machine/constants.ts";
import type { Step } from "../program/step.ts";
import { call, descriptor, purpose, rootfsSlot, sequence, slot, text } from "./steps.ts";

/**
 * Runs hooks one after the other, each with the container's state on its standard input (descriptor `state`).
 *
 * @param environment what hooks get that name none: that of the process, as with runc
 * @param outputs streams that go to files of their own (descriptors `hook-stdout` and `hook-stderr`)
 */
export function hookSteps(
  name: HookName,
  hooks: readonly Hook[] = [],
  environment: readonly string[] = [],
  outputs: readonly HookStream[] = [],
): Step[] {
  return hooks.flatMap((hook, index) =>
    hookStep(name, hook.env === undefined ? { ...hook, env: environment } : hook, index, outputs),
  );
}

/** What hooks write to. */
export type HookStream = "stdout" | "stderr";

const streamNumbers: Readonly<Record<HookStream, number>> = { stdout: 1, stderr: 2 };

function hookStep(
  name: HookName,
  hook: Hook,
  index: number,
  outputs: readonly HookStream[],
): Step[] {
  const origin = `/hooks/${name}/${index}`;
  const why = purpose(origin, `run the ${name} hook "${hook.path}"`);
  const prefix = `${name}-${index}`;
  const [child, pidfd, status] = [`${prefix}:child`, `${prefix}:pidfd`, `${prefix}:status`];
  return sequence(
    call(why, "clone", [constant("CLONE_PIDFD", "SIGCHLD"), 0, { addressOf: pidfd }, 0, 0], {
      save: child,
    }),
    { jump: `${prefix}:parent`, when: { slot: child, isNot: 0 } } as const,
    // Before the pivot a hook works on the container's files, as with runc, by relative paths.
    name === "createContainer" &&
      call(purpose(origin, "go to the root filesystem"), "fchdir", [slot(rootfsSlot)]),
    hookProcess(origin, hook, outputs),
    { label: `${prefix}:parent` } as const,
    hook.timeout !== undefined && timeout(origin, words(name, index), hook, hook.timeout, prefix),
    call(why, "wait4", [slot(child), { addressOf: status }, 0, 0]),
    call(why, "close", [slot(pidfd)]),
    { jump: `${prefix}:done`, when: { slot: status, is: 0 } } as const,
    { jump: `${prefix}:filtered`, when: { slot: status, is: badSystemCall } } as const,
    { jump: `${prefix}:filtered`, when: { slot: status, is: badSystemCall | coreDumped } } as const,
    {
      fail: "EPROTO",
      ...purpose(
        origin,
        `go on: ${words(name, index)}: "${hook.path}" failed`,
        "Its output may say why",
      ),
    } as const,
    { label: `${prefix}:filtered` } as const,
    {
      fail: "EPROTO",
      ...purpose(
        origin,
        `go on: ${words(name, index)}: "${hook.path}" was killed for a bad system call`,
        "The filter of /linux/seccomp does not let it do what it does",
      ),
    } as const,
    { label: `${prefix}:done` } as const,
  );
}

// What wait4(2) tells of SIGSYS.
const badSystemCall = 31;
const coreDumped = 0x80;

function hookProcess(origin: string, hook: Hook, outputs: readonly HookStream[]): Step[] {
  const why = purpose(origin, `execute the hook "${hook.path}"`);
  return [
    call(why, "lseek", [descriptor("state"), 0, 0]),
    call(why, "dup3", [descriptor("state"), 0, 0]),
    ...outputs.map((stream) =>
      call(why, "dup3", [descriptor(`hook-${stream}`), streamNumbers[stream], 0]),
    ),
    call(why, "execve", [
      text(hook.path),
      { texts: hook.args ?? [hook.path] },
      { texts: hook.env ?? [] },
    ]),
  ];
}

/** As runc has it, which programs look for. */
function words(name: HookName, index: number): string {
  return `error running ${name} hook #${index}`;
}

function timeout(
  origin: string,
  failure: string,
  hook: Hook,
  seconds: number,
  prefix: string,
): Step[] {
  const why = purpose(origin, `wait for the hook "${hook.path}"`);
  const polled = `${prefix}:polled`;
  return [
    call(
      why,
      "ppoll",
      [
        { struct: [{ u32: slot(`${prefix}:pidfd`) }, { u16: constant("POLLIN") }, { u16: 0 }] },
        1,
        { struct: [{ u64: seconds }, { u64: 0 }] },
        0,
        8,
      ],
      { save: polled },
    ),
    { jump: `${prefix}:ended`, when: { slot: polled, isNot: 0 } },
    call(why, "pidfd_send_signal", [slot(`${prefix}:pidfd`), constant("SIGKILL"), 0, 0]),
    call(why, "wait4", [slot(`${prefix}:child`), 0, 0, 0]),
    {
      fail: "ETIMEDOUT",
      ...purpose(origin, `go on: ${failure}: "${hook.path}" did not end within ${seconds} s`),
    },
    { label: `${prefix}:ended` },
  ];
}
