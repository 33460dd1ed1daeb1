import { describe, expect, test } from "bun:test";
import { type CapabilitySet, capabilityNames, capabilitySets } from "../config/capabilities.ts";
import type { Config } from "../config/config.ts";
import type { LinuxNamespaceType } from "../config/linux/namespaces.ts";
import { defaultConfig } from "../default-config.ts";
import { minimalConfig } from "../minimal-config.ts";
import { validateConfig } from "../validate/validate-config.ts";
import { withCapabilities, withoutCapabilities } from "./capabilities.ts";
import { withDevice } from "./devices.ts";
import { withEnv, withoutEnv } from "./env.ts";
import { type MemoryLimitOptions, withCpuLimit, withMemoryLimit, withPidsLimit } from "./limits.ts";
import { withMount, withoutMount } from "./mounts.ts";
import { withNamespace, withSharedNamespace } from "./namespaces.ts";
import { withUser } from "./user.ts";

const base = minimalConfig({ args: ["true"] });
const rootless = defaultConfig({ rootless: { uid: 1000, gid: 1000 } });

const refused = (pointer: string, message: string): unknown =>
  expect.objectContaining({
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    message: expect.stringContaining(message),
  });

function resources(config: Config): NonNullable<Config["linux"]>["resources"] {
  return config.linux?.resources;
}

function deepFreeze(value: unknown): void {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
}

test("no helper changes what it is given, or makes something that breaks a rule", () => {
  const config = defaultConfig({ rootless: { uid: 1, gid: 1 }, cgroupNamespace: true });
  deepFreeze(config);
  const before = JSON.stringify(config);
  const edited = [
    withMount(config, { destination: "/data", source: "/srv", type: "bind" }),
    withoutMount(config, "/sys"),
    withUser(config, { uid: 0, gid: 0 }),
    withCapabilities(config, ["ALL"]),
    withoutCapabilities(config, ["ALL"]),
    withEnv(config, "A", "b"),
    withoutEnv(config, "PATH"),
    withMemoryLimit(config, 1 << 20, { swap: 1 }),
    withCpuLimit(config, 0.25),
    withPidsLimit(config, 1),
    withDevice(config, { path: "/dev/x", type: "b", major: 8, minor: 0 }),
    withNamespace(config, "network"),
    ...(["network", "pid", "ipc", "uts", "cgroup", "time"] as const).map((type) =>
      withSharedNamespace(config, type),
    ),
  ];

  expect(edited.map((value) => validateConfig(value))).toEqual(edited.map(() => []));
  expect(JSON.stringify(config)).toBe(before);
});

describe("withMount()", () => {
  const destinations = (config: Config): unknown =>
    config.mounts?.map(({ destination }) => destination);
  const tmpfs = (destination: string): { readonly destination: string; readonly type: string } => ({
    destination,
    type: "tmpfs",
  });
  const nested: Config = { ...base, mounts: [tmpfs("/a/b"), tmpfs("/c"), tmpfs("/a/b/d")] };

  test.each([
    ["at the end", "/ab", ["/a/b", "/c", "/a/b/d", "/ab"]],
    ["before what it would hide", "/a", ["/a", "/a/b", "/c", "/a/b/d"]],
    ["before all when at the root", "/", ["/", "/a/b", "/c", "/a/b/d"]],
    ["in the place of one there", "/c", ["/a/b", "/c", "/a/b/d"]],
    ["in the place of one written otherwise", "/x/..//a/./b/", ["/x/..//a/./b/", "/c", "/a/b/d"]],
  ])("puts a mount %s", (_, destination, expected) => {
    expect(destinations(withMount(nested, tmpfs(destination)))).toEqual(expected);
  });

  test("puts a mount behind those above it, which would hide it", () => {
    const hidden: Config = { ...base, mounts: [tmpfs("/a/b/c"), tmpfs("/a"), tmpfs("/d")] };

    expect(destinations(withMount(hidden, tmpfs("/a/b")))).toEqual(["/a/b/c", "/a", "/d", "/a/b"]);
    expect(destinations(withMount(hidden, tmpfs("/a/b/c")))).toEqual(["/a", "/d", "/a/b/c"]);
  });

  test("replaces every mount at the destination", () => {
    const twice: Config = { ...base, mounts: [tmpfs("/c"), tmpfs("/d"), tmpfs("/c/")] };

    expect(withMount(twice, { destination: "/c", type: "proc" }).mounts).toEqual([
      { destination: "/c", type: "proc" },
      tmpfs("/d"),
    ]);
    expect(destinations(withoutMount(twice, "/c"))).toEqual(["/d"]);
  });

  test("makes a bind mount of the type bind, once", () => {
    const mount = { destination: "/d", source: "/s", type: "bind" };
    const added = (options?: readonly string[]): unknown =>
      withMount(base, options === undefined ? mount : { ...mount, options }).mounts?.at(-1)
        ?.options;

    expect(added()).toEqual(["rbind"]);
    expect(added(["ro"])).toEqual(["rbind", "ro"]);
    expect(added(["bind", "ro"])).toEqual(["bind", "ro"]);
  });

  test("refuses a relative destination and a bind mount of nothing", () => {
    expect(() => withMount(base, tmpfs("data"))).toThrow(refused("/mounts", "is not absolute"));
    expect(() => withMount(base, { destination: "/d", options: ["bind"] })).toThrow(
      refused("/mounts", "there is no source"),
    );
  });
});

