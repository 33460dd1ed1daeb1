import { linuxMountOptions, type Mount } from "../../config/mount.ts";
import { suggest } from "../../suggest.ts";
import { defineRule, hasNamespace, type Rule } from "../rule.ts";

const names = Object.keys(linuxMountOptions);

function options(mount: Mount): readonly string[] {
  return mount.options ?? [];
}

function isBind(mount: Mount): boolean {
  return options(mount).some((option) => option === "bind" || option === "rbind");
}

function isIdMapped(mount: Mount): boolean {
  return options(mount).some((option) => option === "idmap" || option === "ridmap");
}

/** Groups of options of which only the last counts. */
const exclusive: readonly (readonly string[])[] = [
  ["ro", "rw"],
  ["suid", "nosuid"],
  ["dev", "nodev"],
  ["exec", "noexec"],
  ["sync", "async"],
  ["atime", "noatime"],
  ["diratime", "nodiratime"],
  ["relatime", "norelatime"],
  ["strictatime", "nostrictatime"],
  ["lazytime", "nolazytime"],
  ["iversion", "noiversion"],
  ["mand", "nomand"],
  ["loud", "silent"],
  ["symfollow", "nosymfollow"],
  ["rro", "rrw"],
  ["rsuid", "rnosuid"],
  ["rdev", "rnodev"],
  ["rexec", "rnoexec"],
  ["ratime", "rnoatime"],
  ["rdiratime", "rnodiratime"],
  ["rrelatime", "rnorelatime"],
  ["rstrictatime", "rnostrictatime"],
  ["rsymfollow", "rnosymfollow"],
  ["bind", "rbind"],
  ["idmap", "ridmap"],
  ["private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable"],
];

