import type { ContainerEvent, EventsQuery } from "../contract/event.ts";
import { parseTime } from "../parse-time.ts";
import type { Journal, JournalQuery } from "./journal.ts";
import { JournalChanges } from "./journal-changes.ts";

const batchSize = 256;

/**
 * Reads events: what the journal holds, then what is added to it, until the signal says to stop. A slow reader misses
 * nothing: it has a place in the journal and no queue.
 */
export function readEvents(
  journal: Journal,
  query: EventsQuery,
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  // "Now" is when it was asked for, not when the first event is.
  return readFrom(journal, query, signal, journal.last);
}

async function* readFrom(
  journal: Journal,
  query: EventsQuery,
  signal: AbortSignal,
  startedAt: number,
): AsyncGenerator<ContainerEvent> {
  const { sinceMs, ...filter } = filterOf(query);
  let place = query.after ?? (sinceMs === undefined ? startedAt : 0);
  using changes = new JournalChanges(journal, signal, filter.untilMs);
  for (;;) {
    const upTo = journal.last;
    // What is announced from now on counts, though it can have happened earlier.
    const since = sinceMs === undefined || place >= startedAt ? {} : { sinceMs };
    const range = { after: place, upTo, limit: batchSize };
    const events = journal.read({ ...filter, ...since, ...range });
    yield* events;
    place = events.length < batchSize ? upTo : (events.at(-1)?.sequence ?? upTo);
    if (signal.aborted) return;
    if (place === journal.last && (query.follow === false || !(await changes.next()))) return;
  }
}

function filterOf(query: EventsQuery): Omit<JournalQuery, "after" | "upTo" | "limit"> {
  const sinceMs = toMs(query.since);
  const untilMs = toMs(query.until);
  return {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(query.id === undefined ? {} : { ids: query.id }),
    ...(query.type === undefined ? {} : { types: query.type }),
  };
}

function toMs(time: string | undefined): number | undefined {
  const normal = time === undefined ? undefined : parseTime(time);
  return normal === undefined ? undefined : Date.parse(`${normal.slice(0, 23)}Z`);
}