describe("withUser()", () => {
  test("drops the groups of the user before and keeps the umask", () => {
    const first = withUser(base, { uid: 1, gid: 2, additionalGids: [3], umask: 18 });

    expect(first.process?.user).toEqual({ uid: 1, gid: 2, additionalGids: [3], umask: 18 });
    expect(withUser(first, { uid: 4, gid: 5 }).process?.user).toEqual({
      uid: 4,
      gid: 5,
      umask: 18,
    });
  });

  test.each([-1, 1.5, 2 ** 32 - 1, Number.NaN])("refuses the id %p", (id) => {
    expect(() => withUser(base, { uid: id, gid: 0 })).toThrow(refused("/process/user", `${id}`));
    expect(() => withUser(base, { uid: 0, gid: 0, additionalGids: [id] })).toThrow(
      refused("/process/user", `${id}`),
    );
  });

  test.each([-1, 0o1000, 0.5])("refuses the umask %p", (umask) => {
    expect(() => withUser(base, { uid: 0, gid: 0, umask })).toThrow(
      refused("/process/user/umask", `${umask}`),
    );
  });

  test("refuses a configuration without a process", () => {
    expect(() => withUser({ ociVersion: "1.3.0" }, { uid: 0, gid: 0 })).toThrow(
      refused("/process", "has none"),
    );
  });
});

describe("withCapabilities()", () => {
  const sets = (config: Config): Partial<Record<CapabilitySet, readonly string[]>> => ({
    ...config.process?.capabilities,
  });

  test("leaves root's inheritable and ambient sets alone", () => {
    const names = ["CAP_NET_RAW"];

    expect(sets(withCapabilities(base, names))).toEqual({
      bounding: names,
      effective: names,
      permitted: names,
    });
  });

  test("gives other users what survives execve", () => {
    const user = withUser(base, { uid: 9, gid: 9 });
    const names = ["CAP_NET_RAW"];
    const all = Object.fromEntries(capabilitySets.map((set) => [set, names]));

    expect(sets(withCapabilities(user, names))).toEqual(all);
  });

  test("takes names in any case, with and without CAP_, once each, and ALL", () => {
    const names = ["kill", "Cap_Kill", "CAP_CHOWN", "cap_kill"];

    expect(sets(withCapabilities(base, names)).bounding).toEqual(["CAP_KILL", "CAP_CHOWN"]);
    expect(sets(withCapabilities(base, ["all"])).bounding).toEqual([...capabilityNames]);
  });

  test("withoutCapabilities() takes them from each set", () => {
    const user = withCapabilities(withUser(base, { uid: 9, gid: 9 }), ["kill", "chown"]);
    const left = Object.fromEntries(capabilitySets.map((set) => [set, ["CAP_CHOWN"]]));

    expect(sets(withoutCapabilities(user, ["KILL", "bpf"]))).toEqual(left);
    expect(sets(withoutCapabilities(base, ["all"]))).toEqual({});
  });

  test("refuses unknown names with a hint", () => {
    expect(() => withCapabilities(base, ["CAP_NET_BIN"])).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CONFIG",
        hint: "Did you mean CAP_NET_BIND_SERVICE?",
      }),
    );
  });
});

