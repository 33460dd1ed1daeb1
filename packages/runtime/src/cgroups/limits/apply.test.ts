import { describe, expect, test } from "bun:test";
import type { ContainerError, LinuxResources } from "@ctr/spec";
import { FakeCgroupfs } from "../../../test/fake-cgroupfs.ts";
import { applyLimits, type CgroupPaths } from "./apply.ts";
import { ioWeight } from "./block-io.ts";
import { cpuWeight } from "./cpu.ts";

type Files = Readonly<Record<string, string | undefined>>;

function machine(
  version: 1 | 2,
  overrides: Readonly<Record<string, Files>> = {},
): {
  readonly kernel: FakeCgroupfs;
  readonly apply: (resources: LinuxResources) => [string, string][];
} {
  const kernel = new FakeCgroupfs({ mode: version === 1 ? "v1" : "v2" });
  const paths: Record<string, string> = {};
  if (version === 2) {
    kernel.directories
      .get("/sys/fs/cgroup")
      ?.set("cgroup.subtree_control", "cpu cpuset memory io pids hugetlb rdma");
    kernel.make("c");
    paths[""] = "/sys/fs/cgroup/c";
  } else {
    for (const directory of [...kernel.directories.keys()]) {
      const name = directory.slice("/sys/fs/cgroup/".length);
      kernel.make(`${name}/c`);
      paths[name] = `${directory}/c`;
    }
  }
  for (const [directory, files] of Object.entries(overrides)) kernel.override(directory, files);
  const apply = (resources: LinuxResources): [string, string][] => {
    const from = kernel.writes.length;
    applyLimits(kernel, paths satisfies CgroupPaths, version, resources);
    return kernel.writes.slice(from).map(([path, text]) => [path.replace(/(^|\/)c\//, "$1"), text]);
  };
  return { kernel, apply };
}

const failure = (run: () => unknown): ContainerError => {
  try {
    run();
  } catch (error) {
    return error as ContainerError;
  }
  throw new Error("it did not fail");
};

describe("applyLimits() on version 1", () => {
  const cases: [string, LinuxResources, [string, string][]][] = [
    ["nothing", {}, []],
    [
      "zeros, which engines send for none",
      {
        memory: { limit: 0, swap: 0, reservation: 0 },
        cpu: { shares: 0, quota: 0, period: 0, cpus: "" },
        blockIO: { weight: 0 },
        network: { classID: 0 },
      },
      [],
    ],
    [
      "memory",
      {
        memory: {
          limit: 100,
          reservation: 50,
          kernel: 60,
          swappiness: 0,
          disableOOMKiller: true,
          useHierarchy: true,
        },
      },
      [
        ["memory/memory.limit_in_bytes", "100"],
        ["memory/memory.soft_limit_in_bytes", "50"],
        ["memory/memory.oom_control", "1"],
        ["memory/memory.swappiness", "0"],
      ],
    ],
    [
      "memory before swap when both shrink",
      { memory: { limit: 100, swap: 200 } },
      [
        ["memory/memory.limit_in_bytes", "100"],
        ["memory/memory.memsw.limit_in_bytes", "200"],
      ],
    ],
    [
      "no limit of memory, which is none of swap",
      { memory: { limit: -1 } },
      [
        ["memory/memory.memsw.limit_in_bytes", "-1"],
        ["memory/memory.limit_in_bytes", "-1"],
      ],
    ],
    ["swappiness that is not given", { memory: { swappiness: 2 ** 64 } }, []],
    [
      "cpu",
      { cpu: { shares: 512, quota: 50_000, period: 200_000, burst: 0, idle: 1 } },
      [
        ["cpu/cpu.shares", "512"],
        ["cpu/cpu.cfs_period_us", "200000"],
        ["cpu/cpu.cfs_burst_us", "0"],
        ["cpu/cpu.cfs_quota_us", "50000"],
        ["cpu/cpu.idle", "1"],
      ],
    ],
    [
      "real-time cpu",
      { cpu: { realtimeRuntime: 950, realtimePeriod: 1000 } },
      [
        ["cpu/cpu.rt_period_us", "1000"],
        ["cpu/cpu.rt_runtime_us", "950"],
      ],
    ],
    [
      "cpuset",
      { cpu: { cpus: "0-1", mems: "0" } },
      [
        ["cpuset/cpuset.cpus", "0-1"],
        ["cpuset/cpuset.mems", "0"],
      ],
    ],
    ["pids", { pids: { limit: 7 } }, [["pids/pids.max", "7"]]],
    ["no limit of pids", { pids: { limit: -1 } }, [["pids/pids.max", "max"]]],
    ["no more pids than init", { pids: { limit: 0 } }, [["pids/pids.max", "1"]]],
    [
      "block I/O",
      {
        blockIO: {
          weight: 500,
          weightDevice: [{ major: 8, minor: 0, weight: 700 }],
          throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
          throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 10 }],
        },
      },
      [
        ["blkio/blkio.bfq.weight", "500"],
        ["blkio/blkio.bfq.weight_device", "8:0 700"],
        ["blkio/blkio.throttle.read_bps_device", "8:0 1024"],
        ["blkio/blkio.throttle.write_iops_device", "8:16 10"],
      ],
    ],
    [
      "huge pages",
      { hugepageLimits: [{ pageSize: "2MB", limit: 4_194_304 }] },
      [
        ["hugetlb/hugetlb.2MB.limit_in_bytes", "4194304"],
        ["hugetlb/hugetlb.2MB.rsvd.limit_in_bytes", "4194304"],
      ],
    ],
    [
      "network",
      {
        network: {
          classID: 0x100001,
          priorities: [
            { name: "eth0", priority: 5 },
            { name: "lo", priority: 0 },
          ],
        },
      },
      [
        ["net_cls/net_cls.classid", "1048577"],
        ["net_prio/net_prio.ifpriomap", "eth0 5"],
        ["net_prio/net_prio.ifpriomap", "lo 0"],
      ],
    ],
    [
      "rdma",
      { rdma: { mlx5: { hcaHandles: 3, hcaObjects: 0 }, other: { hcaObjects: 9 } } },
      [
        ["rdma/rdma.max", "mlx5 hca_handle=3 hca_object=0"],
        ["rdma/rdma.max", "other hca_object=9"],
      ],
    ],
  ];
  test.each(cases)("sets %s", (_, resources, expected) => {
    expect(machine(1).apply(resources)).toEqual(expected);
  });

  test("limits TCP buffers", () => {
    const file = "memory.kmem.tcp.limit_in_bytes";
    const { apply } = machine(1, { "memory/c": { [file]: "9223372036854771712" } });
    expect(apply({ memory: { kernelTCP: 70 } })).toEqual([[`memory/${file}`, "70"]]);
    expect(apply({ memory: { kernelTCP: 0 } })).toEqual([]);
  });

  test("raises swap before memory when both grow, and the other way round", () => {
    const { apply } = machine(1);
    apply({ memory: { limit: 100, swap: 200 } });
    expect(apply({ memory: { limit: 300, swap: 400 } })[0]?.[0]).toBe(
      "memory/memory.memsw.limit_in_bytes",
    );
    expect(apply({ memory: { limit: 10, swap: 20 } })[0]?.[0]).toBe("memory/memory.limit_in_bytes");
    expect(apply({ memory: { limit: 5000, swap: -1 } })[0]?.[0]).toBe(
      "memory/memory.memsw.limit_in_bytes",
    );
  });

  test("leaves swap alone where the kernel does not count it", () => {
    const { apply } = machine(1, { "memory/c": { "memory.memsw.limit_in_bytes": undefined } });
    expect(apply({ memory: { limit: -1 } })).toEqual([["memory/memory.limit_in_bytes", "-1"]]);
  });

  test("writes period and burst again after the quota when they depend on it", () => {
    const { kernel, apply } = machine(1, { "cpu/c": { "cpu.cfs_quota_us": "1000" } });
    kernel.refuse = (call, path, text) =>
      call === "write" &&
      path.endsWith("cfs_period_us") &&
      text === "5000" &&
      kernel.file("cpu/c/cpu.cfs_quota_us") === "1000"
        ? "EINVAL"
        : undefined;
    expect(apply({ cpu: { period: 5000, quota: 4000, burst: 3000 } })).toEqual([
      ["cpu/cpu.cfs_quota_us", "4000"],
      ["cpu/cpu.cfs_period_us", "5000"],
      ["cpu/cpu.cfs_burst_us", "3000"],
    ]);
    expect(kernel.file("cpu/c/cpu.cfs_burst_us")).toBe("3000");
  });

  test("prefers blkio.weight of the older schedulers", () => {
    const { apply } = machine(1, {
      "blkio/c": { "blkio.weight": "500", "blkio.leaf_weight": "500" },
    });
    expect(apply({ blockIO: { weight: 10, leafWeight: 20 } })).toEqual([
      ["blkio/blkio.weight", "10"],
      ["blkio/blkio.leaf_weight", "20"],
    ]);
  });

  const refusals: [LinuxResources, string, string][] = [
    [
      { cpu: { shares: 1 } },
      "Cannot set the CPU shares (linux.resources.cpu.shares) to 1: the lowest that the kernel takes is 2",
      "/linux/resources/cpu/shares",
    ],
    [
      { cpu: { shares: 300_000 } },
      "Cannot set the CPU shares (linux.resources.cpu.shares) to 300000: the highest that the kernel takes is 262144",
      "/linux/resources/cpu/shares",
    ],
    [
      { memory: { swappiness: 101 } },
      "Cannot set the swappiness (linux.resources.memory.swappiness) to 101: it goes from 0 to 100",
      "/linux/resources/memory/swappiness",
    ],
    [
      { memory: { limit: 4096, checkBeforeUpdate: true } },
      "Cannot set the memory limit (linux.resources.memory.limit) to 4096: rejecting memory limit: 1048576 bytes are in use",
      "/linux/resources/memory/limit",
    ],
    [
      {
        hugepageLimits: [
          { pageSize: "2MB", limit: 0 },
          { pageSize: "3MB", limit: 0 },
        ],
      },
      "Cannot set the limit of 3MB pages (linux.resources.hugepageLimits[1].limit) to 0: there is no /sys/fs/cgroup/hugetlb/c/hugetlb.3MB.limit_in_bytes",
      "/linux/resources/hugepageLimits/1/limit",
    ],
    [
      { unified: { "memory.high": "1" } },
      "Cannot set control files of cgroup v2 (linux.resources.unified): invalid configuration: this machine uses cgroup v1",
      "/linux/resources/unified",
    ],
  ];
  test.each(refusals)("refuses %j", (resources, message, pointer) => {
    const error = failure(() => machine(1).apply(resources));
    expect(error.message).toBe(message);
    expect(error.pointer).toBe(pointer);
  });

  test("tells how much is in use when a memory limit is too low", () => {
    const { kernel, apply } = machine(1);
    kernel.refuse = (call) => (call === "write" ? "EBUSY" : undefined);
    const error = failure(() => apply({ memory: { limit: 1 } }));
    expect(error.message).toBe(
      "Cannot set the memory limit (linux.resources.memory.limit) to 1: EBUSY, 1048576 bytes are in use (peak: 2097152)",
    );
    expect(error.kind).toBe("conflict");
  });
});

describe("applyLimits() on version 2", () => {
  const cases: [string, LinuxResources, [string, string][]][] = [
    ["nothing", {}, []],
    [
      "zeros, which engines send for none",
      { memory: { limit: 0, swap: 0 }, cpu: { shares: 0, quota: 0, period: 0 } },
      [],
    ],
    [
      "memory, and swap without it",
      { memory: { limit: 100, swap: 300, reservation: 50, kernel: 60, kernelTCP: 70 } },
      [
        ["memory.swap.max", "200"],
        ["memory.max", "100"],
        ["memory.low", "50"],
      ],
    ],
    [
      "no swap",
      { memory: { limit: 100, swap: 100 } },
      [
        ["memory.swap.max", "0"],
        ["memory.max", "100"],
      ],
    ],
    [
      "no limit of memory, which is none of swap",
      { memory: { limit: -1 } },
      [
        ["memory.swap.max", "max"],
        ["memory.max", "max"],
      ],
    ],
    ["swap without limit", { memory: { swap: -1 } }, [["memory.swap.max", "max"]]],
    [
      "what version 2 does not have",
      {
        memory: { swappiness: 10, disableOOMKiller: true },
        cpu: { realtimeRuntime: 10 },
        network: { classID: 1 },
      },
      [],
    ],
    ["shares as weight", { cpu: { shares: 1024 } }, [["cpu.weight", "100"]]],
    ["idle in place of a weight", { cpu: { shares: 1024, idle: 1 } }, [["cpu.idle", "1"]]],
    [
      "a quota with the period that is set",
      { cpu: { quota: 50_000 } },
      [["cpu.max", "50000 100000"]],
    ],
    [
      "a period with the quota that is set",
      { cpu: { period: 50_000 } },
      [["cpu.max", "max 50000"]],
    ],
    ["no quota", { cpu: { quota: -1, period: 10_000 } }, [["cpu.max", "max 10000"]]],
    [
      "a burst with the quota",
      { cpu: { quota: 50_000, burst: 20_000 } },
      [
        ["cpu.max.burst", "20000"],
        ["cpu.max", "50000 100000"],
      ],
    ],
    [
      "cpuset",
      { cpu: { cpus: "0", mems: "0" } },
      [
        ["cpuset.cpus", "0"],
        ["cpuset.mems", "0"],
      ],
    ],
    ["pids", { pids: { limit: 5 } }, [["pids.max", "5"]]],
    [
      "block I/O",
      {
        blockIO: {
          weight: 10,
          weightDevice: [{ major: 8, minor: 0, weight: 1000 }],
          throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
          throttleWriteBpsDevice: [{ major: 8, minor: 0 }],
          throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 3 }],
          throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 0 }],
        },
      },
      [
        ["io.weight", "1"],
        ["io.weight", "8:0 10000"],
        ["io.max", "8:0 rbps=1024"],
        ["io.max", "8:0 wbps=max"],
        ["io.max", "8:0 riops=3"],
        ["io.max", "8:0 wiops=max"],
      ],
    ],
    [
      "huge pages",
      { hugepageLimits: [{ pageSize: "2MB", limit: 4_194_304 }] },
      [
        ["hugetlb.2MB.max", "4194304"],
        ["hugetlb.2MB.rsvd.max", "4194304"],
      ],
    ],
    [
      "files by name, last and line by line",
      {
        unified: {
          "memory.high": "77",
          "io.max": "8:0 rbps=1\n8:16 rbps=2\n",
          "cgroup.freeze": "0",
        },
        memory: { limit: 100 },
      },
      [
        ["memory.max", "100"],
        ["memory.high", "77"],
        ["io.max", "8:0 rbps=1"],
        ["io.max", "8:16 rbps=2"],
        ["cgroup.freeze", "0"],
      ],
    ],
  ];
  test.each(cases)("sets %s", (_, resources, expected) => {
    expect(machine(2).apply(resources)).toEqual(expected);
  });

  test("uses the weights of BFQ where they are", () => {
    const { apply } = machine(2, { c: { "io.bfq.weight": "default 100" } });
    expect(
      apply({ blockIO: { weight: 300, weightDevice: [{ major: 8, minor: 0, weight: 20 }] } }),
    ).toEqual([
      ["io.bfq.weight", "300"],
      ["io.bfq.weight", "8:0 20"],
    ]);
  });

  test("needs no swap in the kernel to have none, or no limit of it", () => {
    const { apply } = machine(2, { c: { "memory.swap.max": undefined } });
    expect(apply({ memory: { limit: 100, swap: 100 } })).toEqual([["memory.max", "100"]]);
    expect(apply({ memory: { limit: 100, swap: -1 } })).toEqual([["memory.max", "100"]]);
    expect(() => apply({ memory: { limit: 100, swap: 200 } })).toThrow(
      "there is no /sys/fs/cgroup/c/memory.swap.max",
    );
  });

  test("writes the burst again after the quota when it depends on it", () => {
    const { apply } = machine(2, { c: { "cpu.max": "1000 100000" } });
    expect(apply({ cpu: { quota: 50_000, burst: 20_000 } })).toEqual([
      ["cpu.max", "50000 100000"],
      ["cpu.max.burst", "20000"],
    ]);
    expect(() => apply({ cpu: { burst: 60_000 } })).toThrow("EINVAL");
  });

  const refusals: [LinuxResources, string][] = [
    [
      { memory: { swap: 100 } },
      "Cannot set the limit of memory and swap (linux.resources.memory.swap) to 100: it counts memory too, whose limit is not given",
    ],
    [
      { memory: { swap: 100, limit: 200 } },
      "Cannot set the limit of memory and swap (linux.resources.memory.swap) to 100: it is below the memory limit of 200",
    ],
    [
      { memory: { limit: 4096, swap: -1, checkBeforeUpdate: true } },
      "Cannot set the memory limit (linux.resources.memory.limit) to 4096: rejecting memory limit: 1048576 bytes are in use",
    ],
    [
      { unified: { "../memory.max": "1" } },
      'Cannot set the value of ../memory.max (linux.resources.unified["../memory.max"]) to "1": it is not the name of a control file',
    ],
    [
      { unified: { memory: "1" } },
      'Cannot set the value of memory (linux.resources.unified["memory"]) to "1": it is not the name of a control file',
    ],
    [
      { unified: { "nosuch.max": "1" } },
      'Cannot set the value of nosuch.max (linux.resources.unified["nosuch.max"]) to 1: there is no /sys/fs/cgroup/c/nosuch.max',
    ],
  ];
  test.each(refusals)("refuses %j", (resources, message) => {
    expect(failure(() => machine(2).apply(resources)).message).toBe(message);
  });

  test.each([
    ["EINVAL", "invalid", "invalid argument"],
    ["EBUSY", "conflict", "device or resource busy"],
    ["EACCES", "forbidden", "permission denied"],
    ["ENODEV", "notFound", "no such device"],
    ["EOPNOTSUPP", "unsupported", "operation not supported"],
    ["EIO", "internal", "input/output error"],
  ] as const)("explains %s", (errno, kind, words) => {
    const { kernel, apply } = machine(2);
    kernel.refuse = (call) => (call === "write" ? errno : undefined);
    const error = failure(() => apply({ cpu: { cpus: "9" } }));
    expect(error.message).toBe(
      `Cannot set the CPUs (linux.resources.cpu.cpus) to 9: ${words} (${errno}) from /sys/fs/cgroup/c/cpuset.cpus`,
    );
    expect(error.kind).toBe(kind);
  });
});

describe("conversions", () => {
  test("cpuWeight() meets both ends and the default", () => {
    expect([0, 2, 1024, 262_144, 999_999].map(cpuWeight)).toEqual([1, 1, 100, 10_000, 10_000]);
    const weights = Array.from({ length: 262_143 }, (_, index) => cpuWeight(index + 2));
    expect(weights.every((weight, index) => weight >= (weights[index - 1] ?? 1))).toBe(true);
  });

  test("ioWeight() meets both ends", () => {
    expect([10, 100, 1000].map(ioWeight)).toEqual([1, 910, 10_000]);
  });
});
