/**
 * What a shim is while it sleeps: a program of a few kilobytes that waits for its descriptors and then executes the shim
 * again.
 *
 * @module
 */

import type { Program, Step } from "@ctr/runtime";
import { value } from "@ctr/runtime/kernel";

/** What a {@linkcode planSleep} is about. */
export interface SleepPlan {
  /** What is waited for: descriptors, and what poll(2) is to say of each. */
  readonly watched: ReadonlyMap<number, number>;
  /** Descriptor of the program that is executed then. */
  readonly executable: number;
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  /** Descriptor that is written to when the shim cannot be executed. */
  readonly complaints: number;
}

/** What `ps` and `top` call the shim, awake or not. */
export const programName = "ctr-shim";

/** How often the shim is executed until it works, a second apart: memory may be short for a while. */
const attempts = 60;
const complaint = `${JSON.stringify({ level: "error", msg: "Cannot wake up: the shim's program cannot be executed" })}\n`;

/**
 * Plans the program.
 *
 * SIGCHLD is blocked while it waits, so that a signalfd can tell of it; whoever wakes up gets it again.
 */
export function planSleep(plan: SleepPlan): Program {
  const { watched, executable, args, environment, complaints } = plan;
  const step = (does: string, call: Omit<Extract<Step, { call: unknown }>, "origin" | "does">) => ({
    origin: "",
    does,
    ...call,
  });
  const execute = step("execute the shim", {
    call: "execveat",
    args: [
      executable,
      { text: "" },
      { texts: args },
      { texts: environment },
      value("AT_EMPTY_PATH"),
    ],
    accept: ["ENOMEM", "EAGAIN", "ENFILE", "EIO", "ETXTBSY", "EACCES", "EPERM"],
  });
  const pause = step("wait for a second", {
    call: "ppoll",
    args: [0, 0, { struct: [{ u64: 1 }, { u64: 0 }] }, 0, 0],
  });
  return {
    // Of the descriptors that it was given it names one only, where a failure is told.
    preserveFds: complaints - 3,
    descriptors: ["report"],
    steps: [
      step("take the name of the shim", {
        call: "prctl",
        args: [value("PR_SET_NAME"), { text: programName }, 0, 0, 0],
      }),
      step("wait", {
        call: "ppoll",
        args: [{ bytes: pollTable(watched) }, watched.size, 0, 0, 0],
        accept: ["EINTR"],
      }),
      step("unblock SIGCHLD", {
        call: "rt_sigprocmask",
        args: [value("SIG_SETMASK"), { bytes: new Uint8Array(8) }, 0, 8],
      }),
      execute,
      ...Array.from({ length: attempts - 1 }, () => [pause, execute]).flat(),
      step("complain", {
        call: "write",
        args: [complaints, { text: complaint }, complaint.length],
        accept: ["ENOSPC", "EIO"],
      }),
      { exit: 1 },
    ],
  };
}

/** Returns `struct pollfd[]`: i32 fd, i16 events, i16 revents. */
export function pollTable(watched: ReadonlyMap<number, number>): Uint8Array {
  const table = new Int32Array([...watched].flat());
  return new Uint8Array(table.buffer);
}

/** What poll(2) says of a descriptor that can be read. */
export const readable: number = value("POLLIN");