describe("withEnv()", () => {
  const env = (...entries: readonly string[]): Config => ({
    ...base,
    process: { cwd: "/", env: entries },
  });

  test("replaces every entry of the name, and none whose name only begins alike", () => {
    const config = env("A=1", "AB=2", "A=3", "A");

    expect(withEnv(config, "A", "x=y").process?.env).toEqual(["A=x=y", "AB=2", "A"]);
    expect(withEnv(config, "C", "").process?.env).toEqual(["A=1", "AB=2", "A=3", "A", "C="]);
    expect(withoutEnv(config, "A").process?.env).toEqual(["AB=2", "A"]);
  });

  test.each([
    ["", "x"],
    ["A=B", "x"],
    ["A\0", "x"],
    ["A", "x\0"],
  ])("refuses %p=%p", (name, value) => {
    expect(() => withEnv(base, name, value)).toThrow(refused("/process/env", "environment"));
  });
});

describe("withMemoryLimit()", () => {
  const from = (
    memory: object,
    [bytes, options]: readonly [number, MemoryLimitOptions?],
  ): unknown =>
    resources(withMemoryLimit({ ...base, linux: { resources: { memory } } }, bytes, options))
      ?.memory;

  test.each([
    ["nothing about swap", {}, [100], { limit: 100 }],
    ["no swap", {}, [100, { swap: 0 }], { limit: 100, swap: 100 }],
    ["swap beside it", {}, [100, { swap: 50 }], { limit: 100, swap: 150 }],
    ["any swap", {}, [100, { swap: -1 }], { limit: 100, swap: -1 }],
    ["the swap from before", { limit: 40, swap: 70 }, [100], { limit: 100, swap: 130 }],
    ["no swap, as before", { limit: 40, swap: 40 }, [100], { limit: 100, swap: 100 }],
    ["any swap, as before", { limit: 40, swap: -1 }, [100], { limit: 100, swap: -1 }],
    [
      "no limit of swap without one of memory",
      { limit: 40, swap: 70 },
      [-1],
      { limit: -1, swap: -1 },
    ],
    ["a lower reservation", { reservation: 99 }, [50], { reservation: 50, limit: 50 }],
    ["other fields as they were", { swappiness: 3 }, [50], { swappiness: 3, limit: 50 }],
  ] as const)("sets %s", (_, memory, args, expected) => {
    expect(from(memory, args)).toEqual(expected);
  });

  test.each([[0], [1.5], [-2], [Number.NaN], [2 ** 60]])("refuses %p bytes", (bytes) => {
    expect(() => withMemoryLimit(base, bytes)).toThrow(
      refused("/linux/resources/memory", "Cannot limit memory"),
    );
  });
});

describe("withCpuLimit()", () => {
  const from = (cpu: object, cpus: number): unknown =>
    resources(withCpuLimit({ ...base, linux: { resources: { cpu } } }, cpus))?.cpu;

  test.each([
    ["half a CPU", {}, 0.5, { period: 100_000, quota: 50_000 }],
    [
      "several CPUs",
      { period: 50_000, cpus: "0" },
      3,
      { period: 50_000, cpus: "0", quota: 150_000 },
    ],
    ["little in a longer period", {}, 0.002, { period: 1_000_000, quota: 2000 }],
    ["the least", {}, 0.001, { period: 1_000_000, quota: 1000 }],
    ["a lower burst", { burst: 90_000 }, 0.5, { burst: 50_000, period: 100_000, quota: 50_000 }],
    [
      "no limit and no burst",
      { burst: 1, quota: 9 },
      Number.POSITIVE_INFINITY,
      { period: 100_000, quota: -1 },
    ],
  ] as const)("sets %s", (_, cpu, cpus, expected) => {
    expect(from(cpu, cpus)).toEqual(expected);
  });

  test("takes a period of 0 for none", () => {
    expect(from({ period: 0 }, 1)).toEqual({ period: 100_000, quota: 100_000 });
  });

  test.each([0, -1, 0.0001, 2 ** 40, Number.NaN])("refuses %p CPUs", (cpus) => {
    expect(() => withCpuLimit(base, cpus)).toThrow(refused("/linux/resources/cpu", "CPU time"));
  });
});

test("withPidsLimit() takes a number of tasks or -1, and not 0", () => {
  expect(resources(withPidsLimit(base, 1))?.pids).toEqual({ limit: 1 });
  expect(resources(withPidsLimit(base, -1))?.pids).toEqual({ limit: -1 });
  expect(() => withPidsLimit(base, 0)).toThrow(refused("/linux/resources/pids", "tasks to 0"));
});

