import type { LogEntry } from "./log-entry.ts";
import type { LogFile } from "./log-files.ts";
import { type FileLine, readLinesBackwards } from "./log-lines.ts";

/** Where the last lines of a log begin. */
export interface TailStart {
  /** Index of the file. */
  readonly file: number;
  /** Offset in it. */
  readonly offset: number;
  /** Whether a record at a place is one of those that are wanted. */
  isWanted(file: number, offset: number, stream: LogEntry["stream"]): boolean;
}

/** After enough lines were found, how many records more are looked at for the beginning of a line that is in parts. */
const partsMax = 256;

interface Place {
  readonly file: number;
  readonly offset: number;
}

/** Finds where the last `count` lines begin, reading from the end. `parse` returns what counts as a record. */
export async function findTailStart(
  files: readonly LogFile[],
  count: number,
  parse: (line: FileLine) => LogEntry | undefined,
): Promise<TailStart> {
  // What is added from now on is wanted, whatever its stream.
  const search = new TailSearch(count, await endOf(files));
  for (let file = files.length - 1; file >= 0 && !search.isOver; file--) {
    const handle = files[file]?.handle;
    if (handle === undefined) continue;
    for await (const line of readLinesBackwards(handle)) {
      const entry = parse(line);
      if (entry !== undefined) search.note(entry, { file, offset: line.start });
      if (search.isOver) break;
    }
  }
  return search.result();
}

/** Both streams are in one log, and a line of one can be in parts between lines of the other. */
class TailSearch {
  readonly #count: number;
  readonly #end: Place;
  /** Where the first wanted record of a stream begins. */
  readonly #starts: Map<LogEntry["stream"], Place> = new Map();
  /** Streams that have an unwanted line before their first wanted record. */
  readonly #closed: Set<LogEntry["stream"]> = new Set();
  #found = 0;
  #more = 0;

  constructor(count: number, end: Place) {
    this.#count = count;
    this.#end = end;
  }

  get isOver(): boolean {
    if (this.#found < this.#count) return false;
    if (this.#more >= partsMax) return true;
    return [...this.#starts.keys()].every((stream) => this.#closed.has(stream));
  }

  note({ stream, isPartial }: LogEntry, place: Place): void {
    if (this.#found >= this.#count) this.#more++;
    if (this.#closed.has(stream)) return;
    // A partial record before a wanted one belongs to its line.
    const beginsLine = !isPartial || !this.#starts.has(stream);
    if (!beginsLine) {
      this.#starts.set(stream, place);
    } else if (this.#found < this.#count) {
      this.#found++;
      this.#starts.set(stream, place);
    } else {
      this.#closed.add(stream);
    }
  }

  result(): TailStart {
    const starts = this.#starts;
    const end = this.#end;
    const first = [...starts.values()].toSorted(comparePlaces)[0] ?? end;
    return {
      ...first,
      isWanted: (file, offset, stream) =>
        comparePlaces({ file, offset }, starts.get(stream) ?? end) >= 0,
    };
  }
}

function comparePlaces(a: Place, b: Place): number {
  return a.file - b.file || a.offset - b.offset;
}

async function endOf(files: readonly LogFile[]): Promise<Place> {
  const last = files.at(-1);
  if (last === undefined) return { file: 0, offset: 0 };
  return { file: files.length - 1, offset: (await last.handle.stat()).size };
}
