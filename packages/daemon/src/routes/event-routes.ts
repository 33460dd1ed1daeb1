import type { AppServices } from "../app.ts";
import type { EventsQuery } from "../contract/event.ts";
import { operations } from "../contract/operations.ts";
import { readEvents } from "../services/event-feed.ts";
import { RequestError } from "./request-error.ts";
import { type App, streamRoute } from "./route.ts";
import { streamResponse } from "./stream-response.ts";

/** Serves the stream of events. */
export function eventRoutes(app: App, { containers, journal, shutdown }: AppServices): void {
  streamRoute(app, operations.getEvents, async ({ query }, { req }) => {
    // What happened while nobody listened is announced first.
    await containers.restored;
    const after = lastEventId(req.header("last-event-id"));
    const headers = { "content-type": "text/event-stream" };
    return streamResponse(req.raw, shutdown, headers, (signal) =>
      eventStream({ ...query, ...(after === undefined ? {} : { after }) }, signal),
    );
  });

  async function* eventStream(query: EventsQuery, signal: AbortSignal): AsyncGenerator<string> {
    const events = readEvents(journal, query, signal);
    // A comment, so that the client knows that it listens.
    yield ": events\n\n";
    for await (const event of events) {
      yield `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    }
  }
}

function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw new RequestError("Cannot take this request: the header Last-Event-ID is no sequence", {
    code: "ERR_INVALID_REQUEST",
    httpStatus: 400,
  });
}
