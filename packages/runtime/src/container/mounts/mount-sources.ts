/**
 * Sources of bind mounts that the init program cannot open itself: those with mapped ids, and all in a user namespace,
 * whose root may not reach them.
 *
 * @see mount_setattr(2), "ID-mapped mounts"
 * @module
 */

import { type Config, ContainerError, type LinuxIdMapping, type Mount } from "@ctr/spec";
import { pathInRootfs } from "../../init/container-path.ts";
import type { NamespacePlan } from "../../init/linux/namespaces.ts";
import { bindSource, type SourceInRoot, treeFlagNames } from "../../init/mounts/bind-mount.ts";
import {
  type AttributeChange,
  type MountOptions,
  parseMountOptions,
} from "../../init/mounts/mount-options.ts";
import { FileDescriptor } from "../../kernel/fd.ts";
import { open } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { statfs } from "../../kernel/statfs.ts";
import { isErrno, reasonOf } from "../../kernel/system-call-error.ts";
import { type ConstantName, value } from "../../machine/constants.ts";
import type { Bundle } from "../bundle/bundle.ts";
import type { Runtime } from "../runtime-options.ts";
import { copiedLinks } from "./copied-links.ts";
import { openUserNamespace } from "./idmap-namespace.ts";

/**
 * Linux mounts sysfs for the owner of the network namespace only (sysfs(5)). To a user namespace without a network of
 * its own the host's shows the same, when it is bound, without what is mounted below.
 */
const hostSysfs = "/sys";

/** A mount whose source needs the launcher. */
export interface LauncherSource {
  /** Its place in `/mounts`. */
  readonly index: number;
  readonly mount: Mount;
  readonly options: MountOptions;
  /** Whether its ids are mapped. */
  readonly mapped: boolean;
  /** Path in the root filesystem, when it lies there: the program opens it, since mounts of the container may be part of it. */
  readonly inRoot?: string;
}

/** `all`: for a program that sees nothing of the host, because it joins the container. */
export type WhichSources = "needed" | "all";

/**
 * Tells which sources the program cannot open, or whose ids it cannot map.
 *
 * @param copied places of the mounts that make a link anew, and bind nothing
 * @throws {ContainerError} ERR_INVALID_CONFIG when ids of a mount are to be mapped that is no bind mount
 */
export function launcherSources(
  { rootless }: Pick<Runtime, "rootless">,
  bundle: Bundle,
  namespaces: NamespacePlan,
  copied: Pick<ReadonlyMap<number, unknown>, "has"> = new Map(),
  which: WhichSources = "needed",
): LauncherSource[] {
  // Without privileges we reach no more than root of the container's user namespace does, and may clone no mount.
  const openAll = which === "all" || (namespaces.own.has("user") && !rootless);
  return (bundle.config.mounts ?? []).flatMap((mount, index) => {
    const options = parseMountOptions(mount.options);
    const isBind = options.bind !== "no" || mount.type === "bind";
    const mapped = options.idmap !== "no" || (mount.uidMappings ?? []).length > 0;
    if (!isBind && mapped) throw notBound(index);
    if (namespaces.own.has("user") && !rootless && showsHostSysfs(mount, isBind, namespaces)) {
      return [{ index, mount: { ...mount, source: hostSysfs }, options, mapped }];
    }
    if (!isBind || options.remount || copied.has(index) || !(mapped || openAll)) return [];
    const place = which === "all" ? {} : placeInRoot(bundle, mount);
    return [{ index, mount, options, mapped, ...place }];
  });
}

function placeInRoot({ path, rootfs }: Bundle, mount: Mount): { readonly inRoot?: string } {
  const inRoot = pathInRootfs(rootfs, bindSource({ mount }, path));
  return inRoot === undefined ? {} : { inRoot };
}

function showsHostSysfs({ type }: Mount, isBind: boolean, { own }: NamespacePlan): boolean {
  return type === "sysfs" && !isBind && !own.has("network");
}

/** The sources of a container's mounts. */
export class MountSources {
  readonly #runtime: Runtime;
  readonly #bundle: Bundle;
  readonly #namespaces: NamespacePlan;
  readonly #which: WhichSources;
  readonly #sources: readonly LauncherSource[];
  #mapped = 0;

  /** @throws {ContainerError} ERR_INVALID_CONFIG when ids of a mount are to be mapped that is no bind mount */
  constructor(
    runtime: Runtime,
    bundle: Bundle,
    namespaces: NamespacePlan,
    which: WhichSources = "needed",
  ) {
    const links = copiedLinks(runtime.kernel, bundle);
    this.#runtime = runtime;
    this.#bundle = bundle;
    this.#namespaces = namespaces;
    this.#which = which;
    this.#sources = launcherSources(runtime, bundle, namespaces, links, which);
  }

