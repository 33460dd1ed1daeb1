import type { LogDocument } from "@ctr/shim/protocol";
import type { LogsQuery } from "../../contract/log.ts";
import { parseTime } from "../../parse-time.ts";
import { type LogEntry, parseCriLine, rawEntry } from "./log-entry.ts";
import type { FileLine } from "./log-lines.ts";

/** Reads lines as entries, and keeps those that a query asks for. */
export class EntryFilter {
  readonly #isCri: boolean;
  readonly #query: LogsQuery;
  readonly #since: string | undefined;
  readonly #until: string | undefined;

  constructor(log: Pick<LogDocument, "format">, query: LogsQuery) {
    this.#isCri = (log.format ?? "cri") === "cri";
    this.#query = query;
    this.#since = query.since === undefined ? undefined : parseTime(query.since);
    this.#until = query.until === undefined ? undefined : parseTime(query.until);
  }

  /** Returns the entry of a line; `undefined` when it is none, or not asked for. */
  parse(line: FileLine): LogEntry | undefined {
    const entry = this.#isCri ? parseCriLine(line.bytes) : rawEntry(line.bytes, line.isWhole);
    if (entry === undefined || this.#query[entry.stream] === false) return undefined;
    const time = entry.timestamp === undefined ? undefined : parseTime(entry.timestamp);
    if (time === undefined) return entry;
    const isEarly = this.#since !== undefined && time < this.#since;
    return isEarly || this.#isLate(time) ? undefined : entry;
  }

  /** Tells whether an unfinished line at the end of a file is an entry: in a raw log it is. */
  get takesRest(): boolean {
    return !this.#isCri;
  }

  /** Tells whether nothing can come any more, as what comes now is too late. */
  isOver(now: Date): boolean {
    return this.#isLate(`${now.toISOString().slice(0, 23)}000000Z`);
  }

  #isLate(time: string): boolean {
    return this.#until !== undefined && time >= this.#until;
  }
}
