import { type ConstantName, constant, value } from "../machine/constants.ts";
import type { Step } from "../program/step.ts";
import { call, purpose } from "./steps.ts";

/** What ends a process by default and is sent to end it: by a terminal, by kill(1), by an engine. */
const signals: readonly ConstantName[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGTERM"];

/**
 * Lets signals end a process that waits for `start`. Linux keeps from the first process of a pid namespace what it has
 * no handler for; execve(2) takes the handlers away again.
 *
 * @see pid_namespaces(7), sigaction(2)
 */
export function endOnSignals(): Step[] {
  return signals.map((name) => {
    const ends = { exits: 128 + value(name) };
    return call(purpose("", `let ${name} end the process`), "rt_sigaction", [
      constant(name),
      // struct sigaction of the kernel: handler, flags, restorer, mask. x86-64 demands a restorer, whose turn never comes.
      { struct: [ends, { u64: constant("SA_RESTORER") }, ends, { u64: 0 }] },
      0,
      8,
    ]);
  });
}