describe("withDevice()", () => {
  const fuse = { path: "/dev/fuse", type: "c", major: 10, minor: 229 } as const;

  test("adds the rule after all others, once", () => {
    const once = withDevice(defaultConfig(), fuse, "rw");
    const again = withDevice(once, { ...fuse, fileMode: 0o666 }, "rw");

    expect(resources(once)?.devices).toEqual([
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
    ]);
    expect(resources(again)?.devices).toEqual([...(resources(once)?.devices ?? [])]);
    expect(again.linux?.devices).toEqual([{ ...fuse, fileMode: 0o666 }]);
  });

  test("allows no more than it is asked to when an earlier rule did", () => {
    const wide = withDevice(defaultConfig(), fuse);
    const allowed = (config: Config): unknown =>
      resources(config)
        ?.devices?.slice(1)
        .map(({ type, minor, access }) => [type, minor, access]);

    expect(allowed(withDevice(wide, fuse, "r"))).toEqual([["c", 229, "r"]]);
    expect(allowed(withDevice(wide, fuse, ""))).toEqual([]);
    expect(allowed(withDevice(wide, { ...fuse, type: "b", minor: 1 }, "r"))).toEqual([
      ["b", 1, "r"],
    ]);
  });

  test("keeps the rule of a replaced device that another node is for, and rules that deny", () => {
    const twice = withDevice(withDevice(base, fuse, "rw"), { ...fuse, path: "/dev/other" }, "rw");
    const rules = [{ allow: false, type: "c", major: 10, minor: 229, access: "m" }];
    const denied: Config = { ...twice, linux: { ...twice.linux, resources: { devices: rules } } };

    expect(resources(withDevice(twice, { ...fuse, minor: 1 }, "r"))?.devices).toEqual([
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
      { allow: true, type: "c", major: 10, minor: 1, access: "r" },
    ]);
    expect(resources(withDevice(denied, fuse, "r"))?.devices).toEqual([
      ...rules,
      { allow: true, type: "c", major: 10, minor: 229, access: "r" },
    ]);
  });

  test("has the rules' own types: u is a character device, p none at all", () => {
    const rules = (type: "u" | "b" | "p"): unknown =>
      resources(withDevice(base, { ...fuse, type }))?.devices?.map((rule) => rule.type);

    expect(rules("u")).toEqual(["c"]);
    expect(rules("b")).toEqual(["b"]);
    expect(rules("p")).toBeUndefined();
  });

  test("refuses what cannot be made", () => {
    expect(() => withDevice(base, { ...fuse, path: "fuse" })).toThrow(
      refused("/linux/devices", "is not absolute"),
    );
    expect(() => withDevice(base, { path: "/x", type: "c", major: 1 })).toThrow(
      refused("/linux/devices", "no major and minor number"),
    );
    expect(() => withDevice(base, fuse, "rwx")).toThrow(
      refused("/linux/resources/devices", "r, w and m"),
    );
  });
});