/** Rules about `mounts`. */
export const mountRules: readonly Rule[] = [
  defineRule(
    "mount-destination-relative",
    {
      section: "config.md, Mounts",
      sentence: "Linux: This value SHOULD be an absolute path. ... Relative paths are deprecated.",
      level: "warning",
      platforms: ["linux", "vm"],
    },
    function mountDestinationRelative({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        if (!mount.destination.startsWith("/")) {
          report(["mounts", index, "destination"], { allowed: "an absolute path" });
        }
      }
    },
  ),
  defineRule(
    "mount-destination-absolute",
    {
      section: "config.md, Mounts",
      sentence: "For all other platforms: This value MUST be an absolute path.",
      level: "error",
      platforms: ["windows", "solaris", "freebsd", "zos"],
    },
    function mountDestinationAbsolute({ config, platform, report }) {
      const absolute = platform === "windows" ? /^[a-z]:[\\/]/i : /^\//;
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        if (!absolute.test(mount.destination)) {
          report(["mounts", index, "destination"], { allowed: "an absolute path" });
        }
      }
    },
  ),
  defineRule(
    "mount-destination-clean",
    {
      section: "config.md, Mounts",
      sentence: "Destination of mount point: path inside container.",
      level: "warning",
    },
    function mountDestinationClean({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        if (/(^|[/\\])\.\.?([/\\]|$)|\/\//.test(mount.destination)) {
          report(["mounts", index, "destination"], { allowed: "a path without . and .. and //" });
        }
      }
    },
  ),
  defineRule(
    "mount-nested",
    {
      section: "config.md, Mounts",
      sentence:
        "One mount destination MUST NOT be nested within another mount (e.g., c:\\\\foo and " +
        "c:\\\\foo\\\\bar).",
      level: "error",
      platforms: ["windows"],
    },
    function mountNested({ config, report }) {
      const paths = (config.mounts ?? []).map((mount) =>
        `${mount.destination.toLowerCase().replaceAll("/", "\\")}\\`.replace(/\\+$/, "\\"),
      );
      for (const [index, path] of paths.entries()) {
        if (paths.some((other, at) => at !== index && path.startsWith(other))) {
          report(["mounts", index, "destination"], { allowed: "a path in no other mount" });
        }
      }
    },
  ),
  defineRule(
    "mount-bind-source",
    {
      section: "config.md, Mounts",
      sentence: "Path values for bind mounts are either absolute or relative to the bundle.",
      level: "error",
      platforms: ["linux", "vm"],
    },
    function mountBindSource({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        const isRemount = options(mount).includes("remount");
        if (isBind(mount) && !isRemount && (mount.source ?? "") === "") {
          report(["mounts", index, "source"], { allowed: "a path, since it is a bind mount" });
        }
      }
    },
  ),
  defineRule(
    "mount-type",
    {
      section: "config.md, POSIX-platform Mounts",
      sentence:
        "Linux: filesystem types supported by the kernel as listed in /proc/filesystems ... For " +
        "bind mounts (when `options` include either `bind` or `rbind`), the type is a dummy",
      level: "warning",
      platforms: ["linux"],
    },
    function mountType({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        const isChange = options(mount).includes("remount");
        if (!(isBind(mount) || isChange) && (mount.type ?? "") === "") {
          report(["mounts", index, "type"], { allowed: "a file system type, or the option bind" });
        }
      }
    },
  ),
  defineRule(
    "mount-options-contradict",
    {
      section: "mount(8), Filesystem-independent mount options",
      sentence:
        'The "MUST" options correspond to mount(8), where the last of options that contradict ' +
        "each other counts.",
      level: "warning",
      platforms: ["linux", "vm"],
    },
    function mountOptionsContradict({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        for (const group of exclusive) {
          const used = options(mount).filter((option) => group.includes(option));
          if (new Set(used).size > 1) {
            report(["mounts", index, "options"], {
              found: used.join(", "),
              allowed: `one of them; ${used.at(-1)} counts`,
            });
          }
        }
      }
    },
  ),
  defineRule(
    "mount-options-bind",
    {
      section: "config.md, Linux mount options",
      sentence:
        "Runtimes SHOULD treat unknown options as filesystem-specific ones and pass those as a " +
        "comma-separated string to the fifth (`const void *data`) argument of mount(2).",
      level: "warning",
      platforms: ["linux"],
    },
    function mountOptionsBind({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        for (const [at, option] of isBind(mount) ? options(mount).entries() : []) {
          if (!Object.hasOwn(linuxMountOptions, option)) {
            report(["mounts", index, "options", at], {
              allowed: "an option of the runtime: a bind mount has no file system to pass it to",
              meant: suggest(option, names),
            });
          }
        }
      }
    },
  ),
  defineRule(
    "mount-options-supported",
    {
      section: "features.md, Mount options",
      sentence:
        "`mountOptions` (array of strings, OPTIONAL) The recognized names of the mount options, " +
        "including options that might not be supported by the host operating system.",
      level: "error",
      platforms: ["linux"],
    },
    function mountOptionsSupported({ config, features, report }) {
      const supported = features?.mountOptions;
      for (const [index, mount] of supported === undefined ? [] : (config.mounts ?? []).entries()) {
        for (const [at, option] of options(mount).entries()) {
          if (Object.hasOwn(linuxMountOptions, option) && supported?.includes(option) === false) {
            report(["mounts", index, "options", at], { allowed: "an option that the runtime has" });
          }
        }
      }
    },
  ),
  defineRule(
    "mount-mappings-paired",
    {
      section: "config.md, POSIX-platform Mounts",
      sentence: "If specified, it MUST be specified along with `gidMappings`.",
      level: "error",
    },
    function mountMappingsPaired({ config, report }) {
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
  ),
  defineRule(
    "mount-mappings-option",
    {
      section: "config.md, POSIX-platform Mounts",
      sentence:
        "If specified, the `options` field of the `mounts` structure SHOULD contain either " +
        "`idmap` or `ridmap`",
      level: "warning",
      platforms: ["linux"],
    },
    function mountMappingsOption({ config, report }) {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        const isMapped = (mount.uidMappings ?? mount.gidMappings ?? []).length > 0;
        if (isMapped && !isIdMapped(mount)) {
          report(["mounts", index, "options"], { allowed: "idmap or ridmap among them" });
        }
      }
    },
  ),
  defineRule(
    "mount-idmap",
    {
      section: "config.md, Linux mount options",
      sentence:
        "If there are no `uidMappings` and `gidMappings` specified and the container isn't using " +
        "user namespaces, an error MUST be returned.",
      level: "error",
      platforms: ["linux"],
    },
    function mountIdmap({ config, report }) {
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
  ),
  defineRule(
    "mount-idmap-supported",
    {
      section: "features-linux.md, Mount Extensions",
      sentence:
        "`idmap` (object, OPTIONAL) represents whether the runtime supports idmap mounts using " +
        "the `uidMappings` and `gidMappings` properties of the mount.",
      level: "error",
      platforms: ["linux"],
    },
    function mountIdmapSupported({ config, features, report }) {
      if (features?.linux?.mountExtensions?.idmap?.enabled !== false) {
        return;
      }
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        if (isIdMapped(mount)) {
          report(["mounts", index, "options"], { allowed: "no idmap: the runtime has none" });
        }
      }
    },
  ),
];
