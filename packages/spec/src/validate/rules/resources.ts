import type { Config } from "../../config/config.ts";
import type { LinuxThrottleDevice } from "../../config/linux/resources/block-io.ts";
import { findDuplicates, isNumberList, type RuleContext, type RuleGroup } from "../rule.ts";

const throttles = [
  "throttleReadBpsDevice",
  "throttleWriteBpsDevice",
  "throttleReadIOPSDevice",
  "throttleWriteIOPSDevice",
] as const;

function checkThrottles(
  devices: readonly LinuxThrottleDevice[],
  key: (typeof throttles)[number],
  report: RuleContext["report"],
): void {
  for (const [index, device] of devices.entries()) {
    if (device.rate === undefined) {
      report(["linux", "resources", "blockIO", key, index, "rate"], { allowed: "a rate" });
    }
  }
}

function memoryPart({ linux }: Config): unknown {
  return linux?.resources?.memory;
}

function cpuPart({ linux }: Config): unknown {
  return linux?.resources?.cpu;
}

/** Rules about `linux.resources`, but for devices. */
export function resourceRules(): readonly RuleGroup[] {
  const root = ["linux", "resources"] as const;
  return [
    {
      part: memoryPart,
      rules: () => [
        {
          name: "memory-limits",
          section: "config-linux.md, Memory",
          sentence: "Values for memory specify the limit in bytes, or `-1` for unlimited memory.",
          level: "error",
          platforms: ["linux"],
          find: function memoryLimits({ config, report }) {
            const memory = config.linux?.resources?.memory;
            for (const key of ["limit", "reservation", "swap", "kernel", "kernelTCP"] as const) {
              if ((memory?.[key] ?? 0) < -1) {
                report([...root, "memory", key], { allowed: "bytes, or -1" });
              }
            }
          },
        },
        {
          name: "memory-swap",
          section: "config-linux.md, Memory",
          sentence: "`swap` (int64, OPTIONAL) - sets limit of memory+Swap usage",
          level: "error",
          platforms: ["linux"],
          find: function memorySwap({ config, report }) {
            const { limit = 0, swap = 0 } = config.linux?.resources?.memory ?? {};
            if (swap > 0 && limit > swap) {
              report([...root, "memory", "swap"], { allowed: `at least the limit, ${limit}` });
            } else if (swap > 0 && limit === -1) {
              report([...root, "memory", "swap"], { allowed: "-1, since the limit is" });
            }
          },
        },
        {
          name: "memory-swap-limit",
          section: "cgroup-v1/memory.txt, memory.memsw.limit_in_bytes",
          sentence:
            "The limit of memory and swap cannot be below that of memory, which is unlimited.",
          level: "warning",
          platforms: ["linux"],
          find: function memorySwapLimit({ config, report }) {
            const { limit = 0, swap = 0 } = config.linux?.resources?.memory ?? {};
            if (swap > 0 && limit === 0) {
              report([...root, "memory", "limit"], {
                allowed: "a limit, since there is one with swap",
              });
            }
          },
        },
        {
          name: "memory-reservation",
          section: "config-linux.md, Memory",
          sentence: "`reservation` (int64, OPTIONAL) - sets soft limit of memory usage",
          level: "warning",
          platforms: ["linux"],
          find: function memoryReservation({ config, report }) {
            const { limit = 0, reservation = 0 } = config.linux?.resources?.memory ?? {};
            if (limit > 0 && reservation > limit) {
              report([...root, "memory", "reservation"], { allowed: `up to the limit, ${limit}` });
            }
          },
        },
      ],
    },
    {
      part: memoryPart,
      rules: () => [
        {
          name: "memory-swappiness",
          section: "config-linux.md, Memory",
          sentence: "The values are from 0 to 100. Higher means more swappy.",
          level: "error",
          platforms: ["linux"],
          find: function memorySwappiness({ config, report }) {
            if ((config.linux?.resources?.memory?.swappiness ?? 0) > 100) {
              report([...root, "memory", "swappiness"], { allowed: "0 to 100" });
            }
          },
        },
        {
          name: "memory-kernel",
          section: "config-linux.md, Memory",
          sentence:
            "`kernel` (int64, OPTIONAL, NOT RECOMMENDED) - sets hard limit for kernel memory",
          level: "note",
          platforms: ["linux"],
          find: function memoryKernel({ config, report }) {
            for (const key of ["kernel", "kernelTCP"] as const) {
              if ((config.linux?.resources?.memory?.[key] ?? -1) > 0) {
                report([...root, "memory", key], { allowed: "nothing: it is not recommended" });
              }
            }
          },
        },
      ],
    },
    {
      part: cpuPart,
      rules: () => [
        {
          name: "cpu-burst",
          section: "config-linux.md, CPU",
          sentence:
            "If specified, this value MUST be no larger than any positive `quota` (runtimes MAY " +
            "generate an error).",
          level: "error",
          platforms: ["linux"],
          find: function cpuBurst({ config, report }) {
            const { burst = 0, quota = 0 } = config.linux?.resources?.cpu ?? {};
            if (quota > 0 && burst > quota) {
              report([...root, "cpu", "burst"], { allowed: `up to the quota, ${quota}` });
            }
          },
        },
        {
          name: "cpu-period",
          section: "scheduler/sched-bwc.rst, Management",
          sentence:
            "`period` (uint64, OPTIONAL) - specifies a period of time in microseconds for how " +
            "regularly a cgroup's access to CPU resources should be reallocated (CFS scheduler only)",
          level: "warning",
          platforms: ["linux"],
          find: function cpuPeriod({ config, report }) {
            const { period = 0, quota = 0 } = config.linux?.resources?.cpu ?? {};
            if (period !== 0 && (period < 1000 || period > 1_000_000)) {
              report([...root, "cpu", "period"], { allowed: "1000 to 1000000 µs" });
            }
            if (quota > 0 && quota < 1000) {
              report([...root, "cpu", "quota"], { allowed: "at least 1000 µs" });
            }
          },
        },
        {
          name: "cpu-realtime",
          section: "config-linux.md, CPU",
          sentence:
            "`realtimePeriod` (uint64, OPTIONAL) - same as `period` but applies to realtime " +
            "scheduler only",
          level: "error",
          platforms: ["linux"],
          find: function cpuRealtime({ config, report }) {
            const { realtimePeriod = 0, realtimeRuntime = 0 } = config.linux?.resources?.cpu ?? {};
            if (realtimePeriod > 0 && realtimeRuntime > realtimePeriod) {
              report([...root, "cpu", "realtimeRuntime"], {
                allowed: `up to the period, ${realtimePeriod}`,
              });
            }
          },
        },
        {
          name: "cpu-idle",
          section: "config-linux.md, CPU",
          sentence:
            "`idle` (int64, OPTIONAL) - cgroups are configured with minimum weight, 0: default " +
            "behavior, 1: SCHED_IDLE.",
          level: "error",
          platforms: ["linux"],
          find: function cpuIdle({ config, report }) {
            if (![0, 1].includes(config.linux?.resources?.cpu?.idle ?? 0)) {
              report([...root, "cpu", "idle"], { allowed: "0 or 1" });
            }
          },
        },
      ],
    },
    {
      part: cpuPart,
      rules: () => [
        {
          name: "cpu-lists",
          section: "config-linux.md, CPU",
          sentence: "This is a comma-separated list, with dashes to represent ranges.",
          level: "error",
          platforms: ["linux"],
          find: function cpuLists({ config, report }) {
            for (const key of ["cpus", "mems"] as const) {
              if (!isNumberList(config.linux?.resources?.cpu?.[key] ?? "")) {
                report([...root, "cpu", key], { allowed: "a list such as 0-3,7" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources?.blockIO,
      rules: () => [
        {
          name: "block-io-weight-device",
          section: "config-linux.md, Block IO",
          sentence: "You MUST specify at least one of `weight` or `leafWeight` in a given entry",
          level: "error",
          platforms: ["linux"],
          find: function blockIoWeightDevice({ config, report }) {
            const devices = config.linux?.resources?.blockIO?.weightDevice ?? [];
            for (const [index, { weight, leafWeight }] of devices.entries()) {
              if (weight === undefined && leafWeight === undefined) {
                report([...root, "blockIO", "weightDevice", index], {
                  allowed: "weight or leafWeight",
                });
              }
            }
          },
        },
        {
          name: "block-io-rate",
          section: "config-linux.md, Block IO",
          sentence:
            "`rate` (uint64, REQUIRED) - bandwidth rate limit in bytes per second for the device",
          level: "error",
          platforms: ["linux"],
          find: function blockIoRate({ config, report }) {
            for (const key of throttles) {
              checkThrottles(config.linux?.resources?.blockIO?.[key] ?? [], key, report);
            }
          },
        },
        {
          name: "block-io-weight",
          section: "cgroup-v1/blkio-controller.txt, blkio.weight",
          sentence:
            "`weight` (uint16, OPTIONAL) - specifies per-cgroup weight; the kernel takes 10 to 1000.",
          level: "warning",
          platforms: ["linux"],
          find: function blockIoWeight({ config, report }) {
            const blockIo = config.linux?.resources?.blockIO;
            for (const key of ["weight", "leafWeight"] as const) {
              const weight = blockIo?.[key] ?? 0;
              if (weight !== 0 && (weight < 10 || weight > 1000)) {
                report([...root, "blockIO", key], { allowed: "10 to 1000" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources?.hugepageLimits,
      rules: () => [
        {
          name: "hugepage-size",
          section: "config-linux.md, Huge page limits",
          sentence:
            "The value has the format `<size><unit-prefix>B` (64KB, 2MB, 1GB), and must match the " +
            "`<hugepagesize>` of the corresponding control file",
          level: "error",
          platforms: ["linux"],
          find: function hugepageSize({ config, report }) {
            const limits = config.linux?.resources?.hugepageLimits ?? [];
            for (const [index, { pageSize }] of limits.entries()) {
              const size = Number.parseInt(pageSize, 10);
              if (!Number.isInteger(Math.log2(size)) || size >= 1024) {
                report([...root, "hugepageLimits", index, "pageSize"], {
                  allowed: "a power of two below 1024 in the unit, such as 2MB",
                });
              }
            }
            for (const index of findDuplicates(limits, ({ pageSize }) => pageSize)) {
              report([...root, "hugepageLimits", index, "pageSize"], { allowed: "each size once" });
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources?.pids,
      rules: () => [
        {
          name: "pids-limit",
          section: "config-linux.md, PIDs",
          sentence:
            "`limit` (int64, OPTIONAL) - specifies the maximum number of tasks in the cgroup, with " +
            "`-1` indicating no limit (`max`).",
          level: "error",
          platforms: ["linux"],
          find: function pidsLimit({ config, report }) {
            if ((config.linux?.resources?.pids?.limit ?? 0) < -1) {
              report([...root, "pids", "limit"], { allowed: "a number of tasks, or -1" });
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources?.rdma,
      rules: () => [
        {
          name: "rdma-limits",
          section: "config-linux.md, RDMA",
          sentence:
            "You MUST specify at least one of the `hcaHandles` or `hcaObjects` in a given entry, and " +
            "MAY specify both.",
          level: "error",
          platforms: ["linux"],
          find: function rdmaLimits({ config, report }) {
            for (const [name, limits] of Object.entries(config.linux?.resources?.rdma ?? {})) {
              if (limits.hcaHandles === undefined && limits.hcaObjects === undefined) {
                report([...root, "rdma", name], { allowed: "hcaHandles or hcaObjects" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources?.unified,
      rules: () => [
        {
          name: "unified-file",
          section: "config-linux.md, Unified",
          sentence: "Each key in the map refers to a file in the cgroup unified hierarchy.",
          level: "error",
          platforms: ["linux"],
          find: function unifiedFile({ config, report }) {
            for (const key of Object.keys(config.linux?.resources?.unified ?? {})) {
              if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/.test(key)) {
                report([...root, "unified", key], {
                  found: `the key ${JSON.stringify(key)}`,
                  allowed: "the name of a file such as memory.max",
                });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.resources,
      rules: () => [
        {
          name: "cgroup-supported",
          needsFeatures: true,
          section: "features-linux.md, Cgroup",
          sentence:
            "`rdma` (bool, OPTIONAL) represents whether the runtime supports RDMA cgroup controller.",
          level: "error",
          platforms: ["linux"],
          find: function cgroupSupported({ config, features, report }) {
            const has = features?.linux?.cgroup;
            const { rdma, unified } = config.linux?.resources ?? {};
            if (rdma !== undefined && has?.rdma === false) {
              report([...root, "rdma"], { allowed: "nothing: the runtime has no support for it" });
            }
            if (unified !== undefined && has?.v2 === false) {
              report([...root, "unified"], { allowed: "nothing: the runtime has no cgroup v2" });
            }
          },
        },
      ],
    },
  ];
}
