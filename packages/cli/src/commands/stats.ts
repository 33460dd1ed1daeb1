import type { Client, ContainerStats } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { parseDuration } from "../arguments/duration.ts";
import { usageError } from "../arguments/usage-error.ts";
import { readStats } from "../containers/read-stats.ts";
import { statsTable } from "../containers/stats-table.ts";
import { writeExactJsonLine } from "../output/output.ts";
import type { Session } from "../session/session.ts";

/** `ctr stats`. */
export const command: Command = defineCommand({
  name: "stats",
  description: "Print what containers use",
  details:
    "CPU is the use of one processor since the look before; MEMORY is what the kernel counts, and MEM that in percent of LIMIT.\n" +
    "READ and WRITTEN are the bytes from and to disks so far. JSON has the figures of runc's events --stats.\n" +
    "Ends when none of the named containers runs any more.",
  args: {
    ids: {
      type: "positional",
      required: false,
      valueHint: "ID",
      multiple: true,
      description: "Name of a container (default: all that run)",
    },
    stream: {
      type: "boolean",
      default: true,
      description: "Go on until interrupted",
      negativeDescription: "Print once",
    },
    interval: {
      type: "string",
      valueHint: "TIME",
      default: "1s",
      description: "How long each look covers: seconds, or 500ms",
    },
  },
  examples: [
    { line: "ctr stats", about: "" },
    { line: "ctr stats --no-stream redis", about: "one line" },
    { line: "ctr --json stats redis | jq .stats.memory.usage", about: "a JSON document each time" },
  ],
  run: async ({ args, repeated, session }) => {
    const intervalMs = parseDuration(args.interval, "--interval");
    if (!(intervalMs >= 10 && intervalMs < 2 ** 31)) {
      throw usageError("Cannot use this --interval: at least 10ms", "ERR_INVALID_FLAG");
    }
    const look: Look = { client: await session.client(), ids: repeated.ids, intervalMs };
    await (session.json ? printJson : printTables)(session, look, args.stream);
    return 0;
  },
});

interface Look {
  readonly client: Client;
  readonly ids: readonly string[];
  readonly intervalMs: number;
}

async function printJson(session: Session, look: Look, goesOn: boolean): Promise<void> {
  for await (const stats of looks(look)) {
    for (const one of stats) await writeExactJsonLine(session.output, one);
    if (!goesOn) return;
  }
}

async function printTables(session: Session, look: Look, goesOn: boolean): Promise<void> {
  const isTerminal = goesOn && process.stdout.isTTY;
  let earlier: readonly ContainerStats[] | undefined;
  for await (const stats of looks(look)) {
    // Once: with the use of processors, for which it takes two looks.
    if (goesOn || earlier !== undefined) {
      const table = statsTable(stats, earlier ?? []);
      // A terminal shows the last one only; in a file one follows the other.
      await session.output.write(isTerminal ? `\x1b[H\x1b[2J${table}` : table);
      if (!goesOn) return;
    }
    earlier = stats;
  }
}

/** Looks again and again; ends when none of the named containers runs any more. */
async function* looks({
  client,
  ids,
  intervalMs,
}: Look): AsyncGenerator<readonly ContainerStats[]> {
  let next = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    const stats = await readStats(client, ids, !isFirst);
    if (ids.length > 0 && stats.length === 0) return;
    yield stats;
    next = Math.max(next + intervalMs, performance.now());
    await Bun.sleep(next - performance.now());
  }
}
