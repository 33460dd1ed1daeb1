import type { LogDocument } from "@ctr/shim/protocol";
import type { LogsQuery } from "../../contract/log.ts";
import { EntryFilter } from "./entry-filter.ts";
import type { LogEntry } from "./log-entry.ts";
import { type LogFile, openLogFiles, openNextLogFile } from "./log-files.ts";
import { type FileLine, LineReader } from "./log-lines.ts";
import { LogWatch } from "./log-watch.ts";
import { findTailStart, type TailStart } from "./tail-start.ts";

/** What {@linkcode readLog} reads, and until when. */
export interface ReadLogOptions {
  readonly log: LogDocument;
  readonly query: LogsQuery;
  /** Settles when the process has ended and everything is in the log. */
  readonly ended: Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Reads a log from its oldest file on, some entries at a time. With `follow` it goes on until the process has ended, over
 * every rotation.
 */
export async function* readLog(options: ReadLogOptions): AsyncGenerator<readonly LogEntry[]> {
  const { log, query, ended, signal } = options;
  // Before the first look, so that no change is missed.
  using watch = query.follow === true ? new LogWatch(log.path, ended, signal) : undefined;
  await using reader = new LogReader(log, query);
  await reader.open();
  for (;;) {
    // Asked before reading: what was written before the end is read after it.
    const isOver = watch?.isOver ?? true;
    for await (const entries of reader.readToEnd()) {
      if (signal.aborted) return;
      yield entries;
    }
    if (await reader.findNewer()) continue;
    yield reader.takeRest();
    if (isOver || signal.aborted || reader.isOver) return;
    await watch?.change();
  }
}

/** An open file of the log and how far it was read. */
interface OpenFile {
  readonly file: LogFile;
  readonly lines: LineReader;
  /** Its place among the files that were there at first; those that came later have none. */
  readonly index: number | undefined;
}

class LogReader implements AsyncDisposable {
  readonly #log: LogDocument;
  readonly #query: LogsQuery;
  readonly #filter: EntryFilter;
  #tail: TailStart | undefined;
  /** Those that are still to be read, oldest first; the first is the one that is being read. */
  #files: OpenFile[] = [];

  constructor(log: LogDocument, query: LogsQuery) {
    this.#log = log;
    this.#query = query;
    this.#filter = new EntryFilter(log, query);
  }

  /** Whether what is asked for lies in the past. */
  get isOver(): boolean {
    return this.#filter.isOver(new Date());
  }

  /** Opens what is there and finds the beginning. */
  async open(): Promise<void> {
    const files = await openLogFiles(this.#log.path);
    this.#files = files.map((file, index) => ({
      file,
      index,
      lines: new LineReader(file.handle, 0),
    }));
    const { tail } = this.#query;
    if (tail === undefined) return;
    this.#tail = await findTailStart(files, tail, (line) => this.#filter.parse(line));
    const { file: first, offset } = this.#tail;
    await this.#drop(first);
    const [current, ...others] = this.#files;
    if (current === undefined) return;
    this.#files = [{ ...current, lines: new LineReader(current.file.handle, offset) }, ...others];
  }

  /** Reads to the end that the newest file has now. */
  async *readToEnd(): AsyncGenerator<readonly LogEntry[]> {
    for (;;) {
      const [current] = this.#files;
      if (current === undefined) return;
      const lines = await current.lines.next();
      if (lines !== undefined) {
        yield this.#entries(current, lines);
      } else if (this.#files.length > 1) {
        yield this.takeRest();
        await this.#drop(1);
      } else {
        return;
      }
    }
  }

  /** Looks for the file after the one that is being read, which was renamed then. */
  async findNewer(): Promise<boolean> {
    const { path } = this.#log;
    const current = this.#files.at(-1)?.file.inode;
    const files =
      current === undefined ? await openLogFiles(path) : [await openNextLogFile(path, current)];
    for (const file of files) {
      if (file === undefined) continue;
      this.#files.push({ file, lines: new LineReader(file.handle, 0), index: undefined });
    }
    return files.some((file) => file !== undefined);
  }

  /** Returns what stands at the end without a newline, when that counts. */
  takeRest(): readonly LogEntry[] {
    const [current] = this.#files;
    const rest = this.#filter.takesRest ? current?.lines.takeRest() : undefined;
    return current === undefined || rest === undefined ? [] : this.#entries(current, [rest]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop(this.#files.length);
  }

  #entries({ index }: OpenFile, lines: readonly FileLine[]): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    for (const line of lines) {
      const entry = this.#filter.parse(line);
      if (entry === undefined) continue;
      const isWanted =
        index === undefined || (this.#tail?.isWanted(index, line.start, entry.stream) ?? true);
      if (isWanted) entries.push(entry);
    }
    return entries;
  }

  /** Closes the oldest files. */
  async #drop(count: number): Promise<void> {
    for (const { file } of this.#files.splice(0, count)) await file[Symbol.asyncDispose]();
  }
}
