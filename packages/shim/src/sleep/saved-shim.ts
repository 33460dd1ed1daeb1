/**
 * What a shim knows, as it is handed from one that falls asleep to the one that wakes up: a JSON document in memory, written
 * and read by the same program. Numbers of descriptors stand for what is open.
 *
 * @module
 */

import type { HoldOptions } from "../hold-options.ts";
import type { BundleConfig } from "../holder/bundle-config.ts";
import type { ProcessExit, StdioDocument } from "../protocol.ts";
import type { OutputStream } from "../stdio/output-stream.ts";

/** A whole shim. */
export interface SavedShim extends HoldOptions {
  /** Directory of the container's first process. */
  readonly processDirectory: string;
  readonly server: SavedServer;
  readonly container: SavedContainer;
  readonly sleep: SavedSleep;
}

/** The sleep itself: what is closed when it is over. */
export interface SavedSleep {
  /** All descriptors that were handed over. */
  readonly kept: readonly number[];
  /** Those that only the sleeper needs. */
  readonly own: readonly number[];
  /** Since when, in ms since 1970. */
  readonly since: number;
  /** How long nothing had happened before. */
  readonly quietMs: number;
}

/** The socket and its connections. */
export interface SavedServer {
  readonly listener: number;
  readonly connections: readonly SavedConnection[];
}

/** A connection that is idle but for what it waits for. */
export interface SavedConnection {
  readonly socket: number;
  /** Requests that wait for the end of a process. */
  readonly waits: readonly SavedWait[];
}

/** A request `wait`. */
export interface SavedWait {
  readonly id: number;
  readonly processId: string;
}

/** A container. */
export interface SavedContainer {
  readonly config: BundleConfig;
  readonly isStarted: boolean;
  readonly memory: SavedOomWatch;
  readonly processes: readonly SavedProcess[];
}

/** What was told of memory that ran out. */
export interface SavedOomWatch {
  readonly count: number;
  readonly told: number;
  /** Tells whether it ran out meanwhile. */
  readonly notice?: number;
}

/** A process; one that has ended holds nothing any more. */
export interface SavedProcess {
  readonly processId: string;
  readonly pid: number;
  readonly drainTimeoutMs: number;
  readonly exit?: ProcessExit;
  readonly files: SavedFiles;
  readonly stdio: SavedStdio;
}

/** The FIFOs of a process' directory. */
export interface SavedFiles {
  readonly exit?: number;
  readonly control?: number;
}

/** The stdio of a process. */
export interface SavedStdio {
  readonly document: StdioDocument;
  readonly terminal: boolean;
  readonly sources: readonly { readonly stream: OutputStream; readonly descriptor: number }[];
  readonly keepers: readonly number[];
  readonly inputKeeper?: number;
  /** A FIFO that a terminal's input is copied from. */
  readonly inputCopy?: number;
  readonly input?: number;
  readonly master?: number;
  readonly copy?: number;
  readonly log?: SavedLog;
}

/** An open log. */
export interface SavedLog {
  readonly descriptor: number;
  readonly isTorn: boolean;
}
