import type { ShimDirectory } from "@ctr/shim/client";
import type { OomEvent, ShimState } from "@ctr/shim/protocol";
import { initProcessId, type ProcessExit } from "../contract/process.ts";
import type { Announcer } from "./announcer.ts";
import { ProcessRecord } from "./process-record.ts";
import { Serial } from "./serial.ts";

/** The processes of one container, and what is announced of them. */
export class ProcessTable {
  /** The first process. */
  readonly init: ProcessRecord = new ProcessRecord(initProcessId);
  readonly #announcer: Announcer;
  readonly #records: Map<string, ProcessRecord> = new Map([[initProcessId, this.init]]);
  /** Exits in the order in which they were told, and what is to come after them. */
  readonly #exits: Serial = new Serial();
  #isSilent = false;
  /** Is called with each process that has ended, after that was announced. */
  onExit: ((record: ProcessRecord) => void) | undefined;

  constructor(announcer: Announcer) {
    this.#announcer = announcer;
  }

  get(processId: string): ProcessRecord | undefined {
    return this.#records.get(processId);
  }

  /** The first process first, then in the order in which they came. */
  values(): Iterable<ProcessRecord> {
    return this.#records.values();
  }

  /** Adds a process that is not started. */
  add(processId: string): ProcessRecord {
    const record = new ProcessRecord(processId);
    this.#records.set(processId, record);
    return record;
  }

  /** Forgets a process; who waits for its exit learns why there will be none. */
  remove(processId: string, reason: Error): void {
    this.#records.get(processId)?.abandon(reason);
    this.#records.delete(processId);
  }

  /** Takes over what the files of a container's directory say. */
  noteFiles(files: ShimDirectory): void {
    for (const { processId, pid, startTime } of files.processes) {
      const record = this.#records.get(processId) ?? this.add(processId);
      record.pid = pid;
      record.startTime = startTime;
      if (record !== this.init) record.isRunning = true;
    }
  }

  /** Takes over what a shim says; exits that it told nobody too. */
  noteState(state: ShimState): void {
    for (const { processId, pid, terminal, exit } of state.processes) {
      const record = this.#records.get(processId) ?? this.add(processId);
      record.pid = pid;
      record.terminal = terminal;
      if (record !== this.init && exit === undefined) record.isRunning = true;
      if (exit !== undefined) this.noteExit(exit);
    }
  }

  /** Takes over that a process has ended. */
  noteExit(exit: ProcessExit): void {
    void this.afterExits(() => this.settle(exit));
  }

  /** Takes over each time that memory ran out; resolves when they are announced. */
  noteOoms(events: readonly OomEvent[]): Promise<void> {
    return this.afterExits(async () => {
      await this.init.starting;
      if (!this.#isSilent) for (const event of events) this.#announcer.oom(event);
    });
  }

  /** Resolves when every exit that was told so far is announced. */
  exitsAnnounced(): Promise<void> {
    return this.#exits.idle();
  }

  /** Runs a task when every exit that was told so far is announced. */
  afterExits<T>(task: () => Promise<T>): Promise<T> {
    return this.#exits.run(task);
  }

  /** Announces an exit, once, and after the start of the process. */
  async settle(exit: ProcessExit): Promise<void> {
    const record = this.#records.get(exit.processId) ?? this.add(exit.processId);
    await record.starting;
    if (record.exit !== undefined || this.#isSilent) return;
    this.announceStart(record, new Date(exit.exitedAt));
    record.setExit(exit);
    this.#announcer.exited(record, exit);
    record.announceExit();
    this.onExit?.(record);
  }

  /** Announces the start of an exec, once; `latest` is when it may have been at the latest, if that is known. */
  announceStart(record: ProcessRecord, latest: Date = new Date()): void {
    if (record === this.init || record.pid === undefined) return;
    this.#announcer.processStarted(record, record.askedAt ?? latest);
  }

  /** Announces the start of every exec that has one. */
  announceStarts(): void {
    for (const record of this.#records.values()) this.announceStart(record);
  }

  /** Announces nothing any more: the container is being removed, or somebody else will. */
  silence(isSilent = true): void {
    this.#isSilent = isSilent;
  }

  /** Tells everybody who waits that nothing will come. */
  abandon(reason: Error): void {
    for (const record of this.#records.values()) record.abandon(reason);
  }
}
