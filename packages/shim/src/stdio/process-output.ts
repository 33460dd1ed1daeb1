import type { OutputLog } from "../log/output-log.ts";
import type { ProcessExit } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedStdio } from "../sleep/saved-shim.ts";
import type { DescriptorWriter } from "./descriptor-writer.ts";
import type { OutputStream } from "./output-stream.ts";

/** Somebody who wants the output of a process and its exit. */
export interface OutputListener {
  /** Takes output; `data` is shared with others and never changed. */
  output(stream: OutputStream, data: Uint8Array): void;
  /** Resolves when the process may go on writing; `undefined` when it may now. */
  ready(): Promise<void> | undefined;
  /** The process has ended; nothing follows. */
  exited(exit: ProcessExit): void;
}

/** Most bytes that wait for a FIFO before the process is held back. */
const waitingBytesMax = 64 * 1024;

/** Hands the output of a process to its log, to the FIFO that it was given, and to whoever is attached. */
export class ProcessOutput {
  readonly #log: OutputLog | undefined;
  /** Where the output of a terminal is copied to. */
  readonly #copy: DescriptorWriter | undefined;
  readonly #listeners: Set<OutputListener> = new Set();
  /** Ends waits before their time. */
  readonly #waits: Set<() => void> = new Set();
  /** Set when the exit may not be held back any longer by who does not read. */
  #heldBackByNobody = false;

  constructor(log: OutputLog | undefined, copy: DescriptorWriter | undefined) {
    this.#log = log;
    this.#copy = copy;
  }

  /** Hands output on; a promise asks to read no further until it resolves. */
  deliver(stream: OutputStream, data: Uint8Array): Promise<void> | undefined {
    this.#log?.write(stream, data);
    this.#copy?.write(data);
    for (const listener of this.#listeners) listener.output(stream, data);
    return this.#heldBackByNobody ? undefined : this.#ready();
  }

  /** Adds a listener, who gets the output from now on. */
  attach(listener: OutputListener): void {
    this.#listeners.add(listener);
  }

  /** Removes a listener. */
  detach(listener: OutputListener): void {
    this.#listeners.delete(listener);
  }

  /** No listener holds the process back any more. */
  stopHoldingBack(): void {
    this.#heldBackByNobody = true;
    for (const end of this.#waits) end();
  }

  /** Tells the exit to the listeners, who get nothing after it, and closes the FIFO once it has taken everything. */
  announce(exit: ProcessExit): void {
    void this.#copy?.end();
    for (const listener of this.#listeners) listener.exited(exit);
    this.#listeners.clear();
  }

  /** Whether nobody is attached and nothing waits. */
  get isIdle(): boolean {
    return this.#listeners.size === 0 && (this.#copy?.waitingBytes ?? 0) === 0;
  }

  /** Leaves the log and the FIFO open for another shim. */
  save(handover: Handover): Pick<SavedStdio, "log" | "copy"> {
    const copy = this.#copy?.descriptor;
    return {
      ...(this.#log === undefined ? {} : { log: this.#log.save(handover) }),
      ...(copy === undefined ? {} : { copy: handover.keep(copy) }),
    };
  }

  /** Opens the log anew. */
  reopenLog(): void {
    this.#log?.reopen();
  }

  /** Closes the log and the FIFO. */
  close(): void {
    this.#log?.close();
    this.#copy?.abandon();
  }

  #ready(): Promise<void> | undefined {
    const waits: Promise<void>[] = [];
    if (this.#copy !== undefined && this.#copy.waitingBytes > waitingBytesMax) {
      waits.push(this.#copy.taken);
    }
    for (const listener of this.#listeners) {
      const ready = listener.ready();
      if (ready !== undefined) waits.push(ready);
    }
    return waits.length === 0 ? undefined : this.#wait(Promise.all(waits));
  }

  #wait(all: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      this.#waits.add(resolve);
      void all.then(() => {
        this.#waits.delete(resolve);
        resolve();
      });
    });
  }
}
