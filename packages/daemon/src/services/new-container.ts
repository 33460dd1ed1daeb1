import { join } from "node:path";
import type { InitDocument, LogDocument } from "@ctr/shim/protocol";
import type { CreateContainerRequest } from "../contract/container.ts";
import { initProcessId, type StdioOptions } from "../contract/process.ts";
import type { ContainerContext } from "./container-context.ts";
import { containerFolders } from "./container-files.ts";
import type { ContainerState } from "./container-state.ts";

/** Returns what is to be remembered of a container that is about to be created. */
export function newContainerState(
  request: CreateContainerRequest,
  context: Pick<ContainerContext, "stateDirectory" | "root" | "runtime">,
): ContainerState {
  const created = new Date().toISOString();
  const log = logDocument(
    request,
    join(containerFolders(context, request.id).logs, "init.log"),
    "cri",
  );
  return {
    id: request.id,
    instance: crypto.randomUUID(),
    bundle: request.bundle,
    runtime: request.runtime ?? context.runtime,
    runtimeArgs: request.runtimeArgs ?? [],
    labels: request.labels ?? {},
    stdin: request.stdin ?? "",
    stdout: request.stdout ?? "",
    stderr: request.stderr ?? "",
    noPivotRoot: request.noPivotRoot ?? false,
    created,
    ...(request.start === true ? { startRequested: created } : {}),
    removeOnExit: request.removeOnExit ?? false,
    ...(log === undefined ? {} : { log }),
    execs: {},
  };
}

/** So much is kept of a log that is given no size, twice: what a container writes must not fill the disk. */
const defaultLogBytesMax = 100 * 1024 * 1024;

/** Returns how output is kept; `undefined` when it is not, or when all of it goes elsewhere. */
export function logDocument(
  options: StdioOptions,
  defaultPath: string,
  defaultFormat: "cri" | "none",
): LogDocument | undefined {
  const isElsewhere = options.stdout !== undefined && options.stderr !== undefined;
  const format = options.log?.format ?? (isElsewhere ? "none" : defaultFormat);
  if (format === "none") return undefined;
  const { path = defaultPath, filesMax } = options.log ?? {};
  // The process itself writes a raw log, which nobody can begin anew.
  const sizeBytesMax = options.log?.sizeBytesMax ?? (format === "cri" ? defaultLogBytesMax : 0);
  return {
    path,
    format,
    ...(sizeBytesMax === 0 ? {} : { sizeBytesMax }),
    ...(filesMax === undefined ? {} : { filesMax }),
  };
}

/** Returns what the shim has to know of stdio. */
export function stdioDocument(
  options: StdioOptions,
  log: LogDocument | undefined,
): Pick<
  InitDocument,
  | "containerdStdin"
  | "containerdStdout"
  | "containerdStderr"
  | "openStdin"
  | "stdinOnce"
  | "log"
  | "drainTimeoutMs"
> {
  const { stdin, stdout, stderr, openStdin, stdinOnce, drainTimeoutMs } = options;
  return {
    ...(stdin === undefined ? {} : { containerdStdin: stdin }),
    ...(stdout === undefined ? {} : { containerdStdout: stdout }),
    ...(stderr === undefined ? {} : { containerdStderr: stderr }),
    ...(openStdin === undefined ? {} : { openStdin }),
    ...(stdinOnce === undefined ? {} : { stdinOnce }),
    ...(log === undefined ? {} : { log }),
    ...(drainTimeoutMs === undefined ? {} : { drainTimeoutMs }),
  };
}

/** Returns the `process.json` of a container's first process. */
export function initDocument(
  request: CreateContainerRequest,
  state: ContainerState,
  runtimeIdSuffix: string,
): InitDocument {
  const { terminal, runtimeArgs, noPivotRoot, noNewKeyring, rootUID, rootGID } = request;
  return {
    ...stdioDocument(request, state.log),
    ...(terminal === undefined ? {} : { terminal }),
    ...(runtimeIdSuffix === "" ? {} : { runtimeId: `${state.id}${runtimeIdSuffix}` }),
    ...(runtimeArgs === undefined ? {} : { runtimeArgs }),
    ...(noPivotRoot === undefined ? {} : { noPivotRoot }),
    ...(noNewKeyring === undefined ? {} : { noNewKeyring }),
    ...(rootUID === undefined ? {} : { rootUID }),
    ...(rootGID === undefined ? {} : { rootGID }),
    // A container that has stopped needs nobody to hold it: what is left to say of it is in its files.
    deleteOnExit: true,
  };
}

/** Names of files in a container's directory, which no process can have. */
export const reservedProcessIds: readonly string[] = [
  initProcessId,
  "state.json",
  "state.json.new",
  "shim.sock",
];
