/**
 * `bunc`: runc's command line over the library.
 *
 * @module
 */

import { ContainerError } from "@ctr/spec";
import type { CgroupManager } from "../container/runtime-options.ts";
import { type Command, type Context, checkArguments } from "./command.ts";
import { type Arguments, type Flag, type Flags, parseFlags, usageError } from "./flags.ts";
import { commandHelp, mainHelp } from "./help.ts";
import { Log } from "./log.ts";
import { print } from "./output.ts";
import { versionText } from "./version.ts";

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
  mounts: () => import("./commands/mounts.ts"),
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
  {
    name: "log",
    value: "FILE",
    help: "file for diagnostics, also file:FILE, or syslog:NAME or journald:NAME",
  },
  { name: "log-format", value: "text|json", help: "form of the log file" },
  { name: "log-level", value: "error|warning|debug", help: "what is told (default warning)" },
  { name: "debug", help: "tell what is done, step by step, and more when something fails" },
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
 * @param program the name that it was called by, which help and version tell
 * @returns the exit status: 1 when something failed, 3 when there is no such command; of `run` and `exec` that of the
 *   program
 */
export async function main(argv: readonly string[], program = "bunc"): Promise<number> {
  let log = new Log(undefined);
  let debug = false;
  let isExecuting = false;
  try {
    const { flags, rest } = parseFlags(globalFlags, argv, "leading");
    debug = flags.has("debug");
    const level = debug ? "debug" : flags.text("log-level");
    log = new Log(flags.text("log"), flags.text("log-format"), level);
    const [name, ...args] = rest;
    if (flags.has("version")) {
      print(versionText(program));
      return 0;
    }
    if (flags.has("help") || name === undefined || name === "help") {
      return await showHelp(program, args[0]);
    }
    const context = contextOf(program, flags, log);
    const command = await find(name, args);
    const call = readCommand(program, command, args);
    if (call === undefined) return 0;
    isExecuting = command.name === "exec";
    return await command.run(context, call.flags, call.rest);
  } catch (error) {
    log.failure(error, debug);
    if (isExecuting) return execFailure;
    return isUnknownCommand(error) ? unknownCommand : 1;
  }
}

/** What runc exits with when it has no such command. */
const unknownCommand = 3;

function isUnknownCommand(error: unknown): boolean {
  return error instanceof ContainerError && error.code === "ERR_UNKNOWN_COMMAND";
}

/**
 * What runc exits with when it could not execute a process, so that it is not taken for the process' own status; of a wrong
 * call it tells as every command does.
 */
const execFailure = 255;

function contextOf(program: string, flags: Flags, log: Log): Context {
  const root = flags.text("root");
  const rootless = rootlessOf(flags);
  return {
    program,
    debug: flags.has("debug"),
    ...(root === undefined || root === "" ? {} : { root }),
    cgroupManager: cgroupManagerOf(flags),
    onWarning: (message) => log.warning(message),
    onDebug: (message) => log.debug(message),
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

/** @param args what follows: only help may be wanted */
async function find(name: string, args: readonly string[]): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return (await load()).command;
  const wantsHelp = args.some((arg) => arg === "-h" || arg === "--help");
  throw new ContainerError(
    wantsHelp ? `No help topic for '${name}'` : `Cannot find the command "${name}"`,
    { code: "ERR_UNKNOWN_COMMAND", kind: "notFound", hint: "--help lists the commands" },
  );
}

async function showHelp(program: string, name: string | undefined): Promise<number> {
  if (name !== undefined) {
    print(commandHelp(program, await find(name, ["--help"])));
    return 0;
  }
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  print(
    mainHelp(
      program,
      all.map(({ command }) => command),
      globalFlags,
    ),
  );
  return 0;
}

/** Reads what a command is called with; there is nothing to do when that was for its help. */
function readCommand(
  program: string,
  command: Command,
  given: readonly string[],
): Arguments | undefined {
  const rule = command.passesArguments === true ? "leading" : "all";
  const parsed = parseFlags([...command.flags, help], given, rule);
  if (parsed.flags.has("help")) {
    print(commandHelp(program, command));
    return undefined;
  }
  checkArguments(program, command, parsed.rest);
  return parsed;
}
