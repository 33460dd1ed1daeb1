/**
 * How a shim falls asleep: it leaves open what must stay open, writes down what it knows, and executes the program of
 * `sleep-program.ts` in its own place.
 *
 * @module
 */

import { assemble } from "@ctr/runtime";
import {
  execute,
  FileDescriptor,
  linuxKernel,
  open,
  openExecutable,
  value,
  writeAll,
} from "@ctr/runtime/kernel";
import { shimEnvironment } from "../client/shim-command.ts";
import type { HoldOptions } from "../hold-options.ts";
import type { HeldContainer } from "../holder/held-container.ts";
import type { ShimServer } from "../server/shim-server.ts";
import { ignoreSignal } from "../system/signal.ts";
import { Handover } from "./handover.ts";
import type { SavedShim } from "./saved-shim.ts";
import { planSleep, pollTable, programName } from "./sleep-program.ts";

/** Who falls asleep. */
export interface SleepyShim extends HoldOptions {
  readonly processDirectory: string;
  readonly server: ShimServer;
  readonly container: HeldContainer;
  readonly quietMs: number;
  /** Whether it may still sleep. */
  readonly isQuiet: () => boolean;
}

/** Signals that must not end a shim, not even between two programs. */
const ignored = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE"] as const;
const SFD_NONBLOCK_CLOEXEC = 0o2004000;
const lastStandard = 2;

/**
 * Falls asleep.
 *
 * Returns when something has come in between; then nothing has changed.
 *
 * @throws {SystemCallError}
 */
export async function fallAsleep(shim: SleepyShim): Promise<void> {
  const notice = await shim.container.openOomNotice();
  using own = new DisposableStack();
  if (notice !== undefined) own.use(new FileDescriptor(linuxKernel(), notice.descriptor));
  // Nothing is waited for from here on: what happens, happens to the descriptors.
  if (!shim.isQuiet()) return;
  const handover = new Handover();
  const server = shim.server.save(handover);
  const container = shim.container.save(handover, notice);
  const sleeper = openSleeper(shim, handover, own);
  const saved: SavedShim = {
    id: shim.id,
    bundle: shim.bundle,
    runtime: shim.runtime,
    processDirectory: shim.processDirectory,
    server,
    container,
    sleep: { kept: handover.kept, own: sleeper.own, since: Date.now(), quietMs: shim.quietMs },
  };
  const kernel = linuxKernel();
  writeAll(kernel, sleeper.state, new TextEncoder().encode(JSON.stringify(saved)));
  if (isReady(handover.watched)) return;
  replaceBy(sleeper.image, sleeper.args, handover.kept);
}

/** What the sleeping program is made of. */
interface OpenedSleeper {
  readonly image: number;
  readonly args: readonly string[];
  /** The file that the shim's state goes to. */
  readonly state: number;
  readonly own: readonly number[];
}

function openSleeper(shim: SleepyShim, handover: Handover, stack: DisposableStack): OpenedSleeper {
  const kernel = linuxKernel();
  const own: number[] = [];
  const add = (descriptor: number): number => {
    stack.use(new FileDescriptor(kernel, descriptor));
    own.push(handover.keep(descriptor));
    return descriptor;
  };
  const executable = add(open(kernel, "/proc/self/exe", ["O_RDONLY"]).release());
  const complaints = add(
    kernel.call("fcntl", lastStandard, value("F_DUPFD_CLOEXEC"), lastStandard + 1),
  );
  const state = add(kernel.call("memfd_create", "ctr-shim-state", value("MFD_CLOEXEC")));
  const childSignals = signalSet("SIGCHLD");
  handover.watch(add(kernel.call("signalfd4", -1, childSignals, 8, SFD_NONBLOCK_CLOEXEC)));
  // SIGCHLD can still go to another thread, for nothing; a pidfd says it for good.
  for (const pid of shim.container.runningPids) {
    handover.watch(add(kernel.call("pidfd_open", pid, 0)));
  }
  const shown = [shim.id, shim.bundle, shim.runtime];
  const program = planSleep({
    watched: handover.watched,
    executable,
    complaints,
    args: [...ownCommand(), "--wake", String(state), roomFor(shown)],
    environment: Object.entries(shimEnvironment()).map(([name, text]) => `${name}=${text}`),
  });
  const image = openExecutable(kernel, assemble(program), programName);
  stack.use(new FileDescriptor(kernel, image));
  return { image, args: [...ownCommand(), ...shown], state, own };
}

/** What this program was called by, up to its own arguments. */
function ownCommand(): readonly string[] {
  const script = Bun.isStandaloneExecutable ? [] : process.argv.slice(1, 2);
  return [process.argv0, ...script];
}

/** An argument that makes room for others in what `ps` shows. */
function roomFor(args: readonly string[]): string {
  return " ".repeat(new TextEncoder().encode(args.join(" ")).length);
}

/** Tells whether something has happened already. */
function isReady(watched: ReadonlyMap<number, number>): boolean {
  const noTime = new BigUint64Array(2);
  return linuxKernel().call("ppoll", pollTable(watched), watched.size, noTime, null, 0) > 0;
}

/** Executes a program in our place, with these descriptors. */
function replaceBy(image: number, args: readonly string[], kept: readonly number[]): void {
  const kernel = linuxKernel();
  const mask = new Uint8Array(8);
  // What is handled is not ignored any more after an execve(2), and would end the sleeper.
  for (const signal of ignored) ignoreSignal(signal);
  kernel.call("rt_sigprocmask", value("SIG_BLOCK"), signalSet("SIGCHLD"), mask, 8);
  try {
    for (const descriptor of kept) kernel.call("fcntl", descriptor, value("F_SETFD"), 0);
    execute(kernel, image, args, []);
  } finally {
    // It did not work.
    for (const descriptor of kept) {
      kernel.call("fcntl", descriptor, value("F_SETFD"), value("FD_CLOEXEC"));
    }
    kernel.call("rt_sigprocmask", value("SIG_SETMASK"), mask, null, 8);
  }
}

/** Returns `sigset_t` with one signal. */
function signalSet(signal: "SIGCHLD"): BigUint64Array {
  return new BigUint64Array([1n << BigInt(value(signal) - 1)]);
}