describe("withNamespace() and withSharedNamespace()", () => {
  const types = (config: Config): readonly LinuxNamespaceType[] =>
    config.linux?.namespaces?.map(({ type }) => type) ?? [];

  test("replace and remove in place", () => {
    const joined = withNamespace(base, "network", { path: "/run/netns/a" });

    expect(joined.linux?.namespaces?.[1]).toEqual({ type: "network", path: "/run/netns/a" });
    expect(withNamespace(joined, "network").linux?.namespaces).toEqual(base.linux?.namespaces);
    expect(types(withNamespace(base, "cgroup"))).toEqual([...types(base), "cgroup"]);
    expect(types(withSharedNamespace(base, "pid"))).toEqual(["network", "ipc", "uts", "mount"]);
  });

  test("refuse a relative path, a user namespace without mappings, a shared mount namespace", () => {
    expect(() => withNamespace(base, "pid", { path: "x" })).toThrow(
      refused("/linux/namespaces", "is not absolute"),
    );
    expect(() => withNamespace(base, "user")).toThrow(refused("/linux/uidMappings", "no mappings"));
    expect(() => withSharedNamespace(base, "mount")).toThrow(
      refused("/linux/namespaces", "would be the host's"),
    );
  });

  test("take mappings for a user namespace, and remove them with it", () => {
    const mappings = [{ containerID: 0, hostID: 5, size: 9 }];
    const config = withNamespace(base, "user", { uidMappings: mappings, gidMappings: mappings });

    expect(config.linux).toMatchObject({ uidMappings: mappings, gidMappings: mappings });
    expect(withNamespace(config, "user").linux).toEqual(config.linux);
    expect(withSharedNamespace(config, "user")).toEqual(base);
  });

  test("take mappings for no other namespace, and for a joined one those that are given", () => {
    const mappings = [{ containerID: 0, hostID: 5, size: 9 }];
    const joined = withNamespace(base, "user", { path: "/u", uidMappings: mappings });

    expect(() => withNamespace(base, "pid", { gidMappings: mappings })).toThrow(
      refused("/linux/namespaces", "they belong to the user namespace"),
    );
    expect(joined.linux?.uidMappings).toEqual(mappings);
    expect(joined.linux?.gidMappings).toBeUndefined();
  });

  test("remove what would change the host", () => {
    const config: Config = {
      ...base,
      hostname: "a",
      domainname: "b",
      linux: {
        ...base.linux,
        netDevices: { eth0: {} },
        timeOffsets: { monotonic: { secs: 1 } },
        sysctl: { "net.ipv4.ip_forward": "1", "kernel.msgmax": "1", "kernel.domainname": "c" },
      },
    };
    const kept = (type: LinuxNamespaceType): readonly string[] => {
      const { linux = {}, ...rest } = withSharedNamespace(config, type);
      return [...Object.keys(rest), ...Object.keys(linux), ...Object.keys(linux.sysctl ?? {})];
    };
    const all = [...Object.keys(config), ...Object.keys(config.linux ?? {})]
      .filter((key) => key !== "linux")
      .concat(Object.keys(config.linux?.sysctl ?? {}));
    const lost = (type: LinuxNamespaceType): readonly string[] =>
      all.filter((key) => !kept(type).includes(key));

    expect(lost("uts")).toEqual(["hostname", "domainname", "kernel.domainname"]);
    expect(lost("network")).toEqual(["netDevices", "net.ipv4.ip_forward"]);
    expect(lost("ipc")).toEqual(["kernel.msgmax"]);
    expect(lost("time")).toEqual(["timeOffsets"]);
    expect(lost("pid")).toEqual([]);
  });

  test("bind the host's view where a user namespace may not mount its own", () => {
    const view = (config: Config, destination: string): unknown =>
      config.mounts?.find((mount) => mount.destination === destination);

    expect(view(withSharedNamespace(rootless, "pid"), "/proc")).toEqual({
      destination: "/proc",
      type: "none",
      source: "/proc",
      options: ["rbind"],
    });
    expect(view(withSharedNamespace(rootless, "ipc"), "/dev/mqueue")).toMatchObject({
      source: "/dev/mqueue",
      options: ["rbind", "nosuid", "noexec", "nodev"],
    });
    expect(view(withSharedNamespace(base, "pid"), "/proc")).toMatchObject({ type: "proc" });
  });

  test.each(["pid", "ipc"] as const)("undo each other's views of %s", (type) => {
    const shared = withSharedNamespace(rootless, type);

    expect(shared.mounts).not.toEqual(rootless.mounts);
    expect(withNamespace(shared, type, { path: "/run/ns" }).mounts).toEqual(shared.mounts);
    expect(withNamespace(shared, type).mounts).toEqual(rootless.mounts);
  });

  test("mount the container's own /sys with a network of its own", () => {
    const sys = withNamespace(rootless, "network").mounts?.find(
      ({ destination }) => destination === "/sys",
    );

    expect(sys).toEqual({
      destination: "/sys",
      type: "sysfs",
      source: "sysfs",
      options: ["nosuid", "noexec", "nodev", "ro"],
    });
  });

  test("bind the views of what is shared when a user namespace comes later", () => {
    const mappings = [{ containerID: 0, hostID: 5, size: 9 }];
    const user = (config: Config): Config =>
      withNamespace(config, "user", { uidMappings: mappings, gidMappings: mappings });
    const mounts = (config: Config): unknown => config.mounts;

    expect(mounts(user(withSharedNamespace(base, "pid")))).toEqual(
      mounts(withSharedNamespace(user(base), "pid")),
    );
    expect(mounts(user(base))).toEqual(mounts(base));
  });
});
