import { describe, expect, test } from "bun:test";
import type { LinuxResources } from "@ctr/spec";
import { propertiesOfAnnotations } from "./annotations.ts";
import { cpuListToBits } from "./cpu-list.ts";
import { propertiesOfDevices } from "./device-properties.ts";
import type { SystemdFacts } from "./facts.ts";
import { propertiesOfResources } from "./resource-properties.ts";
import { expandSlice, parseUnitName } from "./unit-name.ts";
import { parseVariantText } from "./variant-text.ts";

describe("parseUnitName()", () => {
  test("reads slice:prefix:name", () => {
    expect(parseUnitName("system.slice:docker:0123", "x")).toEqual({
      slice: "system.slice",
      unit: "docker-0123.scope",
    });
    expect(parseUnitName(":libpod:abc", "x")).toEqual({ unit: "libpod-abc.scope" });
    expect(parseUnitName(undefined, "redis")).toEqual({ unit: "bunc-redis.scope" });
  });

  test("escapes what units may not be named", () => {
    expect(parseUnitName(undefined, "a+b.c_d").unit).toBe("bunc-a\\x2bb.c_d.scope");
    expect(parseUnitName("a.slice:p:ü/x", "").unit).toBe("p-\\xc3\\xbc\\x2fx.scope");
  });

  test.each(["/system.slice/x", "a:b", "a.slice:b:", "a.slice:b:c:d"])("refuses %s", (path) => {
    expect(() => parseUnitName(path, "x")).toThrow(
      `Cannot use the cgroup "${path}" (linux.cgroupsPath) with systemd: it is not of the form slice:prefix:name`,
    );
  });

  test.each(["system", "a--b.slice", "-a.slice", "a/b.slice", ".slice"])(
    "refuses the slice %s",
    (slice) => {
      expect(() => parseUnitName(`${slice}:b:c`, "x")).toThrow(
        `"${slice}" is not the name of a slice`,
      );
    },
  );
});

describe("expandSlice()", () => {
  test.each([
    ["-.slice", ""],
    ["system.slice", "/system.slice"],
    [
      "kubepods-burstable-pod1.slice",
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice",
    ],
  ])("puts %s at %j", (slice, path) => {
    expect(expandSlice(slice)).toBe(path);
  });
});

