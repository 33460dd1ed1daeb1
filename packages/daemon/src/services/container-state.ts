import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecOptions } from "@ctr/shim/client";
import type { LogDocument } from "@ctr/shim/protocol";

/** Name of the file in a container's directory. */
const stateFileName = "state.json";

/** What is to be remembered of an exec. */
export interface ExecState {
  readonly removeOnExit: boolean;
  readonly log?: LogDocument;
  /** What is executed, until it is. */
  readonly pending?: ExecOptions;
}

/**
 * What the daemon has to remember of a container: `<state-dir>/<id>/state.json`. The names that containerd 0.2 had mean what
 * they meant there.
 */
export interface ContainerState {
  readonly id: string;
  /** Tells it from an earlier container of the same id. */
  readonly instance: string;
  readonly bundle: string;
  readonly runtime: string;
  readonly runtimeArgs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly noPivotRoot: boolean;
  /** RFC 3339, UTC. */
  readonly created: string;
  /** RFC 3339, UTC: when somebody asked for the start, which came or did not. */
  readonly startRequested?: string;
  readonly removeOnExit: boolean;
  /** Of the first process. */
  readonly log?: LogDocument;
  /** By the process' name. */
  readonly execs: Readonly<Record<string, ExecState>>;
}

/** Writes the state, whole or not at all. */
export function writeContainerState(directory: string, state: ContainerState): void {
  const path = join(directory, stateFileName);
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Reads the state; `undefined` when there is none. */
export function readContainerState(directory: string): ContainerState | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, stateFileName), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const state: ContainerState = JSON.parse(text);
  return state;
}
