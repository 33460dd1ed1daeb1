import { describe, expect, test } from "bun:test";
import { FakeCgroupfs } from "../../../test/fake-cgroupfs.ts";
import { type Cgroup, createCgroup, detectCgroupLayout } from "../index.ts";
import { add, multiply, parseKeyed, parseUint64, stringifyStats, uint64Max } from "./uint64.ts";

function cgroup(mode: "v1" | "v2"): { readonly kernel: FakeCgroupfs; readonly cgroup: Cgroup } {
  const kernel = new FakeCgroupfs({ mode });
  const layout = detectCgroupLayout(kernel);
  return { kernel, cgroup: createCgroup(kernel, layout, { id: "c", rootless: false }) };
}

describe("Cgroup.stats()", () => {
  test("reads the figures of version 1 as runc shows them", () => {
    expect(cgroup("v1").cgroup.stats()).toEqual({
      cpu: {
        usage: {
          total: 5_000_000,
          percpu: [2_000_000, 3_000_000],
          percpu_kernel: [500_000, 1_000_000],
          percpu_user: [1_500_000, 2_000_000],
          kernel: 20_000_000,
          user: 30_000_000,
        },
        throttling: { periods: 3, throttledPeriods: 2, throttledTime: 1000 },
      },
      cpuset: {
        cpus: [0, 1, 2, 3],
        cpu_exclusive: 0,
        mems: [0],
        mem_hardwall: 0,
        mem_exclusive: 0,
        memory_migrate: 0,
        memory_spread_page: 0,
        memory_spread_slab: 0,
        memory_pressure: 0,
        sched_load_balance: 1,
        sched_relax_domain_level: -1,
      },
      memory: {
        cache: 4096,
        usage: { limit: 9_223_372_036_854_771_712n, usage: 1_048_576, max: 2_097_152, failcnt: 7 },
        swap: { limit: 9_223_372_036_854_771_712n, usage: 1_048_576, max: 2_097_152, failcnt: 0 },
        raw: { cache: 4096, rss: 8192 },
      },
      pids: { current: 2 },
      blkio: {
        ioServiceBytesRecursive: [
          { major: 8, op: "Read", value: 4096 },
          { major: 8, op: "Write", value: 8192 },
        ],
        ioServicedRecursive: [
          { major: 8, op: "Read", value: 4 },
          { major: 8, op: "Write", value: 5 },
        ],
      },
      hugetlb: {},
      rdma: {
        limit: [{ device: "mlx5", hcaHandles: uint64Max, hcaObjects: uint64Max }],
        current: [{ device: "mlx5", hcaHandles: 1, hcaObjects: 2 }],
      },
    });
  });

  test("reads the figures of version 2 in the units of version 1", () => {
    const { kernel, cgroup: made } = cgroup("v2");
    kernel.make("c/x");
    made.apply({ memory: { limit: 1 << 20, swap: 3 << 20 }, pids: { limit: 9 } });
    const { cpu, memory, pids, blkio } = made.stats();
    expect(cpu).toEqual({
      usage: { total: 5_000_000, kernel: 2_000_000, user: 3_000_000 },
      throttling: { periods: 3, throttledPeriods: 2, throttledTime: 1000 },
    });
    expect(memory).toEqual({
      cache: 4096,
      usage: { limit: 1 << 20, usage: 1_048_576, max: 2_097_152, failcnt: 0 },
      swap: { limit: 3 << 20, usage: 1_052_672, failcnt: 0 },
      raw: { anon: 8192, file: 4096 },
      psi: {
        some: { avg10: 1.5, avg60: 0, avg300: 0, total: 12 },
        full: { avg10: 0, avg60: 0, avg300: 0, total: 5 },
      },
    });
    expect(pids).toEqual({ current: 2, limit: 9 });
    expect(blkio).toEqual({
      ioServiceBytesRecursive: [
        { major: 8, op: "Read", value: 4096 },
        { major: 8, op: "Write", value: 8192 },
      ],
      ioServicedRecursive: [
        { major: 8, op: "Read", value: 4 },
        { major: 8, op: "Write", value: 5 },
      ],
    });
  });

  test("counts processes where the pids controller is missing", () => {
    const { kernel, cgroup: made } = cgroup("v2");
    kernel.override("c", { "pids.current": undefined, "cgroup.procs": "4\n5\n6\n" });
    expect(made.stats().pids).toEqual({ current: 3 });
  });

  test.each(["v1", "v2"] as const)("fails when the cgroup is gone on %s", async (mode) => {
    const { cgroup: made } = cgroup(mode);
    await made.delete();
    expect(() => made.stats()).toThrow("it does not exist any more");
  });
});

describe("64-bit counts", () => {
  test("are numbers while those are exact", () => {
    expect(parseUint64("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseUint64("9007199254740992")).toBe(9_007_199_254_740_992n);
    expect(parseUint64("max\n")).toBe(18_446_744_073_709_551_615n);
    expect(parseUint64("-1")).toBe(0);
    expect(add(Number.MAX_SAFE_INTEGER, 1)).toBe(9_007_199_254_740_992n);
    expect(multiply(2 ** 50, 1000)).toBe(1_125_899_906_842_624_000n);
  });

  test("keep their digits in JSON", () => {
    expect(stringifyStats({ a: [parseUint64("max")], b: 1, c: "x" })).toBe(
      '{"a":[18446744073709551615],"b":1,"c":"x"}',
    );
  });

  test("parseKeyed() leaves out lines without a value", () => {
    expect(parseKeyed("a 1\n\nb\nc max\n")).toEqual({ a: 1, c: uint64Max });
  });
});
