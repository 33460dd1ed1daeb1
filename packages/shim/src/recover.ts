/**
 * Cleans up after a shim that died.
 *
 * @module
 */

import {
  isProcessAlive,
  linuxKernel,
  listDirectory,
  readTextIfExists,
  remove,
} from "@ctr/runtime/kernel";
import { ContainerError, parseContainerId } from "@ctr/spec";
import type { RecoverLine } from "./client/recover-shim.ts";
import { openDriver } from "./driver/open-driver.ts";
import { runtimePidFile } from "./driver/runtime-command.ts";
import type { RuntimeDriver } from "./driver/runtime-driver.ts";
import type { HoldOptions } from "./hold-options.ts";
import { parseInitDocument } from "./holder/process-document.ts";
import { describeError, logTo, toContainerError } from "./holder/shim-log.ts";
import { initProcessId, type ProcessExit, shimFiles } from "./protocol.ts";
import { ChildReaper } from "./system/child-reaper.ts";
import { modifiedMs, writeDurably } from "./system/file.ts";
import { killStranger, SIGKILL } from "./system/signal.ts";

/** Nobody was there to learn the status. */
const unknownStatus = 255;

/**
 * Kills what a dead shim has left, deletes the container in the runtime and writes a status for every process.
 *
 * One line on the standard output: the exits, or the error.
 *
 * @returns the exit code: 0, or 1 for an error
 */
export async function recover(options: HoldOptions): Promise<number> {
  const say = (line: RecoverLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    say({ exits: await recoverContainer(options) });
    return 0;
  } catch (error) {
    say({ error: toContainerError(error).toDocument() });
    return 1;
  }
}

async function recoverContainer(options: HoldOptions): Promise<readonly ProcessExit[]> {
  const initDirectory = process.cwd();
  const directory = initDirectory.slice(0, initDirectory.lastIndexOf("/"));
  await refuseIfAlive(options.id);
  using reaper = new ChildReaper();
  const document = parseInitDocument(readTextIfExists(linuxKernel(), shimFiles.process) ?? "{}");
  const driver = await openDriver({ ...options, directory, document, reaper });
  const names = processNames(directory);
  // A runtime that is still at work could make what we have looked for in vain.
  for (const name of names) await killRuntime(`${directory}/${name}`);
  const processes = names.map((name) => lookAt(`${directory}/${name}`, name));
  const isOurs = (await driver.bundle()) === options.bundle;
  if (isOurs) await killAll(driver, initDirectory);
  const exits: ProcessExit[] = [];
  for (const process of processes) exits.push(await settle(process));
  if (isOurs) await driver.delete(true);
  remove(linuxKernel(), `${directory}/${shimFiles.socket}`);
  return exits;
}

/** A process as it was found. */
interface FoundProcess {
  readonly processId: string;
  readonly directory: string;
  /** Absent when it was never made, or its files do not tell. */
  readonly pid?: number;
  readonly startTime?: number;
  readonly isAlive: boolean;
}

function lookAt(directory: string, processId: string): FoundProcess {
  const pid = readNumber(`${directory}/${shimFiles.pid}`);
  const startTime = readNumber(`${directory}/${shimFiles.startTime}`);
  if (pid === undefined || startTime === undefined) return { processId, directory, isAlive: false };
  return {
    processId,
    directory,
    pid,
    startTime,
    isAlive: isProcessAlive(linuxKernel(), pid, startTime),
  };
}

/** Names of the processes that have a directory, the container's first one last. */
function processNames(directory: string): readonly string[] {
  const names = listDirectory(linuxKernel(), directory)
    .filter(({ name, isDirectory }) => isDirectory && isProcess(directory, name))
    .map(({ name }) => name);
  return names.toSorted((a, b) => Number(a === initProcessId) - Number(b === initProcessId));
}

function isProcess(directory: string, name: string): boolean {
  parseContainerId(name);
  return readTextIfExists(linuxKernel(), `${directory}/${name}/${shimFiles.process}`) !== undefined;
}

async function refuseIfAlive(id: string): Promise<void> {
  try {
    const socket = await Bun.connect({ unix: `../${shimFiles.socket}`, socket: { data() {} } });
    socket.terminate();
  } catch {
    return;
  }
  throw new ContainerError(`Cannot recover container "${id}": its shim is alive`, {
    code: "ERR_SHIM_ALIVE",
    kind: "conflict",
    hint: "Connect to it",
  });
}

async function killRuntime(directory: string): Promise<void> {
  const [pid, startTime] = (
    readTextIfExists(linuxKernel(), `${directory}/${runtimePidFile}`) ?? ""
  ).split(" ");
  if (startTime !== undefined) await killStranger(Number(pid), Number(startTime));
  remove(linuxKernel(), `${directory}/${runtimePidFile}`);
}

/** Kills the container's processes, frozen ones too: these die when they are thawed. */
async function killAll(driver: RuntimeDriver, directory: string): Promise<void> {
  try {
    await driver.kill(SIGKILL, true);
    if (await driver.isPaused()) await driver.resume();
  } catch (error) {
    // It has stopped already, as a rule.
    logTo(directory, "info", `Nothing to kill in the container: ${describeError(error)}`);
  }
}

/** Kills a process that still runs, and returns how it ended: as it is written, or as far as can be known. */
async function settle({ processId, directory, ...found }: FoundProcess): Promise<ProcessExit> {
  const file = `${directory}/${shimFiles.exitStatus}`;
  const written = readNumber(file);
  if (written !== undefined) return exitOf(processId, written, modifiedMs(file) ?? Date.now());
  const { pid, startTime, isAlive } = found;
  if (pid !== undefined && startTime !== undefined) await killStranger(pid, startTime);
  const status = isAlive ? 128 + SIGKILL : unknownStatus;
  const now = Date.now();
  writeDurably(file, String(status), now);
  return exitOf(processId, status, now);
}

function exitOf(processId: string, status: number, exitedAtMs: number): ProcessExit {
  return { processId, status, exitedAt: new Date(exitedAtMs).toISOString() };
}

function readNumber(path: string): number | undefined {
  const text = readTextIfExists(linuxKernel(), path) ?? "";
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
