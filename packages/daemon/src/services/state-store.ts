import type { LogDocument } from "@ctr/shim/protocol";
import { initProcessId } from "../contract/process.ts";
import { type ContainerState, writeContainerState } from "./container-state.ts";

/** The state of one container, in memory and on disk. */
export class StateStore {
  readonly #directory: string;
  #state: ContainerState;
  #isSealed = false;

  constructor(directory: string, state: ContainerState) {
    this.#directory = directory;
    this.#state = state;
  }

  get current(): ContainerState {
    return this.#state;
  }

  /** Writes it to disk as it is. */
  write(): void {
    if (!this.#isSealed) writeContainerState(this.#directory, this.#state);
  }

  /** Changes it; it is on disk when this returns. */
  update(change: Partial<ContainerState>): void {
    this.#state = { ...this.#state, ...change };
    this.write();
  }

  /** Notes that the start that was asked for never came. */
  forgetStart(): void {
    const { startRequested, ...state } = this.#state;
    if (startRequested === undefined) return;
    this.#state = state;
    this.write();
  }

  /** Returns where the output of a process is kept. */
  logOf(processId: string): LogDocument | undefined {
    const { log, execs } = this.#state;
    if (processId === initProcessId) return log;
    return Object.hasOwn(execs, processId) ? execs[processId]?.log : undefined;
  }

  /** Writes nothing any more: the directory is gone. */
  seal(): void {
    this.#isSealed = true;
  }
}
