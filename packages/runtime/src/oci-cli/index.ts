/**
 * `bunc`: runc's command line over the library.
 *
 * @module
 */

import { ociVersion } from "@ctr/spec";
import manifest from "../../package.json" with { type: "json" };
import type { CgroupManager } from "../container/runtime-options.ts";
import { type Command, type Context, checkArguments } from "./command.ts";
import { type Flag, type Flags, parseFlags, usageError } from "./flags.ts";
import { commandHelp, mainHelp } from "./help.ts";
import { Log } from "./log.ts";
import { print } from "./output.ts";

/** Commands by name; each is loaded when it is used. */
const commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  create: () => import("./commands/create.ts"),
  delete: () => import("./commands/delete.ts"),
  events: () => import("./commands/events.ts"),
  exec: () => import("./commands/exec.ts"),
  explain: () => import("./commands/explain.ts"),
  features: () => import("./commands/features.ts"),
  kill: () => import("./commands/kill.ts"),
  list: () => import("./commands/list.ts"),
  pause: () => import("./commands/pause.ts"),
  ps: () => import("./commands/ps.ts"),
  resume: () => import("./commands/resume.ts"),
  run: () => import("./commands/run.ts"),
  spec: () => import("./commands/spec.ts"),
  start: () => import("./commands/start.ts"),
  state: () => import("./commands/state.ts"),
  update: () => import("./commands/update.ts"),
};

const help: Flag = { name: "help", short: "h", help: "show this help" };

const globalFlags: readonly Flag[] = [
  { name: "root", value: "DIR", help: "where containers are kept (default /run/bunc)" },
  { name: "log", value: "FILE", help: "file for diagnostics" },
  { name: "log-format", value: "text|json", help: "form of the log file" },
  { name: "log-level", value: "error|warning|debug", help: "what is told (default warning)" },
  { name: "debug", help: "say more when something fails" },
  { name: "systemd-cgroup", help: "have systemd make cgroups; cgroupsPath is slice:prefix:name" },
  {
    name: "cgroup-manager",
    value: "cgroupfs|systemd|disabled",
    help: "who makes cgroups (default cgroupfs)",
  },
  {
    name: "rootless",
    value: "true|false|auto",
    help: "do without cgroups that may not be made (default auto)",
  },
  { name: "criu", value: "PATH", help: "taken for runc's sake", hidden: true },
  { name: "version", short: "v", help: "show the version" },
  help,
];

/**
 * Runs a command line.
 *
 * @param argv the arguments, without the program's name
 * @returns the exit status: 1 when something failed; of `run` and `exec` that of the program
 */
export async function main(argv: readonly string[]): Promise<number> {
  let log = new Log(undefined);
  let debug = false;
  try {
    const { flags, rest } = parseFlags(globalFlags, argv, "leading");
    log = new Log(flags.text("log"), flags.text("log-format"), flags.text("log-level"));
    debug = flags.has("debug");
    const [name, ...args] = rest;
    if (flags.has("version")) {
      print(`bunc version ${manifest.version}\nspec: ${ociVersion}\nbun: ${Bun.version}\n`);
      return 0;
    }
    if (flags.has("help") || name === undefined || name === "help") return await showHelp(args[0]);
    return await runCommand(await find(name), contextOf(flags, log), args);
  } catch (error) {
    log.failure(error, debug);
    return isExec(argv) ? execFailure : 1;
  }
}

/** What runc exits with when it could not execute a process, so that it is not taken for the process' own status. */
const execFailure = 255;

function isExec(argv: readonly string[]): boolean {
  try {
    return parseFlags(globalFlags, argv, "leading").rest[0] === "exec";
  } catch {
    return false;
  }
}

function contextOf(flags: Flags, log: Log): Context {
  const root = flags.text("root");
  const rootless = rootlessOf(flags);
  return {
    debug: flags.has("debug"),
    ...(root === undefined || root === "" ? {} : { root }),
    cgroupManager: cgroupManagerOf(flags),
    onWarning: (message) => log.warning(message),
    ...(rootless === undefined ? {} : { rootless }),
  };
}

function cgroupManagerOf(flags: Flags): CgroupManager {
  const name =
    flags.text("cgroup-manager") ?? (flags.has("systemd-cgroup") ? "systemd" : "cgroupfs");
  if (name === "cgroupfs" || name === "systemd" || name === "disabled") return name;
  throw usageError(
    `Cannot use "${name}" for --cgroup-manager`,
    "There are cgroupfs, systemd and disabled",
  );
}

/** `undefined` finds out by itself. */
function rootlessOf(flags: Flags): boolean | undefined {
  const text = flags.text("rootless") ?? "auto";
  if (text === "auto") return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw usageError(`Cannot use "${text}" for --rootless`, "There are true, false and auto");
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    throw usageError(`Cannot find the command "${name}"`, "bunc --help lists the commands");
  }
  return (await load()).command;
}

async function showHelp(name: string | undefined): Promise<number> {
  if (name !== undefined) {
    print(commandHelp(await find(name)));
    return 0;
  }
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  print(
    mainHelp(
      all.map(({ command }) => command),
      globalFlags,
    ),
  );
  return 0;
}

async function runCommand(
  command: Command,
  context: Context,
  given: readonly string[],
): Promise<number> {
  const rule = command.passesArguments === true ? "leading" : "all";
  const { flags, rest } = parseFlags([...command.flags, help], given, rule);
  if (flags.has("help")) {
    print(commandHelp(command));
    return 0;
  }
  checkArguments(command, rest);
  return await command.run(context, flags, rest);
}
