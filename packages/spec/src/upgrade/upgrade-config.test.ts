import { describe, expect, test } from "bun:test";
import { defaultConfig } from "../default-config.ts";
import { upgradeConfig } from "./upgrade-config.ts";

const redis = await Bun.file(
  new URL("../../../../examples/redis/config.json", import.meta.url),
).json();

function upgrade(ociVersion: string, rest: object): ReturnType<typeof upgradeConfig> {
  return upgradeConfig({ ociVersion, ...rest });
}

function pointers(result: ReturnType<typeof upgradeConfig>): readonly string[] {
  return result.changes.map((change) => change.pointer);
}

describe("upgradeConfig()", () => {
  test("returns a current document as it is", () => {
    const config = defaultConfig();

    const result = upgradeConfig(config);

    expect(result.config).toBe(config);
    expect(result.changes).toEqual([]);
  });

  test("upgrades the redis example of 0.4.0", () => {
    const before = structuredClone(redis);

    const result = upgradeConfig(redis);

    expect(redis).toEqual(before);
    const caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
    const { platform: _platform, ...rest } = before;
    expect<unknown>(result.config).toEqual({
      ...rest,
      ociVersion: "1.0.0",
      process: {
        ...before.process,
        user: { uid: 0, gid: 0 },
        capabilities: { bounding: caps, effective: caps, permitted: caps },
      },
      linux: { resources: before.linux.resources, namespaces: before.linux.namespaces },
    });
    expect(result.changes).toEqual([
      {
        pointer: "/linux/devices",
        version: "1.0.0-rc5",
        did: "Removed: null stood for nothing",
      },
      { pointer: "/process/user/uid", version: "1.0.0-rc1", did: "Added: 0 was left out" },
      { pointer: "/process/user/gid", version: "1.0.0-rc1", did: "Added: 0 was left out" },
      {
        pointer: "/process/capabilities",
        version: "1.0.0-rc5",
        did: "Made the sets bounding, effective and permitted of the list",
      },
      {
        pointer: "/platform",
        version: "1.0.0-rc6",
        did: "Removed: the platform is that of the machine",
      },
      { pointer: "/ociVersion", version: "1.0.0", did: "Set from 0.4.0 to 1.0.0" },
    ]);
  });

  test("takes names in any case, as Go does, and says which", () => {
    const result = upgrade("1.2.0", {
      Process: { cwd: "/", ARGS: ["sh"], capabilities: { Bounding: ["CAP_KILL"] } },
      linux: {
        resources: { hugepageLimits: [{ limit: 1, pagesize: "2MB" }] },
        sysctl: { "Kernel.MSGMAX": "1" },
      },
      annotations: { Linux: "kept" },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.2.0",
      process: { cwd: "/", args: ["sh"], capabilities: { bounding: ["CAP_KILL"] } },
      linux: {
        resources: { hugepageLimits: [{ limit: 1, pageSize: "2MB" }] },
        sysctl: { "Kernel.MSGMAX": "1" },
      },
      annotations: { Linux: "kept" },
    });
    expect(pointers(result)).toEqual([
      "/Process",
      "/Process/ARGS",
      "/Process/capabilities/Bounding",
      "/linux/resources/hugepageLimits/0/pagesize",
    ]);
  });

  test("a name in the right case wins over one in another, which nobody knows", () => {
    const config = { hostname: "right", Hostname: "other", "com.example": 1 };

    const result = upgrade("1.2.0", config);

    expect<unknown>(result.config).toEqual({ ociVersion: "1.2.0", ...config });
    expect(result.changes).toEqual([]);
  });

  test("takes nulls for nothing in every version, but leaves null entries of lists", () => {
    const result = upgrade("1.2.0", { mounts: null, linux: { seccomp: null, devices: null } });

    expect<unknown>(result.config).toEqual({ ociVersion: "1.2.0", linux: {} });
    expect(() => upgrade("1.2.0", { mounts: [null] })).toThrow(
      expect.objectContaining({ pointer: "/mounts/0" }),
    );
  });

  test("does not take an early form in a document that says it is current", () => {
    expect(() => upgrade("1.0.0", { process: { cwd: "/", capabilities: ["CAP_KILL"] } })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_CONFIG", pointer: "/process/capabilities" }),
    );
  });

  test.each([-1, 0.5, 2 ** 40])("leaves the device type %p for the check to refuse", (type) => {
    expect(() => upgrade("0.3.0", { linux: { devices: [{ path: "/dev/x", type }] } })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CONFIG",
        pointer: "/linux/devices/0/type",
      }),
    );
  });

  test("refuses what is no configuration at all", () => {
    for (const value of [undefined, null, [], "x", {}]) {
      expect(() => upgradeConfig(value)).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_CONFIG" }),
      );
    }
  });

  test("finds only oomScoreAdj at an old place in the published example of 0.5.0-dev", async () => {
    const file = "../../test/fixtures/runtime-spec/schema/test/config/good/spec-example.json";
    const example = await Bun.file(new URL(file, import.meta.url)).json();

    const result = upgradeConfig(example);

    const { oomScoreAdj, ...resources } = example.linux.resources;
    expect(example.ociVersion).toBe("0.5.0-dev");
    expect<unknown>(result.config).toEqual({
      ...example,
      ociVersion: "1.0.0",
      process: { ...example.process, oomScoreAdj },
      linux: { ...example.linux, resources },
    });
    expect(pointers(result)).toEqual(["/linux/resources/oomScoreAdj", "/ociVersion"]);
  });

  test("1.0.0-rc5: takes from Windows what only POSIX has", () => {
    const result = upgrade("1.0.0-rc5", {
      platform: { os: "windows", arch: "amd64" },
      hooks: {},
      process: { cwd: "C:\\", capabilities: {}, noNewPrivileges: true, rlimits: [], args: ["x"] },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      process: { cwd: "C:\\", args: ["x"] },
    });
  });

  test("1.0.0-rc4: takes a limit of -1 off huge pages", () => {
    const result = upgrade("1.0.0-rc4", {
      linux: {
        resources: {
          hugepageLimits: [
            { pageSize: "2MB", limit: -1 },
            { pageSize: "1GB", limit: 0 },
          ],
        },
      },
    });

    expect(result.config.linux?.resources).toEqual({
      hugepageLimits: [{ pageSize: "1GB", limit: 0 }],
    });
  });

  test("1.0.0-rc3: keeps the last limit of each type, no nameless annotation, no size of zero", () => {
    const limit = (type: string, soft: number): object => ({ type, soft, hard: 9 });
    const result = upgrade("1.0.0-rc3", {
      annotations: { "": "x", "com.example": "y" },
      process: {
        cwd: "/",
        consoleSize: { height: 0, width: 0 },
        rlimits: [limit("RLIMIT_CPU", 1), limit("RLIMIT_CORE", 2), limit("RLIMIT_CPU", 3)],
      },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      annotations: { "com.example": "y" },
      process: { cwd: "/", rlimits: [limit("RLIMIT_CORE", 2), limit("RLIMIT_CPU", 3)] },
    });
  });

  test("1.0.0-rc2: makes paths absolute", () => {
    const result = upgrade("1.0.0-rc2", {
      mounts: [{ destination: "proc" }, { destination: "/dev" }, { destination: "C:\\x" }],
      linux: { maskedPaths: ["proc/kcore"], readonlyPaths: ["/proc/sys"] },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      mounts: [{ destination: "/proc" }, { destination: "/dev" }, { destination: "C:\\x" }],
      linux: { maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"] },
    });
    expect(pointers(result)).toEqual([
      "/mounts/0/destination",
      "/linux/maskedPaths/0",
      "/ociVersion",
    ]);
  });

  test("1.0.0-rc1: removes the empty section for Solaris", () => {
    const empty = upgrade("1.0.0-rc1", { solaris: { cappedCPU: {}, cappedMemory: {} } });
    const used = upgrade("1.0.0-rc1", { solaris: { cappedCPU: { ncpus: "1" } } });

    expect<unknown>(empty.config).toEqual({ ociVersion: "1.0.0" });
    expect(used.config.solaris).toEqual({ cappedCPU: { ncpus: "1" } });
  });

  test("0.5.0: writes out the ids of root", () => {
    const result = upgrade("0.5.0", { process: { cwd: "/", user: { gid: 5 } } });

    expect(result.config.process?.user).toEqual({ uid: 0, gid: 5 });
  });

  test("1.0.0-rc6: moves the OOM killer's switch", () => {
    const result = upgrade("1.0.0-rc6", {
      linux: { resources: { disableOOMKiller: true, memory: { limit: 5 } } },
    });

    expect(result.config.linux?.resources).toEqual({
      memory: { limit: 5, disableOOMKiller: true },
    });
    expect(pointers(result)).toEqual(["/linux/resources/disableOOMKiller", "/ociVersion"]);
  });

  test("1.0.0-rc5: moves, renames and signs what rc6 changed", () => {
    const result = upgrade("1.0.0-rc5", {
      platform: { os: "linux", arch: "amd64" },
      process: { cwd: "/" },
      hooks: {
        prestart: [
          { path: "/a", timeout: 0 },
          { path: "/b", timeout: 3 },
        ],
      },
      linux: {
        resources: {
          oomScoreAdj: 100,
          memory: { limit: 2 ** 64, swap: 4 },
          cpu: { quota: 2 ** 64 },
          blockIO: {
            blkioWeight: 10,
            blkioThrottleReadIOPSDevice: [{ major: 8, minor: 0, rate: 1 }],
          },
        },
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL", comment: "why" }],
        },
      },
      windows: {
        layerFolders: ["C:\\x"],
        resources: { cpu: { percent: 50 }, memory: { limit: 1, reservation: 2 }, network: {} },
      },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      process: { cwd: "/", oomScoreAdj: 100 },
      hooks: { prestart: [{ path: "/a" }, { path: "/b", timeout: 3 }] },
      linux: {
        resources: {
          memory: { limit: -1, swap: 4 },
          cpu: { quota: -1 },
          blockIO: { weight: 10, throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 1 }] },
        },
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL" }],
        },
      },
      windows: {
        layerFolders: ["C:\\x"],
        resources: { cpu: { maximum: 5000 }, memory: { limit: 1 } },
      },
    });
  });

  test("1.0.0-rc4: makes lists of the names of system calls", () => {
    const result = upgrade("1.0.0-rc4", {
      linux: {
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ name: "getcwd", action: "SCMP_ACT_ERRNO" }],
        },
      },
    });

    expect(result.config.linux?.seccomp?.syscalls).toEqual([
      { names: ["getcwd"], action: "SCMP_ACT_ERRNO" },
    ]);
  });

  test("0.3.0: moves what belongs to the process and spells device types", () => {
    const result = upgrade("0.3.0", {
      process: { cwd: "/", args: ["sh"] },
      linux: {
        capabilities: ["CAP_KILL"],
        rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
        apparmorProfile: "docker-default",
        selinuxProcessLabel: "",
        noNewPrivileges: true,
        rootfsPropagation: "",
        seccomp: { defaultAction: "", architectures: null, syscalls: null },
        devices: [{ path: "/dev/x", type: 99, major: 1, minor: 3 }],
        resources: {
          devices: [
            { allow: true, type: 98, access: "r" },
            { allow: true, type: 0 },
          ],
        },
      },
    });

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      process: {
        cwd: "/",
        args: ["sh"],
        capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] },
        rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
        apparmorProfile: "docker-default",
        noNewPrivileges: true,
      },
      linux: {
        devices: [{ path: "/dev/x", type: "c", major: 1, minor: 3 }],
        resources: { devices: [{ allow: true, type: "b", access: "r" }, { allow: true }] },
      },
    });
  });

  test("a field at its new place wins over one at the old", () => {
    const result = upgrade("0.3.0", {
      process: { cwd: "/", noNewPrivileges: false },
      linux: { noNewPrivileges: true },
    });

    expect(result.config.process?.noNewPrivileges).toBe(false);
    expect(result.changes[0]?.did).toBe(
      "Removed: /process/noNewPrivileges is there, too, and wins",
    );
  });

  test("0.2.0: merges runtime.json", () => {
    const config = {
      version: "0.2.0",
      platform: { os: "linux", arch: "amd64" },
      process: { terminal: true, user: { uid: 1, gid: 1 }, args: ["sh"], env: null },
      root: { path: "rootfs", readonly: true },
      mounts: [
        { name: "proc", path: "/proc" },
        { name: "dev", path: "/dev" },
      ],
      linux: { capabilities: ["CAP_KILL"] },
    };
    const runtime = {
      mounts: {
        proc: { type: "proc", source: "proc", options: null },
        dev: { type: "tmpfs", source: "tmpfs", options: ["nosuid"] },
      },
      hooks: { prestart: [{ path: "/hook" }], poststop: null },
      linux: {
        resources: { memory: { limit: 0, swappiness: 0 }, network: { classID: "0x100001" } },
        devices: [
          { path: "/dev/null", type: 99, major: 1, minor: 3, permissions: "rwm", fileMode: 438 },
        ],
        namespaces: [{ type: "pid", path: "" }],
      },
    };

    const result = upgradeConfig(config, { runtime });

    const caps = ["CAP_KILL"];
    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      process: {
        terminal: true,
        user: { uid: 1, gid: 1 },
        args: ["sh"],
        cwd: "/",
        capabilities: { bounding: caps, effective: caps, permitted: caps },
      },
      root: { path: "rootfs", readonly: true },
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid"] },
      ],
      hooks: { prestart: [{ path: "/hook" }] },
      linux: {
        resources: {
          memory: { swappiness: 0 },
          network: { classID: 0x100001 },
          devices: [
            { allow: false, access: "rwm" },
            { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
          ],
        },
        devices: [{ path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438 }],
        namespaces: [{ type: "pid" }],
      },
    });
  });

  test("0.1.0: takes zeros for unset, and lines for lists", () => {
    const runtime = {
      linux: {
        rootfsPropagation: "",
        selinuxProcessLabel: "",
        apparmorProfile: "",
        resources: {
          memory: { limit: 0, reservation: 0, swap: 0, kernel: 0, swappiness: 60 },
          cpu: { shares: 0, cpus: "", mems: "" },
          pids: { limit: 0 },
          network: { classId: "", priorities: null },
          blockIO: {
            blkioWeight: 0,
            blkioWeightDevice: "8:0 500\n8:16 300",
            blkioThrottleReadIopsDevice: "8:0 600",
          },
        },
      },
    };

    const result = upgradeConfig(
      { version: "0.1.0", process: { args: ["sh"], cwd: "" } },
      { runtime },
    );

    expect<unknown>(result.config).toEqual({
      ociVersion: "1.0.0",
      process: { args: ["sh"], cwd: "/" },
      linux: {
        resources: {
          devices: [{ allow: false, access: "rwm" }],
          memory: { swappiness: 60 },
          blockIO: {
            weightDevice: [
              { major: 8, minor: 0, weight: 500 },
              { major: 8, minor: 16, weight: 300 },
            ],
            throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 600 }],
          },
        },
      },
    });
  });
});
