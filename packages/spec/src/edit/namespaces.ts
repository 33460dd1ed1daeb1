import type { Config } from "../config/config.ts";
import type { LinuxIdMapping } from "../config/linux/id-mapping.ts";
import type { Linux } from "../config/linux/linux.ts";
import type { LinuxNamespaceType } from "../config/linux/namespaces.ts";
import { sysctlNamespace } from "../config/linux/sysctl.ts";
import type { Mount } from "../config/mount.ts";
import { editError, editLinux, omit } from "./parts.ts";

/** Options of {@linkcode withNamespace}. */
export interface NamespaceOptions {
  /** The namespace to join, such as `/run/netns/web`; absolute. Default: a new one. */
  readonly path?: string;
  /** For a new `user` namespace: its user ids. Default: those that the configuration has. */
  readonly uidMappings?: readonly LinuxIdMapping[];
  /** For a new `user` namespace: its group ids. Default: those that the configuration has. */
  readonly gidMappings?: readonly LinuxIdMapping[];
}

/**
 * Returns a configuration whose container has a namespace of its own, or joins one.
 *
 * With a new one, what {@linkcode withSharedNamespace} and rootless configurations bind from the host to
 * show a shared namespace is mounted anew: such a `/proc` would show the host's processes. With a user
 * namespace the views of those that are still shared are bound.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for a path that is not absolute, for a new user
 * namespace without mappings: everyone in it would be nobody, and for mappings of another namespace.
 *
 * @example
 * ```ts
 * import { defaultConfig, withNamespace } from "@ctr/spec";
 *
 * const config = withNamespace(defaultConfig(), "network", { path: "/run/netns/web" });
 * console.log(config.linux?.namespaces?.[1]?.path); // "/run/netns/web"
 * ```
 */
export function withNamespace(
  config: Config,
  type: LinuxNamespaceType,
  options: NamespaceOptions = {},
): Config {
  const { path } = options;
  if (path !== undefined && !path.startsWith("/")) {
    throw editError(
      `Cannot join the ${type} namespace ${JSON.stringify(path)}: the path is not absolute`,
      "/linux/namespaces",
    );
  }
  if (type !== "user" && (options.uidMappings ?? options.gidMappings) !== undefined) {
    throw editError(
      `Cannot map ids in a ${type} namespace: they belong to the user namespace`,
      "/linux/namespaces",
    );
  }
  const namespaces = config.linux?.namespaces ?? [];
  const place = namespaces.findIndex((namespace) => namespace.type === type);
  const others = namespaces.filter((namespace) => namespace.type !== type);
  const added = path === undefined ? { type } : { type, path };
  const edited = editLinux(config, {
    namespaces: others.toSpliced(place === -1 ? others.length : place, 0, added),
    ...(type === "user" ? mappingsFor(config, options) : {}),
  });
  const own = namespaces.map((namespace) => namespace.type);
  return withViews(edited, (mount) => {
    if (type === "user") {
      return bindShared(mount, own);
    }
    return path === undefined ? mountOwn(mount, type) : mount;
  });
}

function withViews(config: Config, change: (mount: Mount) => Mount): Config {
  const { mounts = [] } = config;
  const changed = mounts.map(change);
  return changed.every((mount, index) => mount === mounts[index])
    ? config
    : { ...config, mounts: changed };
}

type Mappings = Pick<NamespaceOptions, "uidMappings" | "gidMappings">;

function mappingsFor(config: Config, { path, ...options }: NamespaceOptions): Mappings {
  if (path !== undefined) {
    return options;
  }
  const uidMappings = options.uidMappings ?? config.linux?.uidMappings ?? [];
  const gidMappings = options.gidMappings ?? config.linux?.gidMappings ?? [];
  if (uidMappings.length === 0 || gidMappings.length === 0) {
    throw editError(
      "Cannot make a user namespace: there are no mappings of user and group ids",
      uidMappings.length === 0 ? "/linux/uidMappings" : "/linux/gidMappings",
    );
  }
  return { uidMappings, gidMappings };
}

