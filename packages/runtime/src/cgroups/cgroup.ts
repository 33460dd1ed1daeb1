import type { LinuxResources } from "@ctr/spec";
import { ContainerError } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import { exists, open, readTextIfExists } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";
import { ControlFiles } from "./control-files.ts";
import { type CgroupOwner, delegateBelow } from "./delegate.ts";
import { type Freezer, freeze, freezerOf } from "./freezer.ts";
import { killCgroup } from "./kill.ts";
import { type CgroupLayout, detectCgroupLayout } from "./layout.ts";
import { applyLimits } from "./limits/apply.ts";
import {
  type OomEvent,
  type OomNotice,
  openOomNotice,
  readOomKills,
  watchOom,
} from "./oom-events.ts";
import { placeBelow } from "./place.ts";
import type { Stats } from "./stats/stats.ts";
import { readStatsV1 } from "./stats/v1.ts";
import { readStatsV2 } from "./stats/v2.ts";
import { readCgroupPids, readTreePids, removeTree } from "./tree.ts";

/** Open descriptors through which a new process gets into a cgroup. */
export interface CgroupEntry {
  /** Version 2: the directory, for `CLONE_INTO_CGROUP`. */
  readonly intoCgroup?: FileDescriptor;
  /** Version 1 and hybrid, and when it joins late: a file of every hierarchy that the process writes `0` to. */
  readonly joins: readonly FileDescriptor[];
}

/** Which cgroup a process is to join, when not simply the container's. */
export interface JoinOptions {
  /** Path below the container's cgroup: one for all, or by controller. */
  readonly subgroup?: string | Readonly<Record<string, string>>;
  /**
   * Process id of the container's init. When processes may not join the container's cgroup any more, because it has
   * children with controllers (version 2), they join the one that init is in.
   */
  readonly init?: number;
  /** The process is to do something before it joins: in version 2, too, it writes to `cgroup.procs`. */
  readonly late?: boolean;
}

/** What a mount of type `cgroup` shows of one hierarchy. */
export interface CgroupMountSource {
  /** Directory below the mount, for example `memory`; `""` when version 2 is all there is. */
  readonly name: string;
  /** Names that lead to it as symbolic links. */
  readonly aliases: readonly string[];
  /** Directory of the container's cgroup on the host. */
  readonly path: string;
}

/** The cgroup of a container, in all hierarchies. */
export class Cgroup {
  /** Directories by controller; `""` is the one of version 2. As `cgroup_paths` in runc's state.json. */
  readonly paths: Readonly<Record<string, string>>;
  readonly mode: CgroupLayout["mode"];
  readonly #kernel: Kernel;
  readonly #layout: CgroupLayout | undefined;

  constructor(
    kernel: Kernel,
    mode: CgroupLayout["mode"],
    paths: Readonly<Record<string, string>>,
    layout?: CgroupLayout,
  ) {
    this.#kernel = kernel;
    this.mode = mode;
    this.paths = paths;
    this.#layout = layout;
  }

