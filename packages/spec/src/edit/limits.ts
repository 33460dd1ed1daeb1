import type { Config } from "../config/config.ts";
import type { LinuxMemory } from "../config/linux/resources/memory.ts";
import { editError, editResources, omit } from "./parts.ts";

/** Options of {@linkcode withMemoryLimit}. */
export interface MemoryLimitOptions {
  /**
   * Swap that may be used beside the memory, in bytes; 0 for none, -1 for any amount. Default: what
   * the configuration allowed until now.
   */
  readonly swap?: number;
}

/**
 * Returns a configuration with a limit of memory.
 *
 * The specification's `swap` is the sum of memory and swap, which may not be below the limit: it is
 * kept in step here. A reservation above the limit is lowered to it.
 *
 * @param bytes the limit, or -1 for none
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for what is no such number.
 *
 * @example
 * ```ts
 * import { defaultConfig, withMemoryLimit } from "@ctr/spec";
 *
 * const config = withMemoryLimit(defaultConfig(), 64 * 2 ** 20, { swap: 0 });
 * console.log(config.linux?.resources?.memory); // { limit: 67108864, swap: 67108864 }
 * ```
 */
export function withMemoryLimit(
  config: Config,
  bytes: number,
  options: MemoryLimitOptions = {},
): Config {
  const before = config.linux?.resources?.memory ?? {};
  const beside = options.swap ?? swapBeside(before);
  checkCount(bytes, 1, "memory", "memory");
  checkCount(beside ?? 0, 0, "swap", "memory");
  const swap = beside === -1 || bytes === -1 ? -1 : bytes + (beside ?? 0);
  const { reservation } = before;
  const memory: LinuxMemory = {
    ...omit(before, "swap"),
    limit: bytes,
    ...(beside === undefined ? {} : { swap }),
    ...(reservation !== undefined && bytes !== -1 && reservation > bytes
      ? { reservation: bytes }
      : {}),
  };
  return editResources(config, { memory });
}

/** Returns how much swap is allowed beside the memory, -1 for any amount, if it is said. */
function swapBeside({ limit, swap }: LinuxMemory): number | undefined {
  if (swap === undefined || swap === 0) {
    return undefined;
  }
  return swap === -1 || limit === -1 ? -1 : Math.max(swap - (limit ?? swap), 0);
}

const periodDefault = 100_000;
const periodMax = 1_000_000;
const quotaMin = 1000;
/** The kernel's MAX_BW: 44 bits of microseconds. */
const quotaMax = 2 ** 44 - 1;

/**
 * Returns a configuration with a limit of CPU time.
 *
 * The length of the period stays, or is the kernel's default, unless the limit is too small for it: the
 * kernel takes no quota below 1 ms. A burst above the quota is lowered to it.
 *
 * @param cpus how many CPUs' time may be used, such as 1.5, at least 0.001; infinity for no limit
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for what is no such number.
 *
 * @example
 * ```ts
 * import { defaultConfig, withCpuLimit } from "@ctr/spec";
 *
 * const config = withCpuLimit(defaultConfig(), 0.5);
 * console.log(config.linux?.resources?.cpu); // { period: 100000, quota: 50000 }
 * ```
 */
export function withCpuLimit(config: Config, cpus: number): Config {
  const { period: given, burst, ...rest } = config.linux?.resources?.cpu ?? {};
  // Runtimes take a period of 0 for none.
  const periodBefore = given === undefined || given === 0 ? periodDefault : given;
  const isSmallEnough = cpus === Number.POSITIVE_INFINITY || cpus * periodBefore <= quotaMax;
  if (!(isSmallEnough && cpus * periodMax >= quotaMin)) {
    throw editError(
      `Cannot limit the CPU time to ${cpus} CPUs: allowed is a number from 0.001, or infinity for no limit`,
      "/linux/resources/cpu",
    );
  }
  if (cpus === Number.POSITIVE_INFINITY) {
    return editResources(config, { cpu: { ...rest, period: periodBefore, quota: -1 } });
  }
  const period = cpus * periodBefore < quotaMin ? periodMax : periodBefore;
  const quota = Math.round(cpus * period);
  const bursts = burst === undefined ? {} : { burst: Math.min(burst, quota) };
  return editResources(config, { cpu: { ...rest, ...bursts, period, quota } });
}

/**
 * Returns a configuration with a limit of tasks, that is processes and threads.
 *
 * @param count the limit, or -1 for none. 0 is refused: runtimes took it as no limit, and now as none
 * at all.
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for what is no such number.
 */
export function withPidsLimit(config: Config, count: number): Config {
  checkCount(count, 1, "tasks", "pids");
  return editResources(config, { pids: { ...config.linux?.resources?.pids, limit: count } });
}

function checkCount(count: number, least: number, what: string, part: "memory" | "pids"): void {
  if (count !== -1 && !(Number.isSafeInteger(count) && count >= least)) {
    throw editError(
      `Cannot limit ${what} to ${count}: allowed is an integer from ${least}, or -1 for no limit`,
      `/linux/resources/${part}`,
    );
  }
}
