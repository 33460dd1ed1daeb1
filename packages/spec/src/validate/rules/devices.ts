import type { Config } from "../../config/config.ts";
import { findDuplicates, hasNamespace, type RuleGroup } from "../rule.ts";

/** Whether the kernel takes `name` for a network device: at most 15 bytes, no blanks and such. */
function isInterfaceName(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && name !== "." && name !== "..";
}

function devicesPart({ linux }: Config): unknown {
  return linux?.devices;
}

function deviceRulesPart({ linux }: Config): unknown {
  return linux?.resources?.devices;
}

function netDevicesPart({ linux }: Config): unknown {
  return linux?.netDevices;
}

/** Rules about devices and the rules for them. */
export function deviceRules(): readonly RuleGroup[] {
  return [
    {
      part: devicesPart,
      rules: () => [
        {
          name: "device-path",
          section: "config-linux.md, Devices",
          sentence: "`path` (string, REQUIRED) - full path to device inside container.",
          level: "error",
          platforms: ["linux"],
          find: function devicePath({ config, report }) {
            for (const [index, { path }] of (config.linux?.devices ?? []).entries()) {
              // A slash at the end is no matter: runc and crun leave it out.
              if (!path.startsWith("/") || /^\/+$/.test(path)) {
                report(["linux", "devices", index, "path"], {
                  allowed: "an absolute path of a file",
                });
              }
            }
          },
        },
        {
          name: "device-numbers",
          section: "config-linux.md, Devices",
          sentence:
            "`major, minor` (int64, REQUIRED unless `type` is `p`) - major, minor numbers for the " +
            "device.",
          level: "error",
          platforms: ["linux"],
          find: function deviceNumbers({ config, report }) {
            for (const [index, device] of (config.linux?.devices ?? []).entries()) {
              for (const [key, max] of [
                ["major", 2 ** 12 - 1],
                ["minor", 2 ** 20 - 1],
              ] as const) {
                const number = device[key] ?? -1;
                if (device.type !== "p" && (number < 0 || number > max)) {
                  report(["linux", "devices", index, key], { allowed: `0 to ${max}` });
                }
              }
            }
          },
        },
        {
          name: "device-duplicate",
          section: "config-linux.md, Devices",
          sentence: "The same `type`, `major` and `minor` SHOULD NOT be used for multiple devices.",
          level: "warning",
          platforms: ["linux"],
          find: function deviceDuplicate({ config, report }) {
            const devices = config.linux?.devices ?? [];
            for (const index of findDuplicates(devices, ({ type, major, minor }) =>
              type === "p" ? undefined : `${type === "b" ? "b" : "c"} ${major}:${minor}`,
            )) {
              report(["linux", "devices", index], { allowed: "each device once" });
            }
          },
        },
      ],
    },
    {
      part: devicesPart,
      rules: () => [
        {
          name: "device-path-duplicate",
          section: "config-linux.md, Devices",
          sentence:
            "If a file already exists at `path` that does not match the requested device, the " +
            "runtime MUST generate an error.",
          level: "error",
          platforms: ["linux"],
          find: function devicePathDuplicate({ config, report }) {
            const devices = config.linux?.devices ?? [];
            for (const index of findDuplicates(devices, ({ path }) => path)) {
              report(["linux", "devices", index, "path"], { allowed: "each path once" });
            }
          },
        },
      ],
    },
    {
      part: deviceRulesPart,
      rules: () => [
        {
          name: "device-rule-type",
          section: "config-linux.md, Allowed Device list",
          sentence:
            "`type` (string, OPTIONAL) - type of device: `a` (all), `c` (char), or `b` (block).",
          level: "error",
          platforms: ["linux"],
          find: function deviceRuleType({ config, report }) {
            for (const [index, { type = "" }] of (
              config.linux?.resources?.devices ?? []
            ).entries()) {
              if (!["", "a", "b", "c"].includes(type)) {
                report(["linux", "resources", "devices", index, "type"], {
                  allowed: '"a", "c" or "b"',
                });
              }
            }
          },
        },
        {
          name: "device-rule-access",
          section: "config-linux.md, Allowed Device list",
          sentence:
            "`access` (string, OPTIONAL) - cgroup permissions for device. A composition of `r` " +
            "(read), `w` (write), and `m` (mknod).",
          level: "error",
          platforms: ["linux"],
          find: function deviceRuleAccess({ config, report }) {
            for (const [index, { access = "" }] of (
              config.linux?.resources?.devices ?? []
            ).entries()) {
              if (!/^[rwm]*$/.test(access)) {
                report(["linux", "resources", "devices", index, "access"], {
                  allowed: "of r, w and m",
                });
              }
            }
          },
        },
        {
          name: "device-rule-empty",
          section: "config-linux.md, Allowed Device list",
          sentence: "`allow` (boolean, REQUIRED) - whether the entry is allowed or denied.",
          level: "warning",
          platforms: ["linux"],
          find: function deviceRuleEmpty({ config, report }) {
            for (const [index, { access = "" }] of (
              config.linux?.resources?.devices ?? []
            ).entries()) {
              if (access === "") {
                report(["linux", "resources", "devices", index, "access"], {
                  allowed: "of r, w and m: without, the rule is about nothing",
                });
              }
            }
          },
        },
      ],
    },
    {
      part: deviceRulesPart,
      rules: () => [
        {
          name: "device-rule-numbers",
          section: "config-linux.md, Allowed Device list",
          sentence:
            "`major, minor` (int64, OPTIONAL) - major, minor numbers for the device. Unset values " +
            'mean "all", mapping to `*` in the filesystem API.',
          level: "error",
          platforms: ["linux"],
          find: function deviceRuleNumbers({ config, report }) {
            for (const [index, rule] of (config.linux?.resources?.devices ?? []).entries()) {
              for (const key of ["major", "minor"] as const) {
                const number = rule[key] ?? -1;
                if (number < -1 || number > 2 ** 32 - 1) {
                  report(["linux", "resources", "devices", index, key], {
                    allowed: "0 to 4294967295, or -1 for all",
                  });
                }
              }
            }
          },
        },
      ],
    },
    {
      part: netDevicesPart,
      rules: () => [
        {
          name: "net-device-namespace",
          section: "config-linux.md, Network Devices",
          sentence:
            "This schema focuses solely on moving existing network devices identified by name from " +
            "the host network namespace into the container network namespace.",
          level: "error",
          platforms: ["linux"],
          find: function netDeviceNamespace({ config, report }) {
            const devices = Object.keys(config.linux?.netDevices ?? {});
            if (devices.length > 0 && !hasNamespace(config, "network")) {
              report(["linux", "netDevices"], { allowed: "nothing without a network namespace" });
            }
          },
        },
        {
          name: "net-device-name",
          section: "config-linux.md, Network Devices",
          sentence:
            "`name` (string, OPTIONAL) - the name of the network device inside the container " +
            "namespace.",
          level: "error",
          platforms: ["linux"],
          find: function netDeviceName({ config, report }) {
            for (const [key, { name = "" }] of Object.entries(config.linux?.netDevices ?? {})) {
              if (!isInterfaceName(key) || key.includes("%")) {
                report(["linux", "netDevices", key], {
                  found: `the name ${JSON.stringify(key)}`,
                  allowed:
                    "the name of a network device: 1 to 15 characters without blank, / and :",
                });
              }
              const plain = name.replace(/%d$/, "0");
              if (name !== "" && (!isInterfaceName(plain) || plain.includes("%"))) {
                report(["linux", "netDevices", key, "name"], {
                  allowed: "1 to 15 characters without blank, / and :, with %d at most at the end",
                });
              }
            }
          },
        },
        {
          name: "net-device-duplicate",
          section: "config-linux.md, Network Devices",
          sentence:
            "If a network device with the specified name already exists in the container namespace, " +
            "the runtime MUST generate an error, unless the user has provided a template by " +
            "appending `%d` to the new name.",
          level: "error",
          platforms: ["linux"],
          find: function netDeviceDuplicate({ config, report }) {
            const entries = Object.entries(config.linux?.netDevices ?? {});
            const nameOf = ([key, { name = "" }]: (typeof entries)[number]): string | undefined =>
              name.endsWith("%d") ? undefined : name || key;
            for (const index of findDuplicates(entries, nameOf)) {
              report(["linux", "netDevices", entries[index]?.[0] ?? ""], {
                allowed: "a name that no other device gets",
              });
            }
          },
        },
      ],
    },
    {
      part: netDevicesPart,
      rules: () => [
        {
          name: "net-device-supported",
          needsFeatures: true,
          section: "features-linux.md, NetDevices",
          sentence:
            "`enabled` (bool, OPTIONAL) represents whether the runtime supports the capability to move " +
            "Linux network devices into the container's network namespace.",
          level: "error",
          platforms: ["linux"],
          find: function netDeviceSupported({ config, features, report }) {
            const devices = Object.keys(config.linux?.netDevices ?? {});
            if (features?.linux?.netDevices?.enabled === false && devices.length > 0) {
              report(["linux", "netDevices"], {
                allowed: "nothing: the runtime does not move devices",
              });
            }
          },
        },
      ],
    },
  ];
}
