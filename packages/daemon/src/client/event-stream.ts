import type { ContainerEvent } from "../contract/event.ts";

/**
 * Reads server-sent events, a line each, as the daemon writes them: one `data` line an event.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* parseEventStream(
  lines: AsyncIterable<string>,
): AsyncGenerator<ContainerEvent> {
  for await (const line of lines) {
    if (!line.startsWith("data:")) continue;
    const event: ContainerEvent = JSON.parse(line.slice("data:".length));
    yield event;
  }
}
