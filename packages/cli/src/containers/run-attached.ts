import type { Client, CreateContainerRequest } from "@ctr/daemon/client";
import type { Session } from "../session/session.ts";
import { parseDetachKeys } from "../terminal/detach-keys.ts";
import { relay } from "../terminal/relay.ts";

/** The flags of `attachArgs`, and whether input is wanted. */
export interface AttachFlags {
  readonly detachKeys: string;
  readonly sigProxy: boolean;
  readonly interactive?: boolean | undefined;
}

/** What {@linkcode runAttached} needs. */
export interface RunAttachedOptions {
  readonly session: Session;
  readonly id: string;
  /** What is created first; `undefined` for a container that waits to be started. */
  readonly create: CreateContainerRequest | undefined;
  readonly flags: AttachFlags;
}

/**
 * Starts a container and stays connected until its first process ends; resolves to its exit code. It is attached to
 * before it starts, so that nothing of its output is missed. When it cannot be started, it is not left behind.
 */
export async function runAttached(options: RunAttachedOptions): Promise<number> {
  const { session, id, create, flags } = options;
  const detachKeys = parseDetachKeys(flags.detachKeys);
  const client = await session.client();
  const isInteractive = flags.interactive === true;
  // Whoever sits at a terminal can type into a container that has one, as with runc run; config.json decides that.
  const mayType = create !== undefined && process.stdin.isTTY === true;
  await using undo = new AsyncDisposableStack();
  if (create !== undefined) {
    await client.createContainer({ ...create, openStdin: isInteractive || mayType });
    undo.defer(() => client.deleteContainer(id, { force: true }).catch(() => undefined));
  }
  using attached = await client.attach(id, "init", {
    stdin: isInteractive || mayType,
    whenSlow: "wait",
  });
  const takesInput = isInteractive || (mayType && attached.terminal);
  if (mayType && !takesInput) await attached.stdin.close();
  const exit = await relay({
    session,
    attached,
    stdin: takesInput,
    detachKeys,
    forwardsSignals: flags.sigProxy,
    kill: (signal) => client.killContainer(id, { signal }),
    begin: async () => {
      await client.startContainer(id);
      undo.move();
    },
  });
  if (exit === undefined) {
    await session.note(`detached from ${id}, which goes on; "ctr attach ${id}" comes back`);
    return 0;
  }
  if (create?.removeOnExit === true) await gone(client, id);
  return exit.status;
}

/** Waits until a container that is deleted when it ends is no longer there, so that its name can be used again. */
async function gone(client: Client, id: string): Promise<void> {
  await client.deleteContainer(id, { force: true }).catch(() => undefined);
}
