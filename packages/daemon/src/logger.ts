import { type ConsolaInstance, type ConsolaReporter, createConsola, LogLevels } from "consola";

/** How a log looks. */
export const logFormats = ["text", "json"] as const;

/** One of {@linkcode logFormats}. */
export type LogFormat = (typeof logFormats)[number];

/** Makes a log that goes to the standard error, a line a message. */
export function createLogger(options: {
  readonly debug: boolean;
  readonly format: LogFormat;
}): ConsolaInstance {
  return createConsola({
    level: options.debug ? LogLevels.debug : LogLevels.info,
    // What cannot be written any more, as when the terminal is gone, must not end the daemon.
    stdout: process.stderr,
    stderr: process.stderr,
    reporters: [options.format === "json" ? jsonReporter : textReporter],
  });
}

const jsonReporter: ConsolaReporter = {
  log: ({ date, type, args }) => {
    write(JSON.stringify({ time: date.toISOString(), level: type, msg: messageOf(args) }));
  },
};

const textReporter: ConsolaReporter = {
  log: ({ date, type, args }) => {
    write(`${date.toISOString()} ${type.toUpperCase().padEnd(5)} ${messageOf(args)}`);
  },
};

function write(line: string): void {
  process.stderr.write(`${line}\n`);
}

function messageOf(args: readonly unknown[]): string {
  return args.map((arg) => (arg instanceof Error ? describe(arg) : String(arg))).join(": ");
}

/** An error with its causes; a stack only where nobody threw it on purpose. */
function describe(error: Error): string {
  const text = "code" in error && "kind" in error ? error.message : (error.stack ?? error.message);
  return error.cause instanceof Error ? `${text}: ${describe(error.cause)}` : text;
}
