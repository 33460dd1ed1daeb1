import { expect, test } from "bun:test";
import { type LimitFlags, limitsOf } from "./limits.ts";

const limits = (flags: Partial<LimitFlags>): object => limitsOf({ _: [], ...flags } as LimitFlags);

test("limitsOf() names only what was given", () => {
  expect(limits({})).toEqual({});
  expect(limits({ memory: "512m" })).toEqual({ memory: { limit: 536_870_912 } });
  expect(limits({ memory: "-1", memorySwap: "max" })).toEqual({ memory: { limit: -1, swap: -1 } });
  expect(limits({ pidsLimit: "100", blkioWeight: "500" })).toEqual({
    pids: { limit: 100 },
    blockIO: { weight: 500 },
  });
  expect(limits({ cpusetCpus: "0-3,7", cpuShare: "512" })).toEqual({
    cpu: { cpus: "0-3,7", shares: 512 },
  });
});

test("limitsOf() makes a quota of CPUs", () => {
  expect(limits({ cpus: "1.5" })).toEqual({ cpu: { quota: 150_000, period: 100_000 } });
  expect(limits({ cpus: ".5" })).toEqual({ cpu: { quota: 50_000, period: 100_000 } });
  expect(() => limits({ cpus: "0" })).toThrow("no number of CPUs");
  expect(() => limits({ cpus: "1e2" })).toThrow("no number of CPUs");
  expect(() => limits({ cpus: "1", cpuQuota: "5" })).toThrow("it sets both");
});

test("limitsOf() refuses what is out of bounds", () => {
  expect(() => limits({ blkioWeight: "5" })).toThrow("10 to 1000");
  expect(() => limits({ cpuShare: "1" })).toThrow("2 to 262144");
  expect(() => limits({ memory: "lots" })).toThrow("no number of bytes");
});
