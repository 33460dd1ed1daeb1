import type { LogRecord, LogsOptions } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { parseInteger } from "../arguments/integer.ts";
import { parseMoment } from "../arguments/moment.ts";
import { idArg } from "../containers/ids-arg.ts";
import { writeJsonLine } from "../output/output.ts";
import type { Session } from "../session/session.ts";

/** `ctr logs`. */
export const command: Command = defineCommand({
  name: "logs",
  description: "Print the output of a container",
  details: "What it wrote to standard error is printed to standard error.",
  args: {
    ...idArg,
    follow: { type: "boolean", alias: "f", description: "Go on until the process has ended" },
    tail: {
      type: "string",
      alias: "n",
      valueHint: "COUNT",
      description: "Only so many lines at the end; all is every line",
    },
    since: {
      type: "string",
      valueHint: "TIME",
      description:
        "Only from this time on: 2026-06-15T03:10:37Z, seconds since 1970, or 10m ago as 10m",
    },
    until: { type: "string", valueHint: "TIME", description: "Only before this time" },
    timestamps: { type: "boolean", alias: "t", description: "Begin each line with its time" },
    stream: {
      type: "enum",
      options: ["stdout", "stderr"],
      description: "Only what was written to this stream",
    },
    process: {
      type: "string",
      alias: "p",
      valueHint: "NAME",
      description: "A process that was executed, instead of the first one",
    },
  },
  examples: [
    { line: "ctr logs -f redis", about: "" },
    { line: "ctr logs --tail 20 --timestamps redis", about: "" },
    { line: "ctr logs --since 10m --stream stderr web", about: "the errors of ten minutes" },
  ],
  run: async ({ args, session }) => {
    const options: LogsOptions = {
      follow: args.follow === true,
      ...(args.process === undefined ? {} : { processId: args.process }),
      ...(args.since === undefined ? {} : { since: parseMoment(args.since, "--since") }),
      ...(args.until === undefined ? {} : { until: parseMoment(args.until, "--until") }),
      ...(args.tail === undefined || args.tail === "all"
        ? {}
        : { tail: parseInteger(args.tail, "--tail", { min: 0, max: Number.MAX_SAFE_INTEGER }) }),
      ...(args.stream === undefined
        ? {}
        : { stdout: args.stream === "stdout", stderr: args.stream === "stderr" }),
    };
    const client = await session.client();
    const printer = new LogPrinter(session, args.timestamps === true);
    for await (const record of client.logs(args.id, options)) await printer.print(record);
    return 0;
  },
});

/** Prints records of a log as the process wrote them. */
class LogPrinter {
  readonly #session: Session;
  readonly #timestamps: boolean;
  /** Streams whose last record was a part of a line. */
  readonly #open: Set<LogRecord["stream"]> = new Set();

  constructor(session: Session, timestamps: boolean) {
    this.#session = session;
    this.#timestamps = timestamps;
  }

  async print(record: LogRecord): Promise<void> {
    const { output, json } = this.#session;
    if (json) {
      await writeJsonLine(output, record);
      return;
    }
    const { stream, timestamp, partial } = record;
    const text =
      record.base64 === undefined
        ? Buffer.from(record.text ?? "")
        : Buffer.from(record.base64, "base64");
    const begins = !this.#open.has(stream);
    const time = this.#timestamps && begins && timestamp !== undefined ? `${timestamp} ` : "";
    const line = Buffer.concat([
      Buffer.from(time),
      text,
      Buffer.from(partial === true ? "" : "\n"),
    ]);
    if (partial === true) this.#open.add(stream);
    else this.#open.delete(stream);
    await (stream === "stderr" ? output.writeError(line) : output.write(line));
  }
}
