import type { ContainerEvent, EventsQuery } from "@ctr/daemon/client";
import { writeJsonLine } from "../output/output.ts";
import { printable } from "../output/table.ts";
import type { Session } from "../session/session.ts";

/** Widths of the columns: the rows are not known beforehand. */
const columns = [
  ["TIME", 27],
  ["TYPE", 18],
  ["ID", 20],
  ["PID", 16],
  ["STATUS", 0],
] as const;

/** Prints events as they come: a table, or a JSON document a line. */
export async function printEvents(session: Session, query: EventsQuery): Promise<void> {
  const client = await session.client();
  const events = client.events(query);
  if (session.json) {
    for await (const event of events) await writeJsonLine(session.output, event);
    return;
  }
  await session.output.write(row(columns.map(([title]) => title)));
  for await (const event of events) await session.output.write(row(cells(event)));
}

function cells(event: ContainerEvent): string[] {
  const status = event.status === undefined ? "" : String(event.status);
  return [event.timestamp, event.type, event.id, event.pid ?? "", status];
}

function row(values: readonly string[]): string {
  const padded = values.map((value, index) => printable(value).padEnd(columns[index]?.[1] ?? 0));
  return `${padded.join(" ").trimEnd()}\n`;
}
