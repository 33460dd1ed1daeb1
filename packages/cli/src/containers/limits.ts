import type { LinuxResources } from "@ctr/spec";
import type { CommandArgs, Invocation } from "../arguments/command.ts";
import { parseInteger } from "../arguments/integer.ts";
import { parseSizeLimit } from "../arguments/size.ts";
import { usageError } from "../arguments/usage-error.ts";

/** Limits as flags, with runc's names. */
export const limitArgs = {
  memory: {
    type: "string",
    alias: "memory-limit",
    valueHint: "BYTES",
    description: "Memory, for example 512m; -1 for no limit",
  },
  memoryReservation: {
    type: "string",
    valueHint: "BYTES",
    description: "Memory that is kept when it is short elsewhere",
  },
  memorySwap: {
    type: "string",
    valueHint: "BYTES",
    description: "Memory and swap together; -1 for no limit",
  },
  cpus: {
    type: "string",
    valueHint: "NUMBER",
    description: "CPUs' worth of time, for example 1.5",
  },
  cpuQuota: {
    type: "string",
    valueHint: "MICROSECONDS",
    description: "Time in each period; -1 for no limit",
  },
  cpuPeriod: { type: "string", valueHint: "MICROSECONDS", description: "Length of a period" },
  cpuShare: {
    type: "string",
    alias: "cpu-shares",
    valueHint: "SHARES",
    description: "Weight against others when time is short, 2 to 262144",
  },
  cpusetCpus: {
    type: "string",
    valueHint: "LIST",
    description: "CPUs it runs on, for example 0-3,7",
  },
  cpusetMems: { type: "string", valueHint: "LIST", description: "Memory nodes it uses" },
  pidsLimit: { type: "string", valueHint: "COUNT", description: "Tasks; -1 for no limit" },
  blkioWeight: {
    type: "string",
    valueHint: "WEIGHT",
    description: "Weight of its block I/O, 10 to 1000",
  },
} as const satisfies CommandArgs;

/** The flags of {@linkcode limitArgs} as they were given. */
export type LimitFlags = Invocation<typeof limitArgs>["args"];

/** Period that `--cpus` counts in, the kernel's own, in microseconds. */
const cpusPeriod = 100_000;
const microsecondsMax = 1_000_000_000;

/**
 * Returns limits as config.json writes them; only those that were given.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function limitsOf(flags: LimitFlags): LinuxResources {
  const memory = present({
    limit: size(flags.memory, "--memory"),
    reservation: size(flags.memoryReservation, "--memory-reservation"),
    swap: size(flags.memorySwap, "--memory-swap"),
  });
  const cpu = present({
    ...cpuTime(flags),
    shares: integer(flags.cpuShare, "--cpu-share", 2, 262_144),
    cpus: flags.cpusetCpus,
    mems: flags.cpusetMems,
  });
  const pids = integer(flags.pidsLimit, "--pids-limit", -1, Number.MAX_SAFE_INTEGER);
  const weight = integer(flags.blkioWeight, "--blkio-weight", 10, 1000);
  return {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
    ...(weight === undefined ? {} : { blockIO: { weight } }),
  };
}

function cpuTime(flags: LimitFlags): { quota?: number | undefined; period?: number | undefined } {
  if (flags.cpus === undefined) {
    return {
      quota: integer(flags.cpuQuota, "--cpu-quota", -1, microsecondsMax),
      period: integer(flags.cpuPeriod, "--cpu-period", 1, microsecondsMax),
    };
  }
  if (flags.cpuQuota !== undefined || flags.cpuPeriod !== undefined) {
    throw usageError(
      "Cannot use --cpus with --cpu-quota or --cpu-period: it sets both",
      "ERR_INVALID_FLAG",
    );
  }
  const quota = Math.round(Number(flags.cpus) * cpusPeriod);
  // The kernel takes no quota below a millisecond.
  if (!(/^\d*\.?\d+$/.test(flags.cpus) && quota >= 1000 && quota <= microsecondsMax)) {
    throw usageError(
      `Cannot use "${flags.cpus}" for --cpus: it is no number of CPUs`,
      "ERR_INVALID_FLAG",
      "Write a number of 0.01 or more, for example 1.5",
    );
  }
  return { quota, period: cpusPeriod };
}

function size(text: string | undefined, flag: string): number | undefined {
  return text === undefined ? undefined : parseSizeLimit(text, flag);
}

function integer(
  text: string | undefined,
  flag: string,
  min: number,
  max: number,
): number | undefined {
  return text === undefined ? undefined : parseInteger(text, flag, { min, max });
}

/** The fields that have a value. */
type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}
