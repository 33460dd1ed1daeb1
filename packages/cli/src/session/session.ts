import { type Client, createClient } from "@ctr/daemon/client";
import { ContainerError } from "@ctr/spec";
import type { GlobalFlags } from "../arguments/global-flags.ts";
import type { CommandGroup } from "../commands.ts";
import type { Output } from "../output/output.ts";
import { type Address, resolveAddress } from "./address.ts";

/** What a command works with. */
export interface Session {
  /** Whether JSON is to be printed. */
  readonly json: boolean;
  readonly debug: boolean;
  readonly output: Output;
  /** Every command that there is. */
  readonly commandGroups: readonly CommandGroup[];
  /** Where the daemon listens. */
  address(): Address;
  /**
   * Returns a client of a daemon that answers; starts one when none does and that is allowed.
   *
   * @throws {ContainerError} ERR_DAEMON_UNREACHABLE; ERR_DAEMON_START_FAILED.
   */
  client(): Promise<Client>;
  /** Returns a client of whatever listens; never starts a daemon. */
  plainClient(): Client;
  /** Says something to the person in front, on standard error. */
  note(text: string): Promise<void>;
}

/** Makes the session of one command line. */
export function createSession(
  flags: GlobalFlags,
  output: Output,
  commandGroups: readonly CommandGroup[],
): Session {
  const address = (): Address => resolveAddress(flags.address);
  const note = (text: string): Promise<void> =>
    output.writeError(flags.json ? `${JSON.stringify({ note: text })}\n` : `ctr: ${text}\n`);
  const plainClient = (): Client => createClient({ socketPath: address().socketPath });
  return {
    json: flags.json,
    debug: flags.debug,
    output,
    commandGroups,
    address,
    note,
    plainClient,
    client: async () => {
      const client = plainClient();
      try {
        const health = await client.health();
        if (flags.debug) await note(`ctrd ${health.pid} answers at ${client.socketPath}`);
      } catch (error) {
        if (!isUnreachable(error) || !mayStart(flags)) throw error;
        const { startDaemon } = await import("./start-daemon.ts");
        await startDaemon({ address: address(), client, note, debug: flags.debug });
      }
      return client;
    },
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ContainerError && error.code === "ERR_DAEMON_UNREACHABLE";
}

function mayStart(flags: GlobalFlags): boolean {
  const forbidden = process.env["CTR_NO_DAEMON_START"] ?? "";
  return flags.daemonStart && (forbidden === "" || forbidden === "0");
}
