import type { Config } from "../../config/config.ts";
import type { LinuxIdMapping } from "../../config/linux/id-mapping.ts";
import { hasNamespace, makesNamespace, type RuleGroup } from "../rule.ts";

type List = readonly LinuxIdMapping[];
type Key = "uidMappings" | "gidMappings";
type Mappings = readonly [path: readonly (string | number)[], list: List];

/** Returns the lists of mappings that are there, each with its path. */
function mappingsOf(config: Config): readonly Mappings[] {
  const lists: Mappings[] = [];
  const add = (path: readonly (string | number)[], part: Partial<Record<Key, List>> = {}): void => {
    for (const key of ["uidMappings", "gidMappings"] as const) {
      const list = part[key];
      if (list !== undefined) {
        lists.push([[...path, key], list]);
      }
    }
  };
  add(["linux"], config.linux);
  for (const [index, mount] of (config.mounts ?? []).entries()) {
    add(["mounts", index], mount);
  }
  return lists;
}

/** Returns something that has or needs mappings. */
function mappedPart(config: Config): unknown {
  const lists = mappingsOf(config);
  return lists[0] ?? (hasNamespace(config, "user") ? config : undefined);
}

function overlaps(a: LinuxIdMapping, b: LinuxIdMapping, key: "containerID" | "hostID"): boolean {
  return a[key] < b[key] + b.size && b[key] < a[key] + a.size;
}

function isMapped(id: number, mappings: readonly LinuxIdMapping[]): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}

/** Rules about mappings of user and group ids. */
export function idMappingRules(): readonly RuleGroup[] {
  return [
    {
      part: mappedPart,
      rules: () => [
        {
          name: "id-mappings-namespace",
          section: "config-linux.md, User namespace mappings",
          sentence:
            "`uidMappings` (array of objects, OPTIONAL) describes the user namespace uid mappings " +
            "from the host to the container.",
          level: "error",
          platforms: ["linux"],
          find: function idMappingsNamespace({ config, report }) {
            for (const key of ["uidMappings", "gidMappings"] as const) {
              if ((config.linux?.[key] ?? []).length > 0 && !hasNamespace(config, "user")) {
                report(["linux", key], { allowed: "nothing without a user namespace" });
              }
            }
          },
        },
        {
          name: "id-mappings-user",
          section: "setuid(2), setgroups(2)",
          sentence: "EINVAL: the id is not valid in this user namespace.",
          level: "error",
          platforms: ["linux"],
          find: function idMappingsUser({ config, report }) {
            const user = config.process?.user ?? {};
            const check = (key: "uid" | "gid" | "additionalGids", ids: readonly number[]): void => {
              const mappings = config.linux?.[key === "uid" ? "uidMappings" : "gidMappings"] ?? [];
              const lost =
                mappings.length === 0 ? undefined : ids.find((id) => !isMapped(id, mappings));
              if (lost !== undefined && makesNamespace(config, "user")) {
                report(["process", "user", key], {
                  found: `the id ${lost}`,
                  allowed: "a mapped id",
                });
              }
            };
            check("uid", [user.uid ?? 0]);
            check("gid", [user.gid ?? 0]);
            check("additionalGids", user.additionalGids ?? []);
          },
        },
      ],
    },
    {
      part: mappedPart,
      rules: () => [
        {
          name: "id-mapping-size",
          section: "config-linux.md, User namespace mappings",
          sentence: "`size` (uint32, REQUIRED) - is the number of ids to be mapped.",
          level: "error",
          find: function idMappingSize({ config, report }) {
            for (const [path, list] of mappingsOf(config)) {
              for (const [index, { containerID, hostID, size }] of list.entries()) {
                if (size === 0 || Math.max(containerID, hostID) + size > 2 ** 32) {
                  report([...path, index, "size"], {
                    allowed: "at least 1, and no id above 4294967295",
                  });
                }
              }
            }
          },
        },
        {
          name: "id-mapping-overlap",
          section: "user_namespaces(7), User and group ID mappings",
          sentence:
            "The range of user IDs (group IDs) specified in each line cannot overlap with the ranges " +
            "in any other lines.",
          level: "error",
          find: function idMappingOverlap({ config, report }) {
            for (const [path, list] of mappingsOf(config)) {
              for (const [index, mapping] of list.entries()) {
                for (const key of ["containerID", "hostID"] as const) {
                  if (list.slice(0, index).some((earlier) => overlaps(earlier, mapping, key))) {
                    report([...path, index, key], { allowed: "ids that no other mapping has" });
                  }
                }
              }
            }
          },
        },
        {
          name: "id-mapping-count",
          section: "user_namespaces(7), User and group ID mappings",
          sentence: "Since Linux 4.15, this limit is 340 lines.",
          level: "error",
          find: function idMappingCount({ config, report }) {
            for (const [path, list] of mappingsOf(config)) {
              if (list.length > 340) {
                report(path, { allowed: "a list of at most 340" });
              }
            }
          },
        },
      ],
    },
  ];
}
