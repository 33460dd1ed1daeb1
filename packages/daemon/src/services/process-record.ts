import type { ContainerProcess, ProcessExit } from "../contract/process.ts";

/** A process of a container as the daemon remembers it. */
export class ProcessRecord {
  readonly processId: string;
  pid: number | undefined;
  /** Clock ticks after boot. */
  startTime: number | undefined;
  terminal: boolean | undefined;
  /** When its start was asked for; unknown after a restart. */
  askedAt: Date | undefined;
  isRunning = false;
  /** While it is being started: settles when that is over, and never rejects. */
  starting: Promise<unknown> | undefined;
  #exit: ProcessExit | undefined;
  readonly #exited: PromiseWithResolvers<ProcessExit> = Promise.withResolvers();

  constructor(processId: string) {
    this.processId = processId;
    // Nobody may be waiting when it is forgotten.
    this.#exited.promise.catch(() => undefined);
  }

  /** How it ended, once it has. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Resolves when it has ended and that is in the journal; rejects when it never will. */
  get exited(): Promise<ProcessExit> {
    return this.#exited.promise;
  }

  /** Notes that it has ended. */
  setExit(exit: ProcessExit): void {
    this.#exit = exit;
    this.isRunning = false;
  }

  /** Tells those who wait. */
  announceExit(): void {
    if (this.#exit !== undefined) this.#exited.resolve(this.#exit);
  }

  /** Tells those who wait that it will never end: it is gone without having been started. */
  abandon(error: Error): void {
    this.#exited.reject(error);
  }

  /** The form in which the API shows it. */
  toDocument(): ContainerProcess {
    const { processId, pid, terminal, exit } = this;
    return {
      processId,
      status: exit !== undefined ? "stopped" : this.isRunning ? "running" : "created",
      ...(pid === undefined ? {} : { pid }),
      ...(terminal === undefined ? {} : { terminal }),
      ...(exit === undefined ? {} : { exit }),
    };
  }
}
