/**
 * A program in the foreground: it gets our signals and, with a terminal, our keys and the size of our window.
 *
 * @module
 */

import type { ExitStatus } from "../kernel/wait.ts";

/** What is in the foreground. */
export interface ForegroundProcess {
  readonly exited: Promise<ExitStatus>;
  /** Master of its terminal; closed here. */
  readonly master: number | undefined;
}

/** Who gets our signals. */
export interface SignalledProgram {
  kill(signal: string): Promise<void> | void;
}

const forwarded = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
] as const;

/**
 * Signals that are for the program in the foreground. One that comes before there is a program, or before we know of it,
 * is kept for it: who executes a process and sees it work may send one at once.
 */
export class ForegroundSignals implements Disposable {
  readonly #listening: DisposableStack = new DisposableStack();
  readonly #kept: string[] = [];
  #program: SignalledProgram | undefined;

  constructor() {
    for (const signal of forwarded) {
      const forward = (): void => this.#forward(signal);
      process.on(signal, forward);
      this.#listening.defer(() => void process.off(signal, forward));
    }
  }

  /** Sends on what has come so far, and from now on what comes. */
  async sendTo(program: SignalledProgram): Promise<void> {
    // While the thread was held nobody could tell us: that is made up for in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    this.#program = program;
    for (const signal of this.#kept.splice(0)) await send(program, signal);
  }

  #forward(signal: string): void {
    if (this.#program === undefined) this.#kept.push(signal);
    else void send(this.#program, signal);
  }

  [Symbol.dispose](): void {
    this.#listening.dispose();
  }
}

async function send(program: SignalledProgram, signal: string): Promise<void> {
  try {
    await program.kill(signal);
  } catch {
    // It may have ended a moment ago.
  }
}

/** Waits for a program and relays meanwhile; returns what a shell would. */
export async function waitInForeground({ exited, master }: ForegroundProcess): Promise<number> {
  await using relays = new AsyncDisposableStack();
  if (master !== undefined) {
    const { TerminalRelay } = await import("./terminal-relay.ts");
    relays.use(new TerminalRelay(master));
  }
  const { status } = await exited;
  return status;
}
