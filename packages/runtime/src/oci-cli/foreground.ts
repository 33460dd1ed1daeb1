/**
 * A program in the foreground: it gets our signals and, with a terminal, our keys and the size of our window.
 *
 * @module
 */

import type { ExitStatus } from "../kernel/wait.ts";

/** What is in the foreground. */
export interface ForegroundProcess {
  readonly exited: Promise<ExitStatus>;
  kill(signal: string): Promise<void> | void;
  /** Master of its terminal; closed here. */
  readonly master: number | undefined;
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

/** Waits for a program and relays meanwhile; returns what a shell would. */
export async function waitInForeground(process_: ForegroundProcess): Promise<number> {
  await using relays = new AsyncDisposableStack();
  for (const signal of forwarded) {
    const forward = (): void => {
      // It may have ended a moment ago.
      void Promise.try(() => process_.kill(signal)).catch(() => undefined);
    };
    process.on(signal, forward);
    relays.defer(() => void process.off(signal, forward));
  }
  if (process_.master !== undefined) {
    const { TerminalRelay } = await import("./terminal-relay.ts");
    relays.use(new TerminalRelay(process_.master));
  }
  const { status } = await process_.exited;
  return status;
}