  /** Whether it exists, in the hierarchy that processes are looked up in. */
  get exists(): boolean {
    const { directory } = this.#processes;
    return directory !== undefined && exists(this.#kernel, directory);
  }

  /**
   * Opens what a new process needs to get in.
   *
   * @param stack owns the descriptors
   * @throws {ContainerError} ERR_CGROUP_JOIN when there is no such cgroup, ERR_INVALID_CGROUP for one that cannot be
   */
  openForJoin(stack: DisposableStack, options: JoinOptions = {}): CgroupEntry {
    this.#checkControllers(options);
    if (this.mode !== "v2") {
      const files = new Set(
        Object.entries(this.paths).map(
          ([controller, path]) =>
            `${placeBelow(path, subgroupOf(options, controller))}/${joinFile(controller)}`,
        ),
      );
      return { joins: [...files].map((file) => stack.use(this.#open(file, "O_WRONLY"))) };
    }
    const path = this.#unifiedTarget(options);
    if (path === undefined) return { joins: [] };
    if (options.late === true) {
      return { joins: [stack.use(this.#open(`${path}/cgroup.procs`, "O_WRONLY"))] };
    }
    return { intoCgroup: stack.use(this.#open(path, "O_PATH")), joins: [] };
  }

  #checkControllers({ subgroup = "" }: JoinOptions): void {
    if (typeof subgroup === "string") return;
    const known = Object.keys(this.paths).map((name) => name.replace(/^name=/, ""));
    for (const [controller, path] of Object.entries(subgroup)) {
      if (known.includes(controller.replace(/^name=/, ""))) continue;
      throw new ContainerError(
        `Cannot use the cgroup "${controller}:${path}": unknown controller ${controller}`,
        {
          code: "ERR_INVALID_CGROUP",
          kind: "invalid",
          hint:
            this.mode === "v2"
              ? "In cgroup v2 one path is for all: name no controller"
              : `The container has ${known.join(", ")}`,
        },
      );
    }
  }

  #open(path: string, flag: "O_WRONLY" | "O_PATH"): FileDescriptor {
    try {
      return open(this.#kernel, path, [flag]);
    } catch (error) {
      // runc's words, which programs look for; it tries with the pid, we open the file before there is one.
      const why = `error adding pid to it: ${reasonOf(error)}`;
      throw new ContainerError(`Cannot join the cgroup ${path}: ${why}`, {
        code: "ERR_CGROUP_JOIN",
        kind: "conflict",
        hint: "It was removed, or belongs to somebody else",
        cause: error,
      });
    }
  }

  #unifiedTarget(options: JoinOptions): string | undefined {
    const path = this.paths[""];
    if (path === undefined) return undefined;
    const subgroup = subgroupOf(options, "");
    if (subgroup !== "" || options.init === undefined) return placeBelow(path, subgroup);
    const children = new ControlFiles(this.#kernel, path, "cgroup").readIfExists(
      "cgroup.subtree_control",
    );
    if (!children) return path;
    const own = readTextIfExists(this.#kernel, `/proc/${options.init}/cgroup`)?.match(
      /^0::(.*)$/m,
    )?.[1];
    const [hierarchy] = (this.#layout ?? detectCgroupLayout(this.#kernel)).hierarchies;
    return own === undefined || hierarchy === undefined ? path : hierarchy.mountpoint + own;
  }

  /** Returns what mounts of type `cgroup` inside the container show, one entry for each hierarchy. */
  mountSources(): CgroupMountSource[] {
    const layout = this.#layout ?? detectCgroupLayout(this.#kernel);
    return layout.hierarchies.map(({ name, aliases, controllers, own }) => ({
      name,
      aliases,
      // Without a cgroup of its own the container stays in ours.
      path: this.paths[controllers[0] ?? ""] ?? own,
    }));
  }

  /**
   * Changes limits; those that are absent stay as they are. Device rules are not looked at: they are set once, when the
   * cgroup is made.
   *
   * @throws {ContainerError} ERR_CGROUP_LIMIT or ERR_CGROUP_UNSUPPORTED; names the field
   */
  apply(resources: LinuxResources): void {
    applyLimits(this.#kernel, this.paths, this.#version, resources);
  }

  /** Returns the ids of its processes, and of those in cgroups below it when asked to. */
  pids(recursive: boolean): number[] {
    const { directory } = this.#processes;
    if (directory === undefined) return [];
    return (recursive ? readTreePids : readCgroupPids)(this.#kernel, directory);
  }

  /**
   * Gives somebody a cgroup below it, version 2 only, in which its processes are from now on. Its limits stay.
   *
   * @param name of the one below
   */
  delegate(name: string, owner: CgroupOwner): void {
    const path = this.paths[""];
    if (this.mode !== "v2" || path === undefined) throw new RangeError("It is not of version 2");
    delegateBelow(this.#kernel, path, name, owner);
  }

  /** Sends a signal to all its processes and those below; SIGKILL ends frozen ones, too. */
  kill(signal: number = value("SIGKILL")): void {
    killCgroup(this.#processes, this.#freezer, signal);
  }

  /**
   * Stops all its processes and waits until they stand still.
   *
   * @throws {ContainerError} ERR_CGROUP_FREEZE when they do not; they run again then
   */
  freeze(): Promise<void> {
    return freeze(this.#freezer);
  }

  /** Lets its processes run again. */
  thaw(): Promise<void> {
    return Promise.try(() => this.#freezer.thaw());
  }

  /** Whether its processes stand still. */
  isFrozen(): boolean {
    return this.#freezer.isFrozen();
  }

  /**
   * Reads what it has used so far. Controllers that it lacks count as 0.
   *
   * @throws {ContainerError} ERR_CGROUP_NOT_FOUND when it is gone
   */
  stats(): Stats {
    if (Object.keys(this.paths).length > 0 && !this.exists) {
      throw new ContainerError(`Cannot read figures of the cgroup: it does not exist any more`, {
        code: "ERR_CGROUP_NOT_FOUND",
        kind: "notFound",
      });
    }
    return this.mode === "v2"
      ? readStatsV2(this.#kernel, this.paths[""])
      : readStatsV1(this.#kernel, this.paths);
  }

  /**
   * Tells each time when memory runs out, until the cgroup is removed (version 1) or empty (version 2), or the signal
   * aborts.
   *
   * @throws {ContainerError} ERR_CGROUP_UNSUPPORTED without a memory controller
   */
  oomEvents(signal?: AbortSignal): AsyncGenerator<OomEvent, void, void> {
    return watchOom(this.#memory, this.#version, signal);
  }

  /** Opens what poll(2) can wait for until memory runs out; `undefined` without a memory controller. The caller closes it. */
  openOomNotice(): OomNotice | undefined {
    return openOomNotice(this.#memory, this.#version);
  }

  /** How many of its processes the kernel has killed because memory ran out. */
  get oomKills(): number {
    return readOomKills(this.#memory, this.#version);
  }

  /**
   * Removes it from all hierarchies, with cgroups below it. Processes that have just ended keep it busy for a moment; that
   * is waited for.
   *
   * @throws {ContainerError} ERR_CGROUP_IN_USE when processes are left in it
   */
  async delete(): Promise<void> {
    const failures: string[] = [];
    for (const path of new Set(Object.values(this.paths))) {
      try {
        await removeTree(this.#kernel, path);
      } catch (error) {
        const pids = readTreePids(this.#kernel, path);
        const why = pids.length > 0 ? `processes ${pids.join(", ")} are in it` : reasonOf(error);
        failures.push(`${path}: ${why}`);
      }
    }
    if (failures.length === 0) return;
    throw new ContainerError(`Cannot remove the cgroup ${failures.join("; ")}`, {
      code: "ERR_CGROUP_IN_USE",
      kind: "conflict",
      hint: "End its processes first",
    });
  }

  get #version(): 1 | 2 {
    return this.mode === "v2" ? 2 : 1;
  }

  /** Where processes are looked up: in version 1 the devices hierarchy, as runc does, or the first there is. */
  get #processes(): ControlFiles {
    const path =
      this.mode === "v2" ? this.paths[""] : (this.paths["devices"] ?? Object.values(this.paths)[0]);
    return new ControlFiles(this.#kernel, path, "cgroup");
  }

  get #memory(): ControlFiles {
    const path = this.paths[this.mode === "v2" ? "" : "memory"];
    return new ControlFiles(this.#kernel, path, "memory");
  }

  get #freezer(): Freezer {
    const path = this.paths[this.mode === "v2" ? "" : "freezer"];
    return freezerOf(new ControlFiles(this.#kernel, path, "freezer"), this.#version);
  }
}

/** Returns the cgroup of a container that exists already, by what {@linkcode Cgroup.paths} was. */
export function loadCgroup(
  kernel: Kernel,
  paths: Readonly<Record<string, string>>,
  mode: CgroupLayout["mode"],
): Cgroup {
  return new Cgroup(kernel, mode, paths);
}

/**
 * What a process writes `0` to. One that has a single thread gets into a hierarchy of version 1 by `tasks` as well, and
 * does not wait for all processors, as for `cgroup.procs`: nobody but itself is moved (kernel/cgroup/cgroup.c,
 * cgroup_procs_write_start).
 */
function joinFile(controller: string): string {
  return controller === "" ? "cgroup.procs" : "tasks";
}

function subgroupOf({ subgroup = "" }: JoinOptions, controller: string): string {
  if (typeof subgroup === "string") return subgroup;
  return subgroup[controller] ?? subgroup[controller.replace(/^name=/, "")] ?? "";
}
