import type { LinuxMemory } from "@ctr/spec";
import { type ControlFiles, type LimitField, limitError } from "../control-files.ts";

const limitField: LimitField = { path: "memory.limit", name: "memory limit" };
const swapField: LimitField = { path: "memory.swap", name: "limit of memory and swap" };
const reservationField: LimitField = { path: "memory.reservation", name: "memory reservation" };
const tcpField: LimitField = { path: "memory.kernelTCP", name: "limit of TCP buffers" };
const swappinessField: LimitField = { path: "memory.swappiness", name: "swappiness" };
const oomField: LimitField = {
  path: "memory.disableOOMKiller",
  name: "handling of memory shortage",
};

const memoryFile = "memory.limit_in_bytes";
const swapFile = "memory.memsw.limit_in_bytes";

/**
 * Sets the limits of the memory controller of version 1. 0 is no limit given, as engines send it.
 *
 * `kernel` is left out, whose file Linux has ignored since 5.16, and `useHierarchy`, as all cgroups are hierarchical since
 * 5.11.
 *
 * @see Documentation/admin-guide/cgroup-v1/memory.rst of Linux
 */
export function applyMemoryV1(files: ControlFiles, memory: LinuxMemory): void {
  const limit = memory.limit ?? 0;
  // No limit of memory is meant to be none of both, where the kernel counts swap.
  const swap = memory.swap || (limit === -1 && files.has(swapFile) ? -1 : 0);
  checkBeforeUpdate(files, memory, "memory.usage_in_bytes");
  const setLimit = (): void => {
    if (limit !== 0) setMemoryLimit(files, limit);
  };
  const setSwap = (): void => {
    if (swap !== 0) files.set(swapFile, swap, swapField);
  };
  // The limit of both may never be below that of memory, not even between the two writes.
  const swapFirst =
    limit !== 0 &&
    swap !== 0 &&
    (swap === -1 || BigInt(files.readIfExists(memoryFile) ?? 0) < BigInt(swap));
  if (swapFirst) setSwap();
  setLimit();
  if (!swapFirst) setSwap();
  if (memory.reservation) {
    files.set("memory.soft_limit_in_bytes", memory.reservation, reservationField);
  }
  if (memory.kernelTCP) files.set("memory.kmem.tcp.limit_in_bytes", memory.kernelTCP, tcpField);
  if (memory.disableOOMKiller) files.set("memory.oom_control", 1, oomField);
  if (memory.swappiness !== undefined) setSwappiness(files, memory.swappiness);
}

/**
 * Sets the limits of the memory controller of version 2, where swap is counted apart.
 *
 * Swappiness and the OOM killer cannot be set in version 2; they are left out, as by runc. So are the limits of kernel
 * memory and TCP buffers, which count as memory there.
 *
 * @see Documentation/admin-guide/cgroup-v2.rst of Linux
 */
export function applyMemoryV2(files: ControlFiles, memory: LinuxMemory): void {
  checkBeforeUpdate(files, memory, "memory.current");
  const swap = swapAlone(memory);
  if (swap !== undefined) {
    const text = swap === -1 ? "max" : swap;
    // Without swap in the kernel there is nothing to limit, and "none" and "no limit" hold anyway.
    const tolerated = text === "max" || text === 0 ? (["ENOENT"] as const) : [];
    files.trySet("memory.swap.max", text, swapField, ...tolerated);
  }
  if (memory.limit) files.set("memory.max", maxOr(memory.limit), limitField);
  if (memory.reservation) files.set("memory.low", maxOr(memory.reservation), reservationField);
}

/** The limit of swap without memory, `undefined` when it is to stay as it is. */
function swapAlone({ limit = 0, swap = 0 }: LinuxMemory): number | undefined {
  if (swap === 0) return limit === -1 ? -1 : undefined;
  if (swap === -1 || limit === -1) return swap;
  if (limit === 0) {
    throw limitError(swapField, swap, "it counts memory too, whose limit is not given", "invalid", {
      hint: "Give linux.resources.memory.limit beside it",
    });
  }
  if (swap < limit) {
    throw limitError(swapField, swap, `it is below the memory limit of ${limit}`, "invalid", {
      hint: "It is the limit of memory and swap together",
    });
  }
  return swap - limit;
}

function maxOr(value: number): string | number {
  return value === -1 ? "max" : value;
}

function setMemoryLimit(files: ControlFiles, limit: number): void {
  if (files.trySet(memoryFile, limit, limitField, "EBUSY")) return;
  const usage = files.readIfExists("memory.usage_in_bytes");
  const peak = files.readIfExists("memory.max_usage_in_bytes");
  throw limitError(
    limitField,
    limit,
    `EBUSY, ${usage} bytes are in use (peak: ${peak})`,
    "conflict",
    {
      hint: "Give at least what the processes use, or end some first",
    },
  );
}

/** Refuses limits below what is in use, where the kernel would kill or, on version 2, take them silently. */
function checkBeforeUpdate(files: ControlFiles, memory: LinuxMemory, usageFile: string): void {
  if (!memory.checkBeforeUpdate) return;
  const usage = files.readIfExists(usageFile);
  if (usage === undefined) return;
  for (const [what, field, limit = 0] of [
    ["memory+swap limit", swapField, memory.swap],
    ["memory limit", limitField, memory.limit],
  ] as const) {
    if (limit > 0 && limit <= Number(usage)) {
      throw limitError(field, limit, `rejecting ${what}: ${usage} bytes are in use`, "conflict", {
        hint: "Give more, or leave out linux.resources.memory.checkBeforeUpdate",
      });
    }
  }
}

function setSwappiness(files: ControlFiles, swappiness: number): void {
  // What some engines send for "not given": -1, also as the unsigned number of 64 bits.
  if (swappiness === -1 || swappiness === 2 ** 64) return;
  if (swappiness > 100) {
    throw limitError(swappinessField, swappiness, "it goes from 0 to 100", "invalid");
  }
  files.set("memory.swappiness", swappiness, swappinessField);
}
