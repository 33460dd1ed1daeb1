/**
 * What is kept of a container, below the runtime's root.
 *
 * ```
 *   <root>/<id>/state.json    what another process needs to know; see StateDocument
 *               config.json   the configuration that it was created with
 *               exec.fifo    there until somebody starts the container
 *               report.fifo   where its init program says that it could not; there until then, too
 *               notify/       with NOTIFY_SOCKET: the directory that the container finds its socket in
 * ```
 *
 * @module
 */

import { type Config, ContainerError, type LinuxNamespaceType, parseContainerId } from "@ctr/spec";
import type { CgroupLayout, SystemdScope } from "../../cgroups/index.ts";
import {
  type DirectoryEntry,
  listDirectory,
  makeDirectories,
  makeDirectory,
  readTextIfExists,
  remove,
  removeDirectory,
  writeAtomically,
} from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isErrno, reasonOf } from "../../kernel/system-call-error.ts";
import type { IntelRdtState } from "../intel-rdt.ts";
import type { StepNote } from "../process/step-failure.ts";

/** `state.json`. */
export interface StateDocument {
  readonly id: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** Host pid of the first process; 0 while it is being created. */
  readonly pid: number;
  /** Clock ticks after boot at which it started (field 22 of /proc/PID/stat). */
  readonly startTime: number;
  /** RFC 3339, UTC. */
  readonly created: string;
  readonly cgroupMode: CgroupLayout["mode"];
  /** Directories by controller; none without cgroups. */
  readonly cgroupPaths: Readonly<Record<string, string>>;
  /** The scope of systemd's that the cgroup belongs to. */
  readonly scope?: SystemdScope;
  /** Its class of service. */
  readonly intelRdt?: IntelRdtState;
  /** Namespaces that are not the host's. */
  readonly namespaces: readonly LinuxNamespaceType[];
  /** Number of the mount (statx(2), `stx_mnt_id`) that the root filesystem is on, when the container has no mount namespace. */
  readonly rootfsMount?: string;
  /** What the init program still has to do at `start`, by the step's number. */
  readonly remaining: Readonly<Record<string, StepNote>>;
}

const directoryMode = 0o700;

/** A container's directory. */
export class StateDirectory {
  readonly path: string;
  readonly id: string;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, root: string, id: string) {
    this.#kernel = kernel;
    this.id = parseContainerId(id);
    this.path = `${root}/${id}`;
  }

  /** Where a process that waits for `start` reads. */
  get execFifo(): string {
    return `${this.path}/exec.fifo`;
  }

  /** Where it says that it could not. */
  get reportFifo(): string {
    return `${this.path}/report.fifo`;
  }

  /**
   * Makes the directory.
   *
   * @throws {ContainerError} ERR_CONTAINER_EXISTS, ERR_STATE_DIRECTORY
   */
  make(): void {
    const root = this.path.slice(0, -this.id.length - 1);
    try {
      makeDirectories(this.#kernel, root, directoryMode);
      if (makeDirectory(this.#kernel, this.path, directoryMode)) return;
    } catch (error) {
      throw stateDirectoryError(
        `Cannot make the directory "${this.path}" of container "${this.id}"`,
        error,
      );
    }
    throw new ContainerError(
      `Cannot create container "${this.id}": container with given ID already exists`,
      {
        code: "ERR_CONTAINER_EXISTS",
        kind: "conflict",
        hint: "Delete it, or choose another id",
      },
    );
  }

  /** Removes the directory and what is in it; the state first, without which there is no container. */
  remove(): void {
    remove(this.#kernel, `${this.path}/state.json`);
    this.#removeDirectory(this.path);
  }

  #removeDirectory(path: string): void {
    for (const { name, isDirectory } of listDirectory(this.#kernel, path)) {
      if (isDirectory) this.#removeDirectory(`${path}/${name}`);
      else remove(this.#kernel, `${path}/${name}`);
    }
    removeDirectory(this.#kernel, path);
  }

  /** Writes what others need to know; they see all of it or what was there before. */
  writeState(state: StateDocument): void {
    writeAtomically(this.#kernel, `${this.path}/state.json`, JSON.stringify(state));
  }

  /** Keeps the configuration. */
  writeConfig(config: Config): void {
    writeAtomically(this.#kernel, `${this.path}/config.json`, JSON.stringify(config));
  }

  /**
   * Reads the state; `undefined` when there is no such container, or not yet.
   *
   * @throws {ContainerError} ERR_STATE_DIRECTORY, ERR_STATE_DAMAGED
   */
  readState(): StateDocument | undefined {
    const text = this.#read("state.json");
    return text === undefined ? undefined : this.#parse<StateDocument>(text, "state.json");
  }

  /**
   * Reads the configuration that the container was created with.
   *
   * @throws {ContainerError} ERR_STATE_DIRECTORY, ERR_STATE_DAMAGED
   */
  readConfig(): Config {
    return this.#parse<Config>(this.#read("config.json") ?? "", "config.json");
  }

  #read(name: string): string | undefined {
    try {
      return readTextIfExists(this.#kernel, `${this.path}/${name}`);
    } catch (error) {
      throw stateDirectoryError(`Cannot read "${this.path}/${name}"`, error);
    }
  }

  /** What we wrote ourselves into a directory that is ours alone is not checked again, only that it is whole. */
  #parse<Document>(text: string, name: string): Document {
    try {
      const document: Document = JSON.parse(text);
      return document;
    } catch (error) {
      throw new ContainerError(`Cannot read "${this.path}/${name}": it is damaged`, {
        code: "ERR_STATE_DAMAGED",
        kind: "internal",
        cause: error,
        hint: `"bunc delete --force ${this.id}" removes what is left`,
      });
    }
  }
}

function stateDirectoryError(what: string, error: unknown): ContainerError {
  return new ContainerError(`${what}: ${reasonOf(error)}`, {
    code: "ERR_STATE_DIRECTORY",
    kind: isErrno(error, "EACCES", "EPERM", "EROFS") ? "forbidden" : "internal",
    cause: error,
    hint: "--root names another place",
  });
}

/**
 * Returns the ids of all containers; what else is there is nobody's.
 *
 * @throws {ContainerError} ERR_STATE_DIRECTORY
 */
export function listContainerIds(kernel: Kernel, root: string): string[] {
  let entries: DirectoryEntry[];
  try {
    entries = listDirectory(kernel, root);
  } catch (error) {
    throw stateDirectoryError(`Cannot list the containers in "${root}"`, error);
  }
  return entries
    .filter(({ name, isDirectory }) => isDirectory && isContainerId(name))
    .map(({ name }) => name)
    .toSorted();
}

function isContainerId(name: string): boolean {
  try {
    parseContainerId(name);
    return true;
  } catch {
    return false;
  }
}

/** The error of an id that no container has. */
export function containerNotFound(id: string, root: string): ContainerError {
  return new ContainerError(`Cannot find container "${id}": container does not exist`, {
    code: "ERR_CONTAINER_NOT_FOUND",
    kind: "notFound",
    hint: `Containers are looked for in ${root}; --root names another place`,
  });
}
