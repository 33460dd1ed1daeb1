import type { OomEvent } from "@ctr/shim/protocol";
import type { ProcessExit } from "../contract/process.ts";
import { initProcessId } from "../contract/process.ts";
import type { DaemonLog } from "./container-context.ts";
import type { Journal, NewEvent } from "./journal.ts";

/** A start of a process, so that a second process of the same name has another. */
export interface ProcessStart {
  readonly processId: string;
  readonly pid: number | undefined;
  /** Clock ticks after boot. */
  readonly startTime: number | undefined;
}

/** What an {@linkcode Announcer} writes to. */
export interface AnnouncerContext {
  readonly journal: Journal;
  readonly log: DaemonLog;
}

/**
 * Tells the journal what happens to one container; what happens once is told once, also over restarts of the daemon.
 *
 * It never fails: with a full disk containers can still be ended. What could not be told, and is still to be seen in the
 * container's files, is told by the next daemon.
 */
export class Announcer {
  readonly #context: AnnouncerContext;
  readonly #id: string;
  readonly #instance: string;

  constructor(context: AnnouncerContext, id: string, instance: string) {
    this.#context = context;
    this.#id = id;
    this.#instance = instance;
  }

  created(at: Date): void {
    this.#add({ type: "create", at, onceKey: "create" });
  }

  started(init: ProcessStart, at?: Date): void {
    this.#add({ type: "start-container", ...pidOf(init), onceKey: "start", ...(at && { at }) });
  }

  processStarted(start: ProcessStart, at: Date): void {
    const { processId } = start;
    const onceKey = `start/${keyOf(start)}`;
    this.#add({ type: "start-process", processId, ...pidOf(start), at, onceKey });
  }

  exited(start: ProcessStart, exit: ProcessExit): void {
    const { processId, status } = exit;
    const at = new Date(exit.exitedAt);
    this.#add({ type: "exit", processId, status, at, onceKey: `exit/${keyOf(start)}` });
  }

  oom({ number, at }: OomEvent): void {
    this.#add({ type: "oom", at: new Date(at), onceKey: `oom/${number}` });
  }

  paused(): void {
    this.#add({ type: "pause" });
  }

  resumed(): void {
    this.#add({ type: "resume" });
  }

  updated(): void {
    this.#add({ type: "update" });
  }

  /** `automatic`: because its first process has ended. */
  deleted(automatic: boolean): void {
    this.#add({ type: "delete", automatic, onceKey: deletedKey });
  }

  #add(event: Omit<NewEvent, "id" | "instance">): void {
    const { journal, log } = this.#context;
    try {
      journal.add({ ...event, id: this.#id, instance: this.#instance });
    } catch (error) {
      log.error(`Cannot write "${event.type}" of container "${this.#id}" to the journal`, error);
    }
  }
}

/** Key under which a deletion is announced. */
export const deletedKey = "delete";

function pidOf({ pid }: ProcessStart): { readonly systemPid?: number } {
  return pid === undefined ? {} : { systemPid: pid };
}

/** A container has one first process ever, but any number of execs of one name. */
function keyOf({ processId, pid = 0, startTime = 0 }: ProcessStart): string {
  return processId === initProcessId ? processId : `${processId}/${pid}/${startTime}`;
}
