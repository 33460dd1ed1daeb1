import type { Config } from "../../config/config.ts";
import { type Mount, makeLinuxMountOptions } from "../../config/mount.ts";
import { suggest } from "../../suggest.ts";
import { hasNamespace, type RuleGroup } from "../rule.ts";
import { isUnclean } from "./document.ts";

function isBind(mount: Mount): boolean {
  return mount.options?.includes("bind") === true || mount.options?.includes("rbind") === true;
}

function isIdMapped(mount: Mount): boolean {
  return mount.options?.includes("idmap") === true || mount.options?.includes("ridmap") === true;
}

function isPropagation(plain: string): boolean {
  return plain === "shared" || plain === "slave" || plain === "private" || plain === "unbindable";
}

function isAccessTime(plain: string): boolean {
  return plain === "noatime" || plain === "relatime" || plain === "strictatime";
}

/** Whether an option is one that an `r` before it has made recursive. */
function isRecursive(option: string): boolean {
  return /^r(ro|rw|(no)?(suid|dev|exec|diratime|atime|relatime|strictatime|symfollow))$/.test(
    option,
  );
}

/** Returns an option without the `r` that makes it recursive. */
function plainName(option: string): string {
  const plain = option.slice(1);
  const isTree = option.startsWith("r") && (isRecursive(option) || isPropagation(plain));
  return isTree ? plain : option;
}

/** Returns what an option is about, such as `suid` for `nosuid`. */
function subjectOf(plain: string): string {
  if (isPropagation(plain)) {
    return "propagation";
  }
  // What is about the same as another option, but for those whose name begins with `no`.
  const subjects: Readonly<Record<string, string>> = {
    rw: "ro",
    async: "sync",
    silent: "loud",
    rbind: "bind",
    ridmap: "idmap",
  };
  if (Object.hasOwn(subjects, plain)) {
    return subjects[plain] ?? plain;
  }
  return plain.startsWith("no") ? plain.slice(2) : plain;
}

/** Whether the later of two options, both without their `r`, takes back what the earlier one asks for. */
function contradicts(earlier: string, later: string): boolean {
  if (earlier === later) {
    return false;
  }
  if (isAccessTime(earlier) && isAccessTime(later)) {
    return true;
  }
  // A slave can be made shared: it then gets mounts and passes them on.
  const isSharedSlave = earlier === "slave" && later === "shared";
  return subjectOf(earlier) === subjectOf(later) && !isSharedSlave;
}

/** Returns the different options that contradict each other, the one that counts last. */
function contradictions(used: readonly string[]): readonly (readonly string[])[] {
  const options = [...new Set(used.toReversed())].toReversed();
  const groups: string[][] = [];
  for (const option of options) {
    const plain = plainName(option);
    const group = groups.find((others) =>
      others.some((other) => contradicts(plainName(other), plain)),
    );
    if (group === undefined) {
      groups.push([option]);
    } else {
      group.push(option);
    }
  }
  return groups.filter((group) => group.length > 1).map(recursiveLast);
}

/** Puts attributes of a whole tree last: they are set when the mount itself is as it should be. */
function recursiveLast(group: readonly string[]): readonly string[] {
  return [...group.filter((option) => !isRecursive(option)), ...group.filter(isRecursive)];
}

function mountsPart({ mounts }: Config): unknown {
  return mounts;
}

