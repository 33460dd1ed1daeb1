import { resolve } from "node:path";
import type { CreateContainerRequest, LogOptions } from "@ctr/daemon/client";
import { parseContainerId } from "@ctr/spec";
import type { Invocation } from "../arguments/command.ts";
import { parseInteger } from "../arguments/integer.ts";
import { parseLabels } from "../arguments/labels.ts";
import { parseSize } from "../arguments/size.ts";
import type { createArgs } from "./create-args.ts";

/** The flags of {@linkcode createArgs} as they were given. */
export type CreateInvocation = Pick<Invocation<typeof createArgs>, "args" | "repeated">;

/**
 * Returns what the daemon is asked for.
 *
 * @throws {ContainerError} ERR_INVALID_ID; ERR_INVALID_FLAG.
 */
export function createRequest({ args, repeated }: CreateInvocation): CreateContainerRequest {
  const log = logOptions(args);
  return {
    id: parseContainerId(args.id),
    bundle: resolve(args.bundle ?? "."),
    labels: parseLabels(repeated.label),
    openStdin: args.interactive === true,
    removeOnExit: args.rm === true,
    ...(args.tty === true ? { terminal: true } : {}),
    ...(args.runtime === undefined ? {} : { runtime: runtimeOf(args.runtime) }),
    ...(repeated.runtimeArgs.length === 0 ? {} : { runtimeArgs: repeated.runtimeArgs }),
    ...(log === undefined ? {} : { log }),
    ...(args.noPivot === true ? { noPivotRoot: true } : {}),
    ...(args.noNewKeyring === true ? { noNewKeyring: true } : {}),
  };
}

/** A path is ours to make absolute: the daemon has another working directory. A name is looked up by the daemon. */
function runtimeOf(text: string): string {
  return text.includes("/") ? resolve(text) : text;
}

function logOptions(args: CreateInvocation["args"]): LogOptions | undefined {
  const max = Number.MAX_SAFE_INTEGER;
  const log: LogOptions = {
    ...(args.logFormat === undefined ? {} : { format: args.logFormat }),
    ...(args.logPath === undefined ? {} : { path: resolve(args.logPath) }),
    ...(args.logSize === undefined ? {} : { sizeBytesMax: parseSize(args.logSize, "--log-size") }),
    ...(args.logFiles === undefined
      ? {}
      : { filesMax: parseInteger(args.logFiles, "--log-files", { min: 1, max }) }),
  };
  return Object.keys(log).length === 0 ? undefined : log;
}
