import type { ExecRequest } from "@ctr/daemon/client";
import type { Session } from "../session/session.ts";
import { parseDetachKeys } from "../terminal/detach-keys.ts";
import { terminalSize } from "../terminal/local-terminal.ts";
import { relay } from "../terminal/relay.ts";
import type { AttachFlags } from "./run-attached.ts";

/** What {@linkcode execAttached} needs. */
export interface ExecAttachedOptions {
  readonly session: Session;
  readonly id: string;
  readonly request: ExecRequest;
  readonly flags: AttachFlags;
}

/** Executes a process and stays connected until it ends; resolves to its exit code. */
export async function execAttached(options: ExecAttachedOptions): Promise<number> {
  const { session, id, flags } = options;
  const detachKeys = parseDetachKeys(flags.detachKeys);
  const client = await session.client();
  const size = options.request.terminal === true ? terminalSize() : undefined;
  using attached = await client.execAttached(
    id,
    {
      ...options.request,
      openStdin: flags.interactive === true,
      stdinOnce: true,
      removeOnExit: true,
      ...(size === undefined ? {} : { consoleSize: { width: size.columns, height: size.rows } }),
    },
    { stdin: flags.interactive === true },
  );
  const { processId } = attached;
  const exit = await relay({
    session,
    attached,
    stdin: flags.interactive === true,
    detachKeys,
    forwardsSignals: flags.sigProxy,
    kill: (signal) => client.killProcess(id, processId, { signal }),
  });
  if (exit !== undefined) return exit.status;
  await session.note(
    `detached from process ${processId} of ${id}, which goes on; "ctr attach --process ${processId} ${id}" comes back`,
  );
  return 0;
}
