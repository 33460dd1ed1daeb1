/** The process that `bunc exec` executes. @see runc-exec(8) */

import { readFileSync } from "node:fs";
import { ContainerError, type Process, type User, upgradeProcess } from "@ctr/spec";
import type { ExecOptions } from "../container/exec.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { type Flags, usageError } from "./flags.ts";

/**
 * Returns the process to execute: that of `--process`, or the container's own with what flags and arguments say.
 *
 * @param own the container's first process
 * @throws {ContainerError} ERR_USAGE, ERR_INVALID_PROCESS
 */
export function processOf(
  own: Process | undefined,
  flags: Flags,
  args: readonly string[],
): Process {
  const file = flags.text("process");
  if (file !== undefined) return readProcess(file);
  if (args.length === 0) {
    throw usageError(
      "Cannot execute nothing: process args cannot be empty",
      "Usage: bunc exec [FLAGS] ID COMMAND [ARGUMENTS]",
    );
  }
  const base = own ?? { cwd: "/" };
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

/**
 * Reads a process as `--process` takes it.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS
 */
export function readProcess(file: string): Process {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ContainerError(`Cannot read the process "${file}": ${reasonOf(error)}`, {
      code: "ERR_INVALID_PROCESS",
      kind: "invalid",
      cause: error,
    });
  }
  const process = upgradeProcess(document);
  if ((process.args ?? []).length > 0) return process;
  throw new ContainerError("Cannot execute nothing (/args): args must not be empty", {
    code: "ERR_INVALID_PROCESS",
    kind: "invalid",
    pointer: "/args",
  });
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

/**
 * Returns the cgroups of `--cgroup`: one for all, or one for each controller that is named.
 *
 * @throws {ContainerError} ERR_USAGE
 */
export function cgroupOf(flags: Flags): Pick<ExecOptions, "cgroup"> {
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
