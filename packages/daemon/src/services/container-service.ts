import { statSync } from "node:fs";
import { join } from "node:path";
import { ContainerError } from "@ctr/spec";
import type { Container, ContainerFilter, CreateContainerRequest } from "../contract/container.ts";
import type { HostProcess, ProcessExit } from "../contract/process.ts";
import type { ContainerStats } from "../contract/stats.ts";
import type { ContainerContext } from "./container-context.ts";
import { Execs } from "./execs.ts";
import { readHostProcess } from "./host-processes.ts";
import { ManagedContainer } from "./managed-container.ts";
import { newContainerState } from "./new-container.ts";
import { restoreContainers } from "./restore.ts";
import { containerExists, containerNotFound, wrongStatus } from "./service-errors.ts";

/** A container with what is executed in it. */
export interface ContainerEntry {
  readonly container: ManagedContainer;
  readonly execs: Execs;
}

/** All containers of a daemon. */
export class ContainerService {
  readonly #context: ContainerContext;
  readonly #entries: Map<string, ContainerEntry> = new Map();
  readonly #restored: PromiseWithResolvers<void> = Promise.withResolvers();
  #isRestored = false;

  constructor(context: ContainerContext) {
    this.#context = context;
  }

  /** Takes up the containers that are there. Everything else waits for that. */
  async restore(): Promise<void> {
    await restoreContainers(this.#context, (container) => this.#register(container));
    this.#isRestored = true;
    this.#restored.resolve();
  }

  get isRestored(): boolean {
    return this.#isRestored;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Resolves when the containers that were there are taken up. */
  get restored(): Promise<void> {
    return this.#restored.promise;
  }

  /**
   * Creates a container, and starts it when the request says so.
   *
   * @throws {ContainerError} ERR_CONTAINER_EXISTS; ERR_BUNDLE_NOT_FOUND; what the runtime says.
   */
  async create(request: CreateContainerRequest): Promise<Container> {
    await this.restored;
    // Checked and taken without a pause in between: of two requests for one id, one fails.
    if (this.#entries.has(request.id)) throw containerExists(request.id);
    const container = new ManagedContainer(
      newContainerState(request, this.#context),
      this.#context,
    );
    this.#register(container);
    try {
      checkBundle(request);
      await container.create(request);
    } catch (error) {
      container.onRemoved?.();
      throw error;
    }
    return container.toDocument();
  }

  /** @throws {ContainerError} ERR_CONTAINER_NOT_FOUND. */
  async get(id: string): Promise<ContainerEntry> {
    await this.restored;
    const entry = this.#entries.get(id);
    if (entry === undefined) throw containerNotFound(id);
    return entry;
  }

  /** Returns the containers that meet every condition, sorted by id. */
  async list(filter: ContainerFilter): Promise<readonly Container[]> {
    await this.restored;
    const containers = [...this.#entries.values()]
      .map(({ container }) => container)
      .filter(({ id, state }) => matches(id, state.labels, filter));
    await Promise.all(containers.map((container) => container.refresh()));
    return containers
      .map((container) => container.toDocument())
      .filter(({ status }) => filter.status?.includes(status) ?? true)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Resolves when a process has ended; also when it is forgotten because of that. */
  async wait(id: string, processId: string): Promise<ProcessExit> {
    await this.restored;
    const entry = this.#entries.get(id);
    if (entry !== undefined) return await entry.container.wait(processId);
    const { journal } = this.#context;
    const instance = journal.removedInstance(id);
    const exit = instance === undefined ? undefined : journal.exitOf(instance, processId);
    if (exit === undefined) throw containerNotFound(id);
    return exit;
  }

  /** Returns what a container has used so far. */
  async stats(id: string): Promise<ContainerStats> {
    const { container } = await this.get(id);
    const what = "read the figures of";
    const shim = await container.shimWhen(what, ["created", "running", "paused"]);
    try {
      return { id, ...(await shim.stats()) };
    } catch (error) {
      // It may have ended meanwhile, and its shim with it.
      await container.processes.exitsAnnounced();
      if (container.status === "stopped") throw wrongStatus(what, id, "stopped");
      throw error;
    }
  }

  /** Returns every process in a container, sorted by pid. */
  async pids(id: string): Promise<readonly HostProcess[]> {
    const { container } = await this.get(id);
    const pids = await container.pids().catch(async (error: unknown) => {
      // It may have ended meanwhile, and its shim with it.
      await container.processes.exitsAnnounced();
      if (container.status === "stopped") return [];
      throw error;
    });
    const found = await Promise.all(pids.map(readHostProcess));
    const names = new Map(
      [...container.processes.values()]
        .filter(({ exit }) => exit === undefined)
        .map(({ pid, processId }) => [pid, processId]),
    );
    return found
      .filter((one) => one !== undefined)
      .map((one) => {
        const processId = names.get(one.pid);
        return processId === undefined ? one : { ...one, processId };
      })
      .toSorted((a, b) => a.pid - b.pid);
  }

  /** Resolves when nothing is under way that would be cut short. */
  async idle(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ container }) => container.idle()));
  }

  /** Lets go of every shim; the containers go on. */
  dispose(): void {
    for (const { container } of this.#entries.values()) container.dispose();
  }

  #register(container: ManagedContainer): Execs {
    const { id } = container;
    const entry = { container, execs: new Execs(container, this.#context.log) };
    this.#entries.set(id, entry);
    container.onRemoved = () => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    };
    return entry.execs;
  }
}

function matches(
  id: string,
  labels: Readonly<Record<string, string>>,
  filter: ContainerFilter,
): boolean {
  const hasLabel = (wanted: string): boolean => {
    const [key = "", ...value] = wanted.split("=");
    if (!Object.hasOwn(labels, key)) return false;
    return value.length === 0 || labels[key] === value.join("=");
  };
  return (filter.id?.includes(id) ?? true) && (filter.label?.every(hasLabel) ?? true);
}

function checkBundle({ id, bundle }: CreateContainerRequest): void {
  const path = join(bundle, "config.json");
  if (isFile(path)) return;
  throw new ContainerError(`Cannot create container "${id}": there is no file "${path}"`, {
    code: "ERR_BUNDLE_NOT_FOUND",
    kind: "notFound",
    pointer: "/body/bundle",
    hint: "Name the directory that holds config.json",
  });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
