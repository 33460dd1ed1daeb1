/** Random sequences of edits: none changes what it is given, does more the second time, or breaks a rule. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Config } from "../config/config.ts";
import { linuxNamespaceTypes } from "../config/linux/namespaces.ts";
import { defaultConfig } from "../default-config.ts";
import { minimalConfig } from "../minimal-config.ts";
import { validateConfig } from "../validate/validate-config.ts";
import { withCapabilities, withoutCapabilities } from "./capabilities.ts";
import { withDevice } from "./devices.ts";
import { withEnv, withoutEnv } from "./env.ts";
import { withCpuLimit, withMemoryLimit, withPidsLimit } from "./limits.ts";
import { withMount, withoutMount } from "./mounts.ts";
import { withNamespace, withSharedNamespace } from "./namespaces.ts";
import { withUser } from "./user.ts";

/** The seed of every property here; set FC_SEED to repeat a run. */
const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);

type Edit = (config: Config) => Config;

const mappings = [{ containerID: 0, hostID: 1000, size: 9 }];
const maps = { uidMappings: mappings, gidMappings: mappings };
const types = linuxNamespaceTypes.filter((type) => type !== "mount");
const disk = { path: "/dev/x", type: "b", major: 8, minor: 0 } as const;

const edits: Readonly<Record<string, Edit>> = {
  mount: (config) => withMount(config, { destination: "/a", source: "/s", type: "bind" }),
  mountBelow: (config) => withMount(config, { destination: "/a/c", type: "tmpfs" }),
  unmount: (config) => withoutMount(config, "/sys"),
  user: (config) => withUser(config, { uid: 5, gid: 6, additionalGids: [7], umask: 0o22 }),
  root: (config) => withUser(config, { uid: 0, gid: 0 }),
  allow: (config) => withCapabilities(config, ["net_raw", "CAP_CHOWN"]),
  allowAll: (config) => withCapabilities(config, ["ALL"]),
  forbid: (config) => withoutCapabilities(config, ["kill", "CAP_CHOWN"]),
  forbidAll: (config) => withoutCapabilities(config, ["all"]),
  env: (config) => withEnv(config, "PATH", "/"),
  otherEnv: (config) => withEnv(config, "A", ""),
  noEnv: (config) => withoutEnv(config, "PATH"),
  memory: (config) => withMemoryLimit(config, 2 ** 26, { swap: 0 }),
  lessMemory: (config) => withMemoryLimit(config, 2 ** 20),
  allMemory: (config) => withMemoryLimit(config, -1),
  cpu: (config) => withCpuLimit(config, 0.5),
  littleCpu: (config) => withCpuLimit(config, 0.001),
  allCpu: (config) => withCpuLimit(config, Number.POSITIVE_INFINITY),
  pids: (config) => withPidsLimit(config, 5),
  device: (config) => withDevice(config, disk),
  readOnlyDevice: (config) => withDevice(config, disk, "r"),
  otherDevice: (config) => withDevice(config, { ...disk, type: "c", minor: 1 }),
  ...Object.fromEntries(
    types.flatMap((type): [string, Edit][] => [
      [`new-${type}`, (config) => withNamespace(config, type, type === "user" ? maps : {})],
      [`join-${type}`, (config) => withNamespace(config, type, { path: `/run/${type}` })],
      [`share-${type}`, (config) => withSharedNamespace(config, type)],
    ]),
  ),
};

const bases: readonly Config[] = [
  defaultConfig(),
  defaultConfig({ cgroupNamespace: true }),
  defaultConfig({ rootless: { uid: 1000, gid: 1000 } }),
  minimalConfig({ args: ["true"] }),
  {
    ...defaultConfig(),
    linux: { ...defaultConfig().linux, sysctl: { "net.core.somaxconn": "1" } },
  },
];

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** Groups besides the first one that are not mapped stay a problem: which ids are is not for an edit to say. */
function problemsOf(config: Config): readonly unknown[] {
  return validateConfig(config).filter(({ pointer }) => !pointer.startsWith("/process/user"));
}

describe(`edits at random (seed ${seed})`, () => {
  test("change nothing that they are given, nothing more the second time, and break no rule", () => {
    const names = fc.constantFrom(...Object.keys(edits));
    const property = fc.property(
      fc.constantFrom(...bases.map(deepFreeze)),
      fc.array(names, { minLength: 1, maxLength: 6 }),
      (base, list) => {
        let config = base;
        for (const name of list) {
          const edit = edits[name] ?? ((value: Config): Config => value);
          config = deepFreeze(edit(config));
          expect(edit(config)).toEqual(config);
          expect(problemsOf(config)).toEqual([]);
        }
      },
    );

    fc.assert(property, { seed, numRuns: 3_000 });
  }, 300_000);
});