describe("parseVariantText()", () => {
  test.each([
    ["5", "i", 5],
    ["-0x1F", "i", -31],
    ["1.5", "d", 1.5],
    ["double 2", "d", 2],
    ["uint64 18446744073709551615", "t", 18_446_744_073_709_551_615n],
    ["byte 255", "y", 255],
    ["true", "b", true],
    ["boolean false", "b", false],
    ["'it\\'s'", "s", "it's"],
    ['"a\\nb\\u0041"', "s", "a\nbA"],
    ["objectpath '/a'", "o", "/a"],
    [" [ 'a' , 'b' ] ", "as", ["a", "b"]],
    ["@as []", "as", []],
    ["@au [1, 2]", "au", [1, 2]],
    ["@t 7", "t", 7n],
    ["('a', uint32 1)", "(su)", ["a", 1]],
    [
      "[('a', 'b'), ('c', 'd')]",
      "a(ss)",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["@a(ss) []", "a(ss)", []],
    ["@a(st) [('a', 1)]", "a(st)", [["a", 1n]]],
  ])("reads %s", (text, signature, value) => {
    expect(parseVariantText(text)).toEqual({ signature, value });
  });

  test.each([
    ["", "the value is missing"],
    ["abc", 'unknown word "abc"'],
    ["'a", "unexpected"],
    ["5 6", 'unexpected "6"'],
    ["[]", "an empty array needs its type"],
    ["[1, 'a']", "is not of the type i"],
    ["[1 2]", 'expected "," or "]"'],
    ["byte 256", "256 is out of range"],
    ["2147483648", "2147483648 is out of range"],
    ["uint32 'a'", "is not of the type u"],
    ["@s true", "is not of the type s"],
    ["@(ss) ('a')", "is not of the type (ss)"],
    ["uint32 1.5", "is not of the type u"],
  ])("refuses %j", (text, why) => {
    expect(() => parseVariantText(text)).toThrow(why);
  });
});

describe("propertiesOfAnnotations()", () => {
  test("passes properties on, times in seconds as microseconds", () => {
    expect(
      propertiesOfAnnotations({
        "org.systemd.property.TimeoutStopUSec": "uint64 123456789",
        "org.systemd.property.TimeoutStartSec": "1.5",
        "org.systemd.property.CollectMode": "'inactive'",
        "org.other": "x",
      }),
    ).toEqual([
      { name: "TimeoutStopUSec", signature: "t", value: 123_456_789n },
      { name: "TimeoutStartUSec", signature: "t", value: 1_500_000n },
      { name: "CollectMode", signature: "s", value: "inactive" },
    ]);
  });

  test.each([
    [
      { "org.systemd.property.A-b": "1" },
      'Cannot use the annotation org.systemd.property.A-b: "A-b" is not the name of a property',
    ],
    [
      { "org.systemd.property.TimeoutStopSec": "'x'" },
      "a time in seconds is a number, not of the type s",
    ],
    [{ "org.systemd.property.TimeoutStopSec": "-1" }, "-1 seconds are out of range"],
    [{ "org.systemd.property.Foo": "bar" }, 'unknown word "bar"'],
  ])("refuses %j", (annotations, why) => {
    expect(() => propertiesOfAnnotations(annotations)).toThrow(why);
  });
});

describe("propertiesOfResources()", () => {
  const all = (
    resources: LinuxResources,
    facts: Partial<SystemdFacts> = {},
  ): Record<string, unknown> =>
    Object.fromEntries(
      propertiesOfResources(resources, { systemd: 255, cgroup: 2, ...facts }).map(
        ({ name, value }) => [name, value],
      ),
    );
  const unlimited = 18_446_744_073_709_551_615n;

  test("says what limits say on version 2", () => {
    const resources: LinuxResources = {
      memory: { limit: 100, swap: 300, reservation: 50 },
      cpu: { shares: 1024, quota: 50_000, period: 100_000, cpus: "0-1,9", mems: "0" },
      pids: { limit: -1 },
      blockIO: { weight: 100 },
    };
    expect(all(resources)).toEqual({
      MemoryMax: 100n,
      MemoryLow: 50n,
      MemorySwapMax: 200n,
      CPUWeight: 100n,
      CPUQuotaPeriodUSec: 100_000n,
      CPUQuotaPerSecUSec: 500_000n,
      AllowedCPUs: Buffer.from([3, 2]),
      AllowedMemoryNodes: Buffer.from([1]),
      TasksMax: unlimited,
    });
  });

  test("says it in the names of version 1", () => {
    const resources: LinuxResources = {
      memory: { limit: -1, swap: -1 },
      cpu: { shares: 512 },
      pids: { limit: 0 },
      blockIO: { weight: 100 },
    };
    expect(all(resources, { cgroup: 1 })).toEqual({
      MemoryLimit: unlimited,
      CPUShares: 512n,
      TasksMax: 1n,
      BlockIOWeight: 100n,
    });
  });

  test("rounds a quota up to whole percents, and takes none away", () => {
    expect(all({ cpu: { quota: 12_345, period: 50_000 } })["CPUQuotaPerSecUSec"]).toBe(250_000n);
    expect(all({ cpu: { quota: -1 } })).toEqual({ CPUQuotaPerSecUSec: unlimited });
    expect(all({ cpu: { period: 5000 } }, { systemd: 241 })).toEqual({
      CPUQuotaPerSecUSec: unlimited,
    });
  });

  test("writes idle as a weight of 0 where systemd knows it", () => {
    expect(all({ cpu: { idle: 1, shares: 1024 } })).toEqual({ CPUWeight: 0n });
    expect(all({ cpu: { idle: 1, shares: 1024 } }, { systemd: 251 })).toEqual({ CPUWeight: 100n });
  });

  test("leaves out what an old systemd does not know", () => {
    expect(all({ cpu: { cpus: "0" } }, { systemd: 243 })).toEqual({});
  });

  test("converts control files that are given by name", () => {
    const unified = {
      "memory.high": " max ",
      "memory.swap.max": "77",
      "pids.max": "0",
      "cpu.max": "max 5000",
      "cpu.weight": "5",
      "cpuset.cpus": "2",
      "hugetlb.2MB.max": "0",
    };
    expect(all({ unified })).toEqual({
      MemoryHigh: unlimited,
      MemorySwapMax: 77n,
      TasksMax: 1n,
      CPUQuotaPeriodUSec: 5000n,
      CPUQuotaPerSecUSec: unlimited,
      CPUWeight: 5n,
      AllowedCPUs: Buffer.from([4]),
    });
  });

  test.each([
    [
      { cpu: { cpus: "0-" } },
      'Cannot set the CPUs (linux.resources.cpu.cpus) to 0-: "0-" is no number or range',
    ],
    [
      { unified: { "memory.max": "10M" } },
      'Cannot set the value of memory.max (linux.resources.unified["memory.max"]) to "10M": it is neither a number nor "max"',
    ],
    [{ unified: { "cpu.max": "1 2 3" } }, "it is not QUOTA PERIOD"],
    [{ unified: { "cpu.max": "a" } }, "it is not QUOTA PERIOD"],
  ])("refuses %j", (resources, why) => {
    expect(() => all(resources)).toThrow(why);
  });
});

describe("cpuListToBits()", () => {
  test("sets bits from the lowest byte on", () => {
    expect([...cpuListToBits("0, 3-4,,17")]).toEqual([0b11001, 0, 0b10]);
  });

  test.each(["", ",", "2-1", "a", "-1"])("refuses %j", (list) => {
    expect(() => cpuListToBits(list)).toThrow(SyntaxError);
  });
});

describe("propertiesOfDevices()", () => {
  const allowed = (list: Parameters<typeof propertiesOfDevices>[0], systemd = 255): unknown =>
    propertiesOfDevices(list, systemd).map(({ name, value }) => [name, value]);

  test("lists what is allowed in systemd's words", () => {
    const properties = allowed([{ allow: true, type: "b", major: 7, access: "rw" }]);
    expect(properties).toMatchObject([
      ["DevicePolicy", "strict"],
      ["DeviceAllow", []],
      [
        "DeviceAllow",
        expect.arrayContaining([
          ["block-7", "rw"],
          ["char-*", "m"],
          ["/dev/char/1:3", "rwm"],
          ["char-136", "rwm"],
        ]),
      ],
    ]);
  });

  test("allows all where systemd cannot say it", () => {
    const open = [
      ["DevicePolicy", "auto"],
      ["DeviceAllow", []],
    ];
    expect(allowed([{ allow: true, access: "rwm" }])).toEqual(open);
    expect(allowed([{ allow: true, type: "c", minor: 5, access: "r" }])).toEqual(open);
    expect(allowed([], 239)).toEqual(open);
    const hole = [
      { allow: true, type: "c", access: "rwm" },
      { allow: false, type: "c", major: 10, access: "r" },
    ];
    expect(allowed(hole)).toEqual(open);
  });
});