/**
 * Returns a configuration whose container shares a namespace with the runtime.
 *
 * What would then change the host goes, too: the host name and domain name with `uts`, moved devices
 * with `network`, clock offsets with `time`, mappings with `user`, and the kernel parameters of the
 * namespace. In a user namespace the kernel refuses to mount the file system of a namespace that is
 * not the container's own; the runtime's one is bound instead: `/sys` with `network`, `/proc` with
 * `pid`, `/dev/mqueue` with `ipc`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for `mount`: the container's mounts would be
 * the host's.
 *
 * @example
 * ```ts
 * import { defaultConfig, withSharedNamespace } from "@ctr/spec";
 *
 * const config = withSharedNamespace(defaultConfig(), "uts");
 * console.log(config.hostname); // undefined
 * ```
 */
export function withSharedNamespace(config: Config, type: LinuxNamespaceType): Config {
  if (type === "mount") {
    throw editError(
      "Cannot share the mount namespace: the container's mounts would be the host's",
      "/linux/namespaces",
    );
  }
  const { linux = {}, ...rest } = config;
  const namespaces = linux.namespaces?.filter((namespace) => namespace.type !== type) ?? [];
  const inUserNamespace = namespaces.some((namespace) => namespace.type === "user");
  const edited: Config = {
    ...(type === "uts" ? omit(rest, "hostname", "domainname") : rest),
    linux: {
      ...omit(linux, ...(dependents[type] ?? [])),
      ...withoutSysctls(linux.sysctl, type),
      namespaces,
    },
  };
  return inUserNamespace ? withViews(edited, (mount) => bindForeign(mount, type)) : edited;
}

/** The fields that mean something in a namespace of the container's own only. */
const dependents: Partial<Record<LinuxNamespaceType, readonly (keyof Linux)[]>> = {
  network: ["netDevices"],
  time: ["timeOffsets"],
  user: ["uidMappings", "gidMappings"],
};

function withoutSysctls(
  sysctl: Readonly<Record<string, string>> | undefined,
  type: LinuxNamespaceType,
): { readonly sysctl?: Readonly<Record<string, string>> } {
  if (sysctl === undefined) {
    return {};
  }
  const kept = Object.entries(sysctl).filter(([name]) => sysctlNamespace(name) !== type);
  return { sysctl: Object.fromEntries(kept) };
}

/** The file systems that show a namespace, and where the runtime has them. */
const views: Partial<Record<LinuxNamespaceType, readonly [fileSystem: string, source: string]>> = {
  network: ["sysfs", "/sys"],
  pid: ["proc", "/proc"],
  ipc: ["mqueue", "/dev/mqueue"],
};

/** Binds the host's view of a namespace that the container has not. */
function bindForeign(mount: Mount, type: LinuxNamespaceType): Mount {
  const [fileSystem, source] = views[type] ?? [];
  if (source === undefined || mount.type !== fileSystem) {
    return mount;
  }
  return { ...mount, type: "none", source, options: ["rbind", ...(mount.options ?? [])] };
}

/** As {@linkcode bindForeign}, for every namespace that is not among `own`. */
function bindShared(mount: Mount, own: readonly LinuxNamespaceType[]): Mount {
  const shared = (["network", "pid", "ipc"] as const).filter((type) => !own.includes(type));
  return shared.reduce(bindForeign, mount);
}

/** Mounts the container's own view of a namespace where the host's is bound. */
function mountOwn(mount: Mount, type: LinuxNamespaceType): Mount {
  const [fileSystem, source] = views[type] ?? [];
  const { options = [] } = mount;
  if (fileSystem === undefined || mount.source !== source || !options.includes("rbind")) {
    return mount;
  }
  const others = options.filter((option) => option !== "rbind");
  return {
    ...omit(mount, "options"),
    type: fileSystem,
    source: fileSystem,
    ...(others.length === 0 ? {} : { options: others }),
  };
}
