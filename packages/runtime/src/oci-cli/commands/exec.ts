import { readFileSync } from "node:fs";
import { ContainerError, checkProcess, type Process, type User } from "@ctr/spec";
import { type Container, load } from "../../container/container.ts";
import type { ContainerProcess, ExecOptions } from "../../container/exec.ts";
import type { Command } from "../command.ts";
import { type Flags, usageError } from "../flags.ts";
import { waitInForeground } from "../foreground.ts";
import {
  consoleSocketFlag,
  pidFileFlag,
  pidfdSocketFlag,
  preserveFdsFlag,
  processOptions,
  sendPidfd,
} from "../process-flags.ts";

export const command: Command = {
  name: "exec",
  usage: "[FLAGS] ID COMMAND [ARGUMENTS]  or  exec [FLAGS] --process FILE ID",
  summary: "execute a process in a container",
  flags: [
    consoleSocketFlag,
    pidfdSocketFlag,
    pidFileFlag,
    preserveFdsFlag,
    { name: "process", short: "p", value: "FILE", help: "the process as JSON" },
    { name: "cwd", value: "DIR", help: "its working directory" },
    { name: "env", short: "e", value: "NAME=VALUE", list: true, help: "add to its environment" },
    { name: "tty", short: "t", help: "give it a terminal" },
    { name: "user", short: "u", value: "UID[:GID]", help: "its user" },
    { name: "additional-gids", short: "g", value: "GID", list: true, help: "one of its groups" },
    { name: "detach", short: "d", help: "return when it runs" },
    { name: "process-label", value: "LABEL", help: "its SELinux label" },
    { name: "apparmor", value: "PROFILE", help: "its AppArmor profile" },
    { name: "no-new-privs", help: "it cannot gain privileges" },
    { name: "cap", short: "c", value: "CAP", list: true, help: "give it a capability" },
    {
      name: "cgroup",
      value: "[CONTROLLERS:]PATH",
      list: true,
      help: "a cgroup below the container's",
    },
    { name: "ignore-paused", help: "in a paused container, too" },
  ],
  arguments: { min: 1 },
  passesArguments: true,
  async run(context, flags, [id = "", ...args]) {
    const container = load(id, context);
    const detach = flags.has("detach");
    const options = processOptions(flags);
    const executed = await container.exec({
      process: processOf(container, flags, args),
      ...options,
      ...(detach || options.console !== undefined ? {} : { console: "keep" as const }),
      ...cgroupOf(flags),
      detach,
      ignorePaused: flags.has("ignore-paused"),
    });
    sendPidfd(flags, executed.pid);
    return detach ? 0 : await waitInForeground(foreground(executed));
  },
};

function foreground(executed: ContainerProcess): Parameters<typeof waitInForeground>[0] {
  return {
    exited: executed.exited,
    kill: (signal) => executed.kill(signal),
    master: executed.takeConsole(),
  };
}

function processOf(container: Container, flags: Flags, args: readonly string[]): Process {
  const file = flags.text("process");
  if (file !== undefined) return readProcess(file);
  if (args.length === 0) {
    throw usageError(
      "Cannot execute nothing: process args cannot be empty",
      "Usage: bunc exec [FLAGS] ID COMMAND [ARGUMENTS]",
    );
  }
  const base = container.config.process ?? { cwd: "/" };
  const { consoleSize: _, ...others } = base;
  const cwd = flags.text("cwd");
  const label = flags.text("process-label");
  const profile = flags.text("apparmor");
  return {
    ...others,
    args,
    terminal: flags.has("tty"),
    env: [...(base.env ?? []), ...flags.list("env")],
    user: userOf(base.user, flags),
    ...(cwd === undefined ? {} : { cwd }),
    ...(label === undefined ? {} : { selinuxLabel: label }),
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
    ...(flags.has("no-new-privs") ? { noNewPrivileges: true } : {}),
    ...capabilitiesOf(base, flags.list("cap")),
  };
}

function readProcess(file: string): Process {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ContainerError(`Cannot read the process "${file}": ${String(error)}`, {
      code: "ERR_INVALID_PROCESS",
      kind: "invalid",
      cause: error,
    });
  }
  const process = checkProcess(withoutNulls(document));
  if ((process.args ?? []).length > 0) return process;
  throw new ContainerError("Cannot execute nothing (/args): args must not be empty", {
    code: "ERR_INVALID_PROCESS",
    kind: "invalid",
    pointer: "/args",
  });
}

/** Go programs write null for what is not set. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => [name, withoutNulls(each)]),
  );
}

function userOf(base: User | undefined, flags: Flags): User {
  const text = flags.text("user");
  const groups = flags.list("additional-gids").map((gid) => id(gid, "additional-gids"));
  const given = text === undefined ? {} : parseUser(text);
  return {
    ...base,
    ...given,
    ...(groups.length === 0
      ? {}
      : { additionalGids: [...(base?.additionalGids ?? []), ...groups] }),
  };
}

/** Reads `UID` or `UID:GID`, numbers only: nobody looks into the container's /etc/passwd. */
function parseUser(text: string): User {
  const [uid = "", gid, ...more] = text.split(":");
  if (more.length > 0) throw usageError(`Cannot use "${text}" for --user`, "Use UID or UID:GID");
  return { uid: id(uid, "user"), ...(gid === undefined ? {} : { gid: id(gid, "user") }) };
}

const idMax = 0xffff_fffe;

function id(text: string, flag: string): number {
  if (/^\d+$/.test(text) && Number(text) <= idMax) return Number(text);
  throw usageError(
    `Cannot use "${text}" for --${flag}: it is not an id`,
    "Use a number from 0 to 4294967294",
  );
}

/** An added capability is ambient only where something is inheritable, as with runc. */
function capabilitiesOf(
  { capabilities = {} }: Process,
  added: readonly string[],
): Pick<Process, "capabilities"> {
  if (added.length === 0) return {};
  const names = added.map((name) => name.toUpperCase());
  const plus = (list: readonly string[] = []): string[] => [...new Set([...list, ...names])];
  return {
    capabilities: {
      ...capabilities,
      bounding: plus(capabilities.bounding),
      permitted: plus(capabilities.permitted),
      effective: plus(capabilities.effective),
      ...(capabilities.inheritable === undefined ? {} : { ambient: plus(capabilities.ambient) }),
    },
  };
}

function cgroupOf(flags: Flags): Pick<ExecOptions, "cgroup"> {
  const given = flags.list("cgroup");
  if (given.length === 0) return {};
  const byController: Record<string, string> = {};
  for (const text of given) {
    const colon = text.indexOf(":");
    if (colon < 0) {
      if (given.length > 1) {
        throw usageError("Cannot use --cgroup twice without naming the controllers");
      }
      return { cgroup: text };
    }
    for (const controller of text.slice(0, colon).split(",")) {
      byController[controller] = text.slice(colon + 1);
    }
  }
  return { cgroup: byController };
}
