import { type EventsQuery, type EventType, eventTypes } from "@ctr/daemon/client";
import { suggest } from "@ctr/spec";
import { type Command, defineCommand } from "../arguments/command.ts";
import { parseInteger } from "../arguments/integer.ts";
import { parseMoment } from "../arguments/moment.ts";
import { usageError } from "../arguments/usage-error.ts";
import { printEvents } from "../containers/print-events.ts";

/** `ctr events`. */
export const command: Command = defineCommand({
  name: "events",
  description: "Print what happens to containers",
  details:
    `Types: ${eventTypes.join(", ")}.\n` +
    "PID is the name of the process, STATUS its exit code, or 128 and the number of the signal that ended it.",
  args: {
    ids: {
      type: "positional",
      required: false,
      valueHint: "ID",
      multiple: true,
      description: "Name of a container (default: all)",
    },
    since: {
      type: "string",
      valueHint: "TIME",
      description:
        "Begin with the journal at this time: RFC 3339, seconds since 1970, or 10m ago as 10m",
    },
    until: { type: "string", valueHint: "TIME", description: "End before this time" },
    after: {
      type: "string",
      valueHint: "SEQUENCE",
      description: "Begin behind this event of the journal",
    },
    type: {
      type: "string",
      multiple: true,
      description: "Only events of this type",
    },
    follow: {
      type: "boolean",
      default: true,
      description: "Go on with what happens from now on",
      negativeDescription: "End with the journal",
    },
  },
  examples: [
    { line: "ctr events", about: "from now on" },
    { line: "ctr events --since 1h --no-follow redis", about: "what happened to it in an hour" },
    { line: "ctr --json events --type exit", about: "a JSON document for each end" },
  ],
  run: async ({ args, repeated, session }) => {
    const type = repeated.type.map(parseEventType);
    const max = Number.MAX_SAFE_INTEGER;
    const query: EventsQuery = {
      follow: args.follow,
      ...(args.since === undefined ? {} : { since: parseMoment(args.since, "--since") }),
      ...(args.until === undefined ? {} : { until: parseMoment(args.until, "--until") }),
      ...(args.after === undefined
        ? {}
        : { after: parseInteger(args.after, "--after", { min: 0, max }) }),
      ...(repeated.ids.length === 0 ? {} : { id: repeated.ids }),
      ...(type.length === 0 ? {} : { type }),
    };
    await printEvents(session, query);
    return 0;
  },
});

function parseEventType(text: string): EventType {
  const type = eventTypes.find((name) => name === text);
  if (type !== undefined) return type;
  const meant = suggest(text, eventTypes);
  throw usageError(
    `Cannot use "${text}" for --type: it is one of ${eventTypes.join(", ")}`,
    "ERR_INVALID_FLAG",
    meant === undefined ? undefined : `Did you mean ${meant}?`,
  );
}
