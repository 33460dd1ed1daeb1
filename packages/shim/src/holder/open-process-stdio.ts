import type { ExecDocument, InitDocument } from "../protocol.ts";
import { ProcessStdio } from "../stdio/process-stdio.ts";
import { describeError, logTo } from "./shim-log.ts";

/** What the container says about the stdio of its processes. */
export interface ContainerStdioOptions {
  /** Of the container's first process. */
  readonly document: InitDocument;
  /** Is called after much output. */
  readonly onWork: () => void;
}

/**
 * Opens the stdio of a process; its directory's log says when its own log cannot be written.
 *
 * @throws {ContainerError} ERR_STDIO_PATH
 */
export function openProcessStdio(
  { document: { rootUID = 0, rootGID = 0 }, onWork }: ContainerStdioOptions,
  directory: string,
  document: InitDocument | ExecDocument,
  terminal: boolean,
): ProcessStdio {
  return ProcessStdio.open({
    document,
    terminal,
    owner: { uid: rootUID, gid: rootGID },
    onMuchOutput: onWork,
    onLogFailure: (error) =>
      logTo(directory, "error", `Cannot write the log, output is lost: ${describeError(error)}`),
  });
}