  /** Places of the mounts whose source the launcher opens before the program begins. */
  get toOpen(): Set<number> {
    return new Set(
      this.#sources.filter(({ inRoot }) => inRoot === undefined).map(({ index }) => index),
    );
  }

  /** Sources that the program opens in the root filesystem, by the places of the mounts. */
  get inRoot(): Map<number, SourceInRoot> {
    return new Map(
      this.#sources.flatMap(({ index, inRoot, mapped }): [number, SourceInRoot][] =>
        inRoot === undefined ? [] : [[index, { inRoot, mapped }]],
      ),
    );
  }

  /** Opens those that are to be opened; the keys are the places of the mounts in config.json. */
  open(stack: DisposableStack): Map<number, number> {
    const opened = new Map<number, number>();
    const { kernel } = this.#runtime;
    for (const source of this.#sources) {
      if (source.inRoot !== undefined) continue;
      const { index, mount, options, mapped } = source;
      const optional = !mapped && this.#which === "needed";
      const tree = openTree(this.#runtime, this.#bundle, mount, options, index, optional);
      if (tree === undefined) continue;
      stack.use(tree);
      if (this.#namespaces.own.has("user")) checkLocked(kernel, tree, mount, options, index);
      if (mapped) this.#mapIds(tree, source);
      opened.set(index, tree.number);
    }
    return opened;
  }

  /** Maps the ids of a mount that the program has made of a source in the root filesystem: of the next one in their order. */
  mapNext(pid: number, descriptor: number): void {
    const mapped = this.#sources.filter((source) => source.mapped && source.inRoot !== undefined);
    const source = mapped[this.#mapped++];
    if (source === undefined) throw new RangeError("There is no mount whose ids are to be mapped");
    using tree = open(this.#runtime.kernel, `/proc/${pid}/fd/${descriptor}`, ["O_PATH"]);
    this.#mapIds(tree, source);
  }

  #mapIds(tree: FileDescriptor, source: LauncherSource): void {
    mapIds(this.#runtime, this.#bundle.config, this.#namespaces, tree, source);
  }
}

/** @param optional whether the program may do it itself, when we are not root of our mount namespace: `undefined` */
function openTree(
  { kernel }: Runtime,
  bundle: Bundle,
  mount: Mount,
  options: MountOptions,
  index: number,
  optional: boolean,
): FileDescriptor | undefined {
  const source = bindSource({ mount }, bundle.path);
  const recursive = options.bind === "rbind" ? value("AT_RECURSIVE") : 0;
  try {
    const flags = value(...treeFlagNames(options));
    const tree = new FileDescriptor(
      kernel,
      kernel.call("open_tree", value("AT_FDCWD"), source, flags),
    );
    // What the container mounts or unmounts there must not reach the host.
    const attributes = new BigUint64Array([0n, 0n, BigInt(value("MS_SLAVE")), 0n]);
    kernel.call(
      "mount_setattr",
      tree.number,
      "",
      value("AT_EMPTY_PATH") + recursive,
      attributes,
      32,
    );
    return tree;
  } catch (error) {
    if (optional && isErrno(error, "EPERM")) return undefined;
    throw new ContainerError(
      `Cannot open the source "${source}" of a bind mount (/mounts/${index}/source): ${reasonOf(error)}`,
      {
        code: "ERR_MOUNT_SOURCE",
        kind: "invalid",
        pointer: `/mounts/${index}/source`,
        cause: error,
      },
    );
  }
}

/** Options that Linux lets no user namespace take away: their flag in `f_flags` (statfs(2)). */
const lockable: readonly {
  readonly attribute: ConstantName;
  readonly flag: bigint;
  readonly option: string;
}[] = [
  { attribute: "MOUNT_ATTR_RDONLY", flag: 1n, option: "ro" },
  { attribute: "MOUNT_ATTR_NOSUID", flag: 2n, option: "nosuid" },
  { attribute: "MOUNT_ATTR_NODEV", flag: 4n, option: "nodev" },
  { attribute: "MOUNT_ATTR_NOEXEC", flag: 8n, option: "noexec" },
];

/** The options that say how access times are kept; what is strictatime has none of the flags. */
const accessTimes = [
  { attribute: "MOUNT_ATTR_NOATIME", flag: 0x400n, option: "noatime" },
  { attribute: "MOUNT_ATTR_NODIRATIME", flag: 0x800n, option: "nodiratime" },
  { attribute: "MOUNT_ATTR_RELATIME", flag: 0x1000n, option: "relatime" },
] as const;

/** Returns what is locked of the source's options that `attributes` would change. */
function lockedOptions(attributes: AttributeChange, flags: bigint): readonly string[] {
  const taken = lockable.filter(
    ({ attribute, flag }) => attributes.clear.includes(attribute) && (flags & flag) !== 0n,
  );
  const options = taken.map(({ option }) => option);
  // Linux locks them together.
  const changes =
    attributes.clear.includes("MOUNT_ATTR__ATIME") &&
    accessTimes.some(
      ({ attribute, flag }) => attributes.set.includes(attribute) !== ((flags & flag) !== 0n),
    );
  if (!changes) return options;
  const own = accessTimes.filter(({ flag }) => (flags & flag) !== 0n).map(({ option }) => option);
  return [...options, ...(own.length === 0 ? ["strictatime"] : own)];
}

/** A mount that we open is not locked yet. Whoever is in a user namespace gets it as Linux would give it to him. */
function checkLocked(
  kernel: Kernel,
  tree: FileDescriptor,
  { source = "" }: Mount,
  { attributes }: MountOptions,
  index: number,
): void {
  if (attributes.clear.length === 0) return;
  const locked = lockedOptions(attributes, statfs(kernel, tree.number).flags);
  if (locked.length === 0) return;
  const pointer = `/mounts/${index}/options`;
  throw new ContainerError(
    `Cannot set the options of the bind mount of "${source}" (${pointer}): the source is mounted ` +
      `${locked.join(", ")}, which a user namespace cannot take away: operation not permitted`,
    {
      code: "ERR_MOUNT_SOURCE",
      kind: "forbidden",
      pointer,
      hint: "Leave the option out, or mount the source without its own",
    },
  );
}

function mapIds(
  runtime: Runtime,
  config: Config,
  namespaces: NamespacePlan,
  tree: FileDescriptor,
  { index, mount, options }: LauncherSource,
): void {
  const { kernel } = runtime;
  const openMapping = mappingOf(runtime, config, namespaces, mount);
  if (openMapping === undefined) throw withoutMappings(index);
  try {
    using namespace = openMapping();
    const attributes = new BigUint64Array([
      BigInt(value("MOUNT_ATTR_IDMAP")),
      0n,
      0n,
      BigInt(namespace.number),
    ]);
    const recursive = options.idmap === "ridmap" ? value("AT_RECURSIVE") : 0;
    const flags = value("AT_EMPTY_PATH") + recursive;
    kernel.call("mount_setattr", tree.number, "", flags, attributes, 32);
  } catch (error) {
    throw new ContainerError(
      `Cannot map the ids of the mount at "${mount.destination}" (/mounts/${index}): ${reasonOf(error)}`,
      {
        code: "ERR_MOUNT_IDMAP",
        kind: "unsupported",
        pointer: `/mounts/${index}`,
        cause: error,
        hint: "The file system of the source must support idmapped mounts, and mapping needs root",
      },
    );
  }
}

/** Returns how to open the user namespace that says how ids are mapped; without any of its own it is the container's. */
function mappingOf(
  runtime: Runtime,
  { linux = {} }: Config,
  { joined }: NamespacePlan,
  { uidMappings, gidMappings }: Mount,
): (() => FileDescriptor) | undefined {
  const user = joined.find(({ type }) => type === "user");
  if (user !== undefined && uidMappings === undefined && gidMappings === undefined) {
    return () => open(runtime.kernel, user.path, ["O_RDONLY"]);
  }
  const uids: readonly LinuxIdMapping[] = uidMappings ?? linux.uidMappings ?? [];
  const gids: readonly LinuxIdMapping[] = gidMappings ?? linux.gidMappings ?? [];
  if (uids.length === 0 || gids.length === 0) return undefined;
  return () => openUserNamespace(runtime, uids, gids);
}

function notBound(index: number): ContainerError {
  return new ContainerError(
    `Cannot map the ids of a mount that is no bind mount (/mounts/${index}/options)`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: `/mounts/${index}/options`,
      hint: 'Add "bind", or remove the mappings',
    },
  );
}

function withoutMappings(index: number): ContainerError {
  return new ContainerError(
    `Cannot map the ids of a mount without mappings (/mounts/${index}/options)`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: `/mounts/${index}/options`,
      hint: "Give it uidMappings and gidMappings, or the container a user namespace",
    },
  );
}
