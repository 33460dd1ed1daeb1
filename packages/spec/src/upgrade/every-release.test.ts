/** One configuration in the form of each release, as short as the form allows. */

import { describe, expect, test } from "bun:test";
import { minimalConfig } from "../minimal-config.ts";
import { validateConfig } from "../validate/validate-config.ts";
import { upgradeConfig } from "./upgrade-config.ts";

const platform = { os: "linux", arch: "amd64" };
const root = { path: "rootfs", readonly: true };
const rlimits = [{ type: "RLIMIT_NOFILE", hard: 9, soft: 9 }];
const capabilities = ["CAP_KILL", "CAP_SYS_CHROOT"];
const namespaces = ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type }));
const proc = { destination: "/proc", type: "proc", source: "proc" };
const early = { args: ["sh"], user: { uid: 0, gid: 0 } };
const denyAll = { allow: false, access: "rwm" };
const tun = { path: "/dev/net/tun", major: 10, minor: 200 };

const twoFiles = {
  platform,
  root,
  process: { ...early, cwd: "" },
  mounts: [{ name: "proc", path: "/proc" }],
  linux: { capabilities },
};

const runtimeFile = {
  mounts: { proc: { type: "proc", source: "proc", options: null } },
  linux: {
    rlimits,
    namespaces: namespaces.map((namespace) => ({ ...namespace, path: "" })),
    devices: [{ ...tun, type: 99, permissions: "rw" }],
    seccomp: { defaultAction: "", architectures: null, syscalls: [] },
    rootfsPropagation: "",
    cgroupsPath: "",
  },
};

const moved = {
  ...minimalConfig({ args: ["sh"] }),
  root,
  mounts: [proc],
  process: {
    ...early,
    cwd: "/",
    rlimits,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
  },
  linux: {
    namespaces,
    devices: [{ ...tun, type: "c" }],
    resources: {
      devices: [denyAll, { allow: true, type: "c", major: 10, minor: 200, access: "rw" }],
    },
  },
};

const listed = { ...moved.process, capabilities };
const current = { ...moved, process: { ...moved.process, oomScoreAdj: 7 } };
const scored = { ...moved.linux, resources: { ...moved.linux.resources, oomScoreAdj: 7 } };

const forms: readonly (readonly [
  version: string,
  documents: readonly [config: object, runtime?: object],
  expected: object,
])[] = [
  ["0.1.0", [{ version: "0.1.0", ...twoFiles }, runtimeFile], moved],
  ["0.1.1", [{ version: "0.1.1", ...twoFiles }, runtimeFile], moved],
  ["0.2.0", [{ version: "0.2.0", ...twoFiles }, runtimeFile], moved],
  [
    "0.3.0",
    [
      {
        ...moved,
        platform,
        process: { ...early, cwd: "/" },
        linux: { ...scored, capabilities, rlimits, seccomp: { defaultAction: "" } },
      },
    ],
    current,
  ],
  ["0.4.0", [{ ...moved, platform, process: { ...listed, user: {} }, linux: scored }], current],
  ["0.5.0", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["0.6.0-dev", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["1.0.0-rc1", [{ ...moved, platform, process: listed, linux: scored, solaris: {} }], current],
  ["1.0.0-rc2", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["1.0.0-rc2-dev", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["1.0.0-rc3", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["1.0.0-rc4", [{ ...moved, platform, process: listed, linux: scored }], current],
  ["1.0.0-rc5", [{ ...moved, platform, linux: scored }], current],
  ["1.0.0-rc6", [current], current],
];

describe("upgradeConfig() takes the form of", () => {
  test.each(forms)("%s", (version, [config, runtime], expected) => {
    const written = "version" in config ? config : { ...config, ociVersion: version };

    const result = upgradeConfig(written, { runtime });

    expect<unknown>(result.config).toEqual({ ...expected, ociVersion: "1.0.0" });
    expect(validateConfig(result.config)).toEqual([]);
    expect(result.changes.at(-1)).toEqual({
      pointer: "/ociVersion",
      version: "1.0.0",
      did: `Set from ${version} to 1.0.0`,
    });
    expect(upgradeConfig(result.config).changes).toEqual([]);
  });
});

describe("upgradeConfig() knows what programs wrote", () => {
  const memory = (limits: object, version: string): unknown =>
    upgradeConfig({ ociVersion: version, linux: { resources: { memory: limits } } }).config.linux
      ?.resources?.memory;

  test("runc 0.0.5: zeros for what is not set, under the version that ended them", () => {
    const resources = {
      disableOOMKiller: false,
      memory: { limit: 0, reservation: 0, swappiness: -1 },
      cpu: { shares: 0, cpus: "" },
      pids: { limit: 0 },
      network: { classId: "", priorities: null },
    };

    const { config } = upgradeConfig(
      { version: "0.2.0", ...twoFiles },
      { runtime: { linux: { resources } } },
    );

    expect<unknown>(config.linux?.resources).toEqual({
      devices: [denyAll],
      memory: { disableOOMKiller: false },
    });
  });

  test("runc 0.0.6: a swappiness of 0, which is one, beside -1 for none", () => {
    const { config } = upgradeConfig(
      { version: "0.2.0", ...twoFiles },
      { runtime: { linux: { resources: { memory: { limit: 0, swappiness: 0 } } } } },
    );

    expect(config.linux?.resources?.memory).toEqual({ swappiness: 0 });
  });

  test("Docker: the largest number for no swappiness", () => {
    expect(memory({ limit: 5, swappiness: 2 ** 64 }, "1.0.0-rc2-dev")).toEqual({ limit: 5 });
    expect(memory({ swappiness: 60 }, "1.0.0-rc2-dev")).toEqual({ swappiness: 60 });
  });

  test("the example of 0.4.0: an empty filter for none; one with rules is refused", () => {
    const seccomp = (rules: object): unknown =>
      upgradeConfig({ ociVersion: "0.4.0", linux: { seccomp: { defaultAction: "", ...rules } } })
        .config.linux;

    expect(seccomp({ architectures: [] })).toEqual({});
    expect(() => seccomp({ syscalls: [{ name: "kexec_load", action: "SCMP_ACT_KILL" }] })).toThrow(
      expect.objectContaining({ pointer: "/linux/seccomp/defaultAction" }),
    );
  });

  test("fields of a process that is not there: they go", () => {
    const { config, changes } = upgradeConfig({
      ociVersion: "0.3.0",
      linux: { capabilities, rlimits, resources: { oomScoreAdj: 1 } },
    });

    expect(config).toEqual({ ociVersion: "1.0.0", linux: { resources: {} } });
    expect(changes.map(({ pointer }) => pointer)).toEqual([
      "/linux/capabilities",
      "/linux/rlimits",
      "/linux/resources/oomScoreAdj",
      "/ociVersion",
    ]);
  });

  test("runc 0.0.4: a draft before every release, which is refused by name", () => {
    expect(() => upgradeConfig({ version: "pre-draft", ...twoFiles })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CONFIG",
        pointer: "/version",
        hint: "The oldest form that is known is that of 0.1.0.",
      }),
    );
  });

  test("Windows before 1.0.0-rc6: no layers, which nothing can make up", () => {
    expect(() =>
      upgradeConfig({ ociVersion: "1.0.0-rc5", windows: { resources: { cpu: { percent: 9 } } } }),
    ).toThrow(expect.objectContaining({ pointer: "/windows/layerFolders" }));
  });
});