/** Rules about `mounts`. */
export function mountRules(): readonly RuleGroup[] {
  return [
    {
      part: mountsPart,
      rules: () => [
        {
          name: "mount-destination-relative",
          section: "config.md, Mounts",
          sentence:
            "Linux: This value SHOULD be an absolute path. ... Relative paths are deprecated.",
          level: "warning",
          platforms: ["linux", "vm"],
          find: function mountDestinationRelative({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              if (!mount.destination.startsWith("/")) {
                report(["mounts", index, "destination"], { allowed: "an absolute path" });
              }
            }
          },
        },
        {
          name: "mount-destination-absolute",
          section: "config.md, Mounts",
          sentence: "For all other platforms: This value MUST be an absolute path.",
          level: "error",
          platforms: ["windows", "solaris", "freebsd", "zos"],
          find: function mountDestinationAbsolute({ config, platform, report }) {
            const absolute = platform === "windows" ? /^[a-z]:[\\/]/i : /^\//;
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              if (!absolute.test(mount.destination)) {
                report(["mounts", index, "destination"], { allowed: "an absolute path" });
              }
            }
          },
        },
        {
          name: "mount-destination-clean",
          section: "config.md, Mounts",
          sentence: "Destination of mount point: path inside container.",
          level: "warning",
          find: function mountDestinationClean({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              if (isUnclean(mount.destination)) {
                report(["mounts", index, "destination"], {
                  allowed: "a path without . and .. and //",
                });
              }
            }
          },
        },
        {
          name: "mount-nested",
          section: "config.md, Mounts",
          sentence:
            "One mount destination MUST NOT be nested within another mount (e.g., c:\\\\foo and " +
            "c:\\\\foo\\\\bar).",
          level: "error",
          platforms: ["windows"],
          find: function mountNested({ config, report }) {
            const paths = (config.mounts ?? []).map((mount) =>
              `${mount.destination.toLowerCase().replaceAll("/", "\\")}\\`.replace(/\\+$/, "\\"),
            );
            for (const [index, path] of paths.entries()) {
              if (paths.some((other, at) => at !== index && path.startsWith(other))) {
                report(["mounts", index, "destination"], { allowed: "a path in no other mount" });
              }
            }
          },
        },
      ],
    },
    {
      part: mountsPart,
      rules: () => [
        {
          name: "mount-bind-source",
          section: "config.md, Mounts",
          sentence: "Path values for bind mounts are either absolute or relative to the bundle.",
          level: "error",
          platforms: ["linux", "vm"],
          find: function mountBindSource({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              const isRemount = mount.options?.includes("remount") === true;
              if (isBind(mount) && !isRemount && (mount.source ?? "") === "") {
                report(["mounts", index, "source"], {
                  allowed: "a path, since it is a bind mount",
                });
              }
            }
          },
        },
        {
          name: "mount-type",
          section: "config.md, POSIX-platform Mounts",
          sentence:
            "Linux: filesystem types supported by the kernel as listed in /proc/filesystems ... For " +
            "bind mounts (when `options` include either `bind` or `rbind`), the type is a dummy",
          level: "warning",
          platforms: ["linux"],
          find: function mountType({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              const isChange = mount.options?.includes("remount") === true;
              if (!(isBind(mount) || isChange) && (mount.type ?? "") === "") {
                report(["mounts", index, "type"], {
                  allowed: "a file system type, or the option bind",
                });
              }
            }
          },
        },
        {
          name: "mount-options-contradict",
          section: "mount(8), Filesystem-independent mount options",
          sentence:
            'The "MUST" options correspond to mount(8), where the last of options that contradict ' +
            "each other counts.",
          level: "warning",
          platforms: ["linux", "vm"],
          find: function mountOptionsContradict({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              for (const used of contradictions(mount.options ?? [])) {
                report(["mounts", index, "options"], {
                  found: used.join(", "),
                  allowed: `one of them; ${used.at(-1)} counts`,
                });
              }
            }
          },
        },
      ],
    },
    {
      part: mountsPart,
      rules: () => [
        {
          name: "mount-options-bind",
          section: "config.md, Linux mount options",
          sentence:
            "Runtimes SHOULD treat unknown options as filesystem-specific ones and pass those as a " +
            "comma-separated string to the fifth (`const void *data`) argument of mount(2).",
          level: "warning",
          platforms: ["linux"],
          find: function mountOptionsBind({ config, report }) {
            const known = makeLinuxMountOptions();
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              for (const [at, option] of isBind(mount) ? (mount.options ?? []).entries() : []) {
                if (!Object.hasOwn(known, option)) {
                  report(["mounts", index, "options", at], {
                    allowed:
                      "an option of the runtime: a bind mount has no file system to pass it to",
                    meant: suggest(option, Object.keys(known)),
                  });
                }
              }
            }
          },
        },
        {
          name: "mount-options-supported",
          needsFeatures: true,
          section: "features.md, Mount options",
          sentence:
            "`mountOptions` (array of strings, OPTIONAL) The recognized names of the mount options, " +
            "including options that might not be supported by the host operating system.",
          level: "error",
          platforms: ["linux"],
          find: function mountOptionsSupported({ config, features, report }) {
            const supported = features?.mountOptions;
            const known = makeLinuxMountOptions();
            for (const [index, mount] of supported === undefined
              ? []
              : (config.mounts ?? []).entries()) {
              for (const [at, option] of (mount.options ?? []).entries()) {
                if (Object.hasOwn(known, option) && supported?.includes(option) === false) {
                  report(["mounts", index, "options", at], {
                    allowed: "an option that the runtime has",
                  });
                }
              }
            }
          },
        },
        {
          name: "mount-mappings-paired",
          section: "config.md, POSIX-platform Mounts",
          sentence: "If specified, it MUST be specified along with `gidMappings`.",
          level: "error",
          find: function mountMappingsPaired({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              const [uids, gids] = [mount.uidMappings ?? [], mount.gidMappings ?? []];
              if (uids.length > 0 !== gids.length > 0) {
                const missing = uids.length > 0 ? "gidMappings" : "uidMappings";
                report(["mounts", index, missing], {
                  allowed: "mappings, as there are of the other kind",
                });
              }
            }
          },
        },
      ],
    },
    {
      part: mountsPart,
      rules: () => [
        {
          name: "mount-mappings-option",
          section: "config.md, POSIX-platform Mounts",
          sentence:
            "If specified, the `options` field of the `mounts` structure SHOULD contain either " +
            "`idmap` or `ridmap`",
          level: "warning",
          platforms: ["linux"],
          find: function mountMappingsOption({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              const isMapped = (mount.uidMappings ?? mount.gidMappings ?? []).length > 0;
              if (isMapped && !isIdMapped(mount)) {
                report(["mounts", index, "options"], { allowed: "idmap or ridmap among them" });
              }
            }
          },
        },
        {
          name: "mount-idmap",
          section: "config.md, Linux mount options",
          sentence:
            "If there are no `uidMappings` and `gidMappings` specified and the container isn't using " +
            "user namespaces, an error MUST be returned.",
          level: "error",
          platforms: ["linux"],
          find: function mountIdmap({ config, report }) {
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              const isMapped = (mount.uidMappings ?? mount.gidMappings ?? []).length > 0;
              if (isIdMapped(mount) && !isMapped && !hasNamespace(config, "user")) {
                report(["mounts", index, "options"], {
                  found: "idmap without mappings",
                  allowed: "it with uidMappings and gidMappings, or with a user namespace",
                });
              }
            }
          },
        },
        {
          name: "mount-idmap-supported",
          needsFeatures: true,
          section: "features-linux.md, Mount Extensions",
          sentence:
            "`idmap` (object, OPTIONAL) represents whether the runtime supports idmap mounts using " +
            "the `uidMappings` and `gidMappings` properties of the mount.",
          level: "error",
          platforms: ["linux"],
          find: function mountIdmapSupported({ config, features, report }) {
            if (features?.linux?.mountExtensions?.idmap?.enabled !== false) {
              return;
            }
            for (const [index, mount] of (config.mounts ?? []).entries()) {
              if (isIdMapped(mount)) {
                report(["mounts", index, "options"], { allowed: "no idmap: the runtime has none" });
              }
            }
          },
        },
      ],
    },
  ];
}
