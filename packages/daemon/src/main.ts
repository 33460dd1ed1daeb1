/**
 * The program `ctrd`.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { ContainerError, errorKinds } from "@ctr/spec";
import { type ArgsDef, defineCommand, renderUsage } from "citty";
import { defaultRoot, defaultStateDirectory, parseAddress } from "./address.ts";
import type { DaemonOptions } from "./daemon.ts";
import { createLogger, type LogFormat, logFormats } from "./logger.ts";

const flags = {
  "state-dir": {
    type: "string",
    valueHint: "DIR",
    description:
      "Directory of the socket and of the containers: /run/ctr, or $XDG_RUNTIME_DIR/ctr when not root",
  },
  root: {
    type: "string",
    valueHint: "DIR",
    description:
      "Folder of the journal and the logs: /var/lib/ctr, or $XDG_DATA_HOME/ctr when not root",
  },
  address: {
    type: "string",
    valueHint: "PATH",
    description: "Path or unix:// URL of the socket: ctr.sock in the state directory",
  },
  runtime: {
    type: "string",
    valueHint: "NAME",
    description: "Runtime of containers that name none: bunc, or the path of any OCI runtime",
  },
  "retain-count": {
    type: "string",
    valueHint: "N",
    description: "How many past events are kept: 10000",
  },
  "spare-shims": {
    type: "string",
    valueHint: "N",
    description: "How many shims are started ahead of their containers: 1; none with 0",
  },
  debug: { type: "boolean", description: "Say more in the log" },
  "log-format": {
    type: "string",
    valueHint: logFormats.join("|"),
    description: "How the log looks: text",
  },
  help: { type: "boolean", alias: "h", description: "Print this and exit" },
  version: { type: "boolean", alias: "v", description: "Print the version and exit" },
} as const satisfies ArgsDef;

const command = defineCommand({
  meta: { name: "ctrd", description: "Supervise containers; serve HTTP on a Unix socket" },
  args: flags,
});

/** What the flags say. */
interface Settings extends Omit<DaemonOptions, "log" | "shims" | "shimCommand"> {
  readonly debug: boolean;
  readonly logFormat: LogFormat;
}

/**
 * Runs `ctrd` with the arguments after its name until SIGTERM or SIGINT; resolves to its exit code.
 *
 * 0 when it was asked to end; else what `errorKinds` of `@ctr/spec` gives the kind of the error.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const values = readFlags(argv);
    if (values["help"] === true) {
      const usage = await renderUsage(command);
      process.stdout.write(`${process.stdout.isTTY ? usage : stripVTControlCharacters(usage)}\n`);
      return 0;
    }
    if (values["version"] === true) {
      process.stdout.write(`${(await import("./version.ts")).versionLine}\n`);
      return 0;
    }
    return await run(readSettings(values));
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    const hint = error.hint === undefined ? "" : `\n  ${error.hint}`;
    process.stderr.write(`ctrd: ${error.message}${hint}\n`);
    return errorKinds[error.kind].exitCode;
  }
}

async function run(settings: Settings): Promise<number> {
  // The server and zod are loaded only when there is something to serve.
  const { startDaemon } = await import("./daemon.ts");
  const log = createLogger({ debug: settings.debug, format: settings.logFormat });
  const asked = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => asked.resolve(signal));
  }
  // A terminal that goes away takes neither the daemon nor a container with it.
  process.on("SIGHUP", () => undefined);
  process.on("SIGPIPE", () => undefined);
  // One request that went wrong must not end the supervision of every container.
  process.on("unhandledRejection", (error) => log.error("Something went wrong unseen", error));
  const daemon = await startDaemon({ ...settings, log });
  log.info(`ctrd serves ${daemon.socketPath}`);
  daemon.restored.catch((error: unknown) => log.error("Cannot take up the containers", error));
  log.info(`ctrd ends: ${await asked.promise}`);
  await daemon.stop();
  return 0;
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

function readFlags(argv: readonly string[]): FlagValues {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.type, ...("alias" in flag ? { short: flag.alias } : {}) },
    ]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), error);
  }
}

function readSettings(values: FlagValues): Settings {
  const text = (name: keyof typeof flags): string | undefined => {
    const value = values[name];
    if (value === "") throw usageError(`--${name} needs a value`);
    return typeof value === "string" ? value : undefined;
  };
  const stateDirectory = resolve(text("state-dir") ?? defaultStateDirectory());
  const root = resolve(text("root") ?? defaultRoot());
  const address = text("address");
  const runtime = text("runtime");
  const count = (name: "retain-count" | "spare-shims", digitsMax: number): number | undefined => {
    const value = text(name);
    if (value !== undefined && !(/^\d+$/.test(value) && value.length <= digitsMax)) {
      throw usageError(`--${name} is a whole number of at most ${digitsMax} digits`);
    }
    return value === undefined ? undefined : Number(value);
  };
  const retainCount = count("retain-count", 9);
  const spareShims = count("spare-shims", 3);
  const format = text("log-format") ?? "text";
  const logFormat = logFormats.find((known) => known === format);
  if (logFormat === undefined) throw usageError(`--log-format is ${logFormats.join(" or ")}`);
  return {
    stateDirectory,
    root,
    ...(address === undefined ? {} : { socketPath: resolve(parseAddress(address)) }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(retainCount === undefined ? {} : { retainCount }),
    ...(spareShims === undefined ? {} : { spareShims }),
    debug: values["debug"] === true,
    logFormat,
  };
}

function usageError(message: string, cause?: unknown): ContainerError {
  return new ContainerError(`Cannot understand the arguments: ${message}`, {
    code: "ERR_USAGE",
    kind: "invalid",
    hint: "ctrd --help lists the flags",
    ...(cause === undefined ? {} : { cause }),
  });
}
