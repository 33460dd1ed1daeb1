import { join } from "node:path";
import { socketName } from "./address.ts";
import { createApp } from "./app.ts";
import { makePrivateDirectory } from "./directories.ts";
import { runtimeIdSuffix } from "./runtime-id-suffix.ts";
import { listen } from "./server.ts";
import type { DaemonLog } from "./services/container-context.ts";
import { ContainerService } from "./services/container-service.ts";
import { within } from "./services/deadline.ts";
import { Journal } from "./services/journal.ts";
import { processShims, type Shims } from "./services/shims.ts";
import { SpareShims } from "./services/spare-shims.ts";
import { lockStateDirectory } from "./state-lock.ts";
import { versionInfo } from "./version.ts";

/** How long what is under way may take when the daemon ends. */
const settleTimeoutMs = 5000;

/** Options of {@linkcode startDaemon}. */
export interface DaemonOptions {
  /** Directory of the socket and of the containers; made with mode 0700. */
  readonly stateDirectory: string;
  /** Folder of the journal and the logs; made with mode 0700. */
  readonly root: string;
  /** Path of the socket. @default `ctr.sock` in the state directory */
  readonly socketPath?: string;
  /** The runtime of containers that name none. @default "bunc" */
  readonly runtime?: string;
  /** How many events are kept. @default 10000 */
  readonly retainCount?: number;
  readonly log: DaemonLog;
  /** How many shims are started ahead of their containers. @default 1 */
  readonly spareShims?: number;
  /** @default shims as processes of their own */
  readonly shims?: Shims;
  /** The shim's program and its first arguments, when it is not to be looked for. */
  readonly shimCommand?: readonly string[];
}

/** A daemon that serves. */
export interface Daemon {
  readonly socketPath: string;
  /** Resolves when the containers that were there are taken up. */
  readonly restored: Promise<void>;
  /** Ends it: what is under way is finished, streams are cut, containers go on. */
  stop(): Promise<void>;
}

/**
 * Starts a daemon in this process.
 *
 * @throws {ContainerError} ERR_DAEMON_RUNNING; ERR_JOURNAL_BUSY; ERR_UNSAFE_DIRECTORY; ERR_ADDRESS_IN_USE.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  await using resources = new AsyncDisposableStack();
  const stateDirectory = makePrivateDirectory(options.stateDirectory);
  const root = makePrivateDirectory(options.root);
  resources.use(lockStateDirectory(stateDirectory));
  const journal = resources.use(Journal.open(root, options));
  const { log, runtime = "bunc", shimCommand } = options;
  // Shims that somebody else makes have no use for ours.
  const count = options.shims === undefined ? (options.spareShims ?? 1) : 0;
  const command = { ...(shimCommand && { shimCommand }) };
  const spares = resources.use(new SpareShims({ count, stateDirectory, log, ...command }));
  const containers = new ContainerService({
    stateDirectory,
    root,
    journal,
    shims: options.shims ?? processShims(spares),
    log,
    runtime,
    runtimeIdSuffix: runtimeIdSuffix(stateDirectory),
    ...command,
  });
  const shutdown = new AbortController();
  const app = createApp({
    containers,
    journal,
    spares,
    log,
    version: versionInfo(),
    started: new Date(),
    stateDirectory,
    root,
    shutdown: shutdown.signal,
  });
  const server = await listen(app, options.socketPath ?? join(stateDirectory, socketName));
  // Served before that is done: who asks for health learns that it is under way.
  const restored = containers.restore().then(() => spares.begin());
  const own = resources.move();
  return {
    socketPath: server.socketPath,
    restored,
    stop: async () => {
      await within(containers.idle(), settleTimeoutMs);
      shutdown.abort();
      await server.stop();
      containers.dispose();
      await own.disposeAsync();
    },
  };
}
