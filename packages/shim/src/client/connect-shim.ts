import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { initProcessId, type OomEvent, type ProcessExit, shimFiles } from "../protocol.ts";
import { ShimClient } from "./shim-client.ts";

/** What the files of a process say. */
export interface ProcessFiles {
  readonly processId: string;
  /** Host pid; absent when the process was never made. */
  readonly pid?: number;
  /** Clock ticks after boot. */
  readonly startTime?: number;
  /** Present once it has ended. */
  readonly exit?: ProcessExit;
}

/** What the files of a container's directory say; true whether or not its shim is alive. */
export interface ShimDirectory {
  /** The first process is the last: so that exits can be told in this order. */
  readonly processes: readonly ProcessFiles[];
  /** Each time that memory ran out, in order. */
  readonly ooms: readonly OomEvent[];
}

/**
 * Connects to the shim of a container's directory.
 *
 * @throws {ContainerError} ERR_SHIM_GONE when it is dead: see {@linkcode recoverShim}.
 */
export function connectShim(directory: string): Promise<ShimClient> {
  return ShimClient.open(directory, join(directory, shimFiles.socket));
}

/** Reads what the files of a container's directory say of its processes, without its shim. */
export async function readShim(directory: string): Promise<ShimDirectory> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  names.sort((a, b) => Number(a === initProcessId) - Number(b === initProcessId));
  const [ooms, ...processes] = await Promise.all([
    readOoms(directory),
    ...names.map((name) => readProcess(directory, name)),
  ]);
  return { processes, ooms };
}

async function readOoms(directory: string): Promise<readonly OomEvent[]> {
  const path = join(directory, initProcessId, shimFiles.oom);
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n");
  // What comes after the last newline is still being written.
  return lines.slice(0, -1).map((line): OomEvent => JSON.parse(line));
}

async function readProcess(directory: string, processId: string): Promise<ProcessFiles> {
  const path = (name: string): string => join(directory, processId, name);
  const [pid, startTime, status] = await Promise.all([
    readNumber(path(shimFiles.pid)),
    readNumber(path(shimFiles.startTime)),
    readNumber(path(shimFiles.exitStatus)),
  ]);
  const exitedAt =
    status === undefined ? undefined : (await stat(path(shimFiles.exitStatus))).mtime;
  return {
    processId,
    ...(pid === undefined ? {} : { pid }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(status === undefined || exitedAt === undefined
      ? {}
      : { exit: { processId, status, exitedAt: exitedAt.toISOString() } }),
  };
}

async function readNumber(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
