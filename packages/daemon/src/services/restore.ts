import { existsSync } from "node:fs";
import { readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { initProcessId, shimFiles } from "@ctr/shim/protocol";
import { ContainerError } from "@ctr/spec";
import { deletedKey } from "./announcer.ts";
import type { ContainerContext } from "./container-context.ts";
import { containerFolders, removeContainerFolders } from "./container-files.ts";
import { readContainerState } from "./container-state.ts";
import type { Execs } from "./execs.ts";
import { ManagedContainer } from "./managed-container.ts";
import type { Shim } from "./shims.ts";
import { spareDirectory } from "./spare-shims.ts";

/** How long a shim that is just starting may take until it listens. */
const startTimeoutMs = 30_000;
const pollIntervalMs = 10;

/**
 * Takes up every container of the state directory: connects to its shim, or cleans up when the shim has died, and announces
 * what happened while nobody listened.
 */
export async function restoreContainers(
  context: ContainerContext,
  register: (container: ManagedContainer) => Execs,
): Promise<void> {
  await sparesLeft(context);
  const entries = await readdir(context.stateDirectory, { withFileTypes: true });
  // Names that begin with a dot are no ids: what has them is ours, and no container.
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name);
  const instances = await Promise.all(
    names.map(async (name) => {
      try {
        return await restore(name, context, register);
      } catch (error) {
        context.log.error(`Cannot take up container "${name}"`, error);
        return undefined;
      }
    }),
  );
  context.journal.forgetAllBut(instances.filter((instance) => instance !== undefined));
}

/**
 * Waits for the spare shims of a daemon that has died: each ends, or enters the directory of the container that it was given
 * at the last moment. A container whose shim is still on its way would be taken for one that has none.
 */
async function sparesLeft({ stateDirectory, log }: ContainerContext): Promise<void> {
  const directory = spareDirectory(stateDirectory);
  if (!existsSync(directory)) return;
  const deadline = performance.now() + startTimeoutMs;
  while (await hasProcessIn(directory)) {
    if (performance.now() > deadline) {
      log.warn(`Spare shims of an earlier daemon do not end: they are in "${directory}"`);
      return;
    }
    await Bun.sleep(pollIntervalMs);
  }
  await rm(directory, { recursive: true });
}

/** Returns the instance when the container is there. */
async function restore(
  name: string,
  context: ContainerContext,
  register: (container: ManagedContainer) => Execs,
): Promise<string | undefined> {
  const folders = containerFolders(context, name);
  const state = readContainerState(folders.directory);
  if (state === undefined) {
    await removeIfEmpty(name, folders.directory, context);
    return undefined;
  }
  if (context.journal.wasAnnounced(state.instance, deletedKey)) {
    removeContainerFolders(folders);
    return undefined;
  }
  const container = new ManagedContainer(state, context);
  const execs = register(container);
  try {
    const shim = await findShim(folders.directory, context);
    if (shim === undefined) return await restoreDead(container, context);
    await container.adopt(shim, await context.shims.read(folders.directory));
    execs.reconcile();
  } catch (error) {
    context.log.error(`Cannot take up container "${name}"`, error);
    container.giveUp();
  }
  return state.instance;
}

async function restoreDead(
  container: ManagedContainer,
  context: ContainerContext,
): Promise<string | undefined> {
  const { state, directory } = container;
  const files = await context.shims.read(directory);
  const init = files.processes.find(({ processId }) => processId === initProcessId);
  if (init?.pid === undefined && init?.exit === undefined) {
    await discard(container, init !== undefined, context);
    return undefined;
  }
  const isInOrder = init.exit !== undefined && !(await hasSocket(directory));
  if (!isInOrder) context.log.warn(`The shim of container "${state.id}" has died`);
  await container.adoptDead(files, isInOrder);
  return state.instance;
}

/** A container whose creation was cut short was never there. */
async function discard(
  container: ManagedContainer,
  hasInit: boolean,
  context: ContainerContext,
): Promise<void> {
  const { state, directory } = container;
  const { id, bundle, runtime } = state;
  context.log.info(`Removing what is left of the creation of container "${id}"`);
  if (hasInit) {
    const command = context.shimCommand;
    await context.shims
      .recover({ id, bundle, runtime, directory, ...(command && { command }) })
      .catch((error: unknown) => context.log.debug("Nothing to recover", error));
  }
  removeContainerFolders(container.folders);
  container.onRemoved?.();
}

/** Returns the shim of a directory; waits for one that is just starting, or for somebody who cleans up after it. */
async function findShim(directory: string, context: ContainerContext): Promise<Shim | undefined> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      return await context.shims.connect(directory);
    } catch (error) {
      if (!(error instanceof ContainerError) || error.code !== "ERR_SHIM_GONE") throw error;
    }
    const isStarting = await hasProcessIn(join(directory, initProcessId));
    if (!isStarting || performance.now() > deadline) return undefined;
    await Bun.sleep(pollIntervalMs);
  }
}

/** Tells whether a process has a directory as its working directory, as a shim has that of its first process. */
async function hasProcessIn(directory: string): Promise<boolean> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const directories = await Promise.all(
    pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)),
  );
  return directories.includes(directory);
}

async function hasSocket(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes(shimFiles.socket);
}

/** A directory without a state is one whose creation was cut short, or not ours. */
async function removeIfEmpty(
  name: string,
  directory: string,
  context: ContainerContext,
): Promise<void> {
  const entries = await readdir(directory);
  if (entries.every((entry) => entry.startsWith("state.json."))) {
    await rm(directory, { recursive: true });
  } else {
    context.log.warn(
      `Ignoring "${directory}": it has no state.json, so that "${name}" is not ours`,
    );
  }
}
