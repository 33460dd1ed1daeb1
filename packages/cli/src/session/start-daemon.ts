import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@ctr/daemon/client";
import { ContainerError, errorKinds } from "@ctr/spec";
import type { Address } from "./address.ts";
import { programCommand, programEnvironment } from "./program-command.ts";

/** What {@linkcode startDaemon} needs. */
export interface StartDaemonOptions {
  readonly address: Address;
  readonly client: Client;
  readonly debug: boolean;
  note(text: string): Promise<void>;
  /** The daemon's program and its first arguments. @default `programCommand("ctrd")` */
  readonly command?: readonly string[];
  /** How long it may take until it answers, in ms. @default 15000 */
  readonly timeoutMs?: number;
}

/** How long to wait between two questions whether it answers, in ms. */
const pauseMs = 10;
/** How long another daemon may take to answer after ours has found that it is not the first, in ms. */
const otherTimeoutMs = 5000;

/**
 * Starts ctrd in a session of its own, and resolves when a daemon answers: ours, or that of somebody who did the same
 * at the same time.
 *
 * @throws {ContainerError} ERR_DAEMON_START_FAILED.
 */
export async function startDaemon(options: StartDaemonOptions): Promise<void> {
  const { address, note } = options;
  const stateDirectory = stateDirectoryOf(address);
  const log = openLog(stateDirectory);
  const child = Bun.spawn(
    [
      ...(options.command ?? programCommand("ctrd")),
      ...placesOf(address, stateDirectory),
      ...(options.debug ? ["--debug"] : []),
    ],
    {
      // Run from sources, Bun would read the settings of whatever directory we are in.
      cwd: "/",
      env: programEnvironment(),
      stdin: "ignore",
      stdout: log.descriptor,
      stderr: log.descriptor,
      detached: true,
    },
  );
  closeSync(log.descriptor);
  await note(`no daemon answers at ${address.socketPath}: started ctrd, pid ${child.pid}`);
  await answers(options, child, log);
  child.unref();
}

/** Waits until a daemon answers. */
async function answers(
  options: StartDaemonOptions,
  child: Bun.Subprocess,
  log: DaemonLog,
): Promise<void> {
  let deadline = performance.now() + (options.timeoutMs ?? 15_000);
  void child.exited.then(() => {
    const now = performance.now();
    // Ours may have found that another one is first; anything else will not get better.
    deadline = Math.min(deadline, isSecond(child) ? now + otherTimeoutMs : now);
  });
  for (;;) {
    const health = await options.client.health().catch(() => undefined);
    if (health !== undefined) {
      if (health.pid === child.pid) return;
      await options.note(`another ctrd was first, pid ${health.pid}`);
      // Ours may not have found that out yet, and must not come up once the other one has ended.
      child.kill();
      await child.exited;
      return;
    }
    if (performance.now() > deadline) throw startFailed(options, child, log);
    await Bun.sleep(pauseMs);
  }
}

/** Whether our daemon ended because another one runs, which will answer soon: ERR_DAEMON_RUNNING is a conflict. */
function isSecond(child: Bun.Subprocess): boolean {
  return child.exitCode === 0 || child.exitCode === errorKinds.conflict.exitCode;
}

function startFailed(
  options: StartDaemonOptions,
  child: Bun.Subprocess,
  log: DaemonLog,
): ContainerError {
  const said = readLog(log).trim().split("\n").at(-1) ?? "";
  const how = child.exitCode === null ? "it does not answer" : `it ended with ${child.exitCode}`;
  if (child.exitCode === null) child.kill();
  return new ContainerError(
    `Cannot start ctrd for "${options.address.socketPath}": ${how}${said === "" ? "" : `: ${said}`}`,
    {
      code: "ERR_DAEMON_START_FAILED",
      kind: "unavailable",
      hint: `Its log is ${log.path}; "ctr doctor" tells what this machine lacks`,
    },
  );
}

function stateDirectoryOf(address: Address): string {
  if (address.stateDirectory !== undefined) return address.stateDirectory;
  throw new ContainerError(
    `Cannot start ctrd for "${address.socketPath}": its socket is always called ctr.sock`,
    {
      code: "ERR_DAEMON_START_FAILED",
      kind: "unavailable",
      hint: "Start the daemon yourself, or use an address that ends in /ctr.sock",
    },
  );
}

/** Where the daemon keeps things. One that is not the machine's own must not share the journal of that one. */
function placesOf(address: Address, stateDirectory: string): string[] {
  // No container's id begins with a dot.
  return address.isDefault
    ? []
    : ["--state-dir", stateDirectory, "--root", join(stateDirectory, ".root")];
}

interface DaemonLog {
  readonly path: string;
  readonly descriptor: number;
  /** Size when we opened it, in bytes. */
  readonly start: number;
}

function openLog(stateDirectory: string): DaemonLog {
  const path = join(stateDirectory, ".ctrd.log");
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const descriptor = openSync(path, "a", 0o600);
    return { path, descriptor, start: statSync(path).size };
  } catch (error) {
    throw new ContainerError(`Cannot start ctrd: "${path}" cannot be written`, {
      code: "ERR_DAEMON_START_FAILED",
      kind: "forbidden",
      hint: "Run as the user that the daemon is to run as, or use another --address",
      cause: error,
    });
  }
}

/** What the daemon has said since we opened its log. */
function readLog(log: DaemonLog): string {
  try {
    return readFileSync(log.path).subarray(log.start).toString("utf8");
  } catch {
    return "";
  }
}
