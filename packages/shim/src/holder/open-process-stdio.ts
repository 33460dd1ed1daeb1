import type { InitDocument, StdioDocument } from "../protocol.ts";
import type { StdioOptions } from "../stdio/open-stdio.ts";
import { ProcessStdio } from "../stdio/process-stdio.ts";
import { describeError, logTo } from "./shim-log.ts";

/** What the container says about the stdio of its processes. */
export interface ContainerStdioOptions {
  /** Of the container's first process. */
  readonly document: InitDocument;
  /** Is called after much output. */
  readonly onWork: () => void;
  /** Is called at each piece of output. */
  readonly onOutput: () => void;
}

/**
 * Opens the stdio of a process; its directory's log says when its own log cannot be written.
 *
 * @throws {ContainerError} ERR_STDIO_PATH
 */
export function openProcessStdio(
  container: ContainerStdioOptions,
  directory: string,
  document: StdioDocument,
  terminal: boolean,
): ProcessStdio {
  return ProcessStdio.open(processStdioOptions(container, directory, document, terminal));
}

/** Returns what the stdio of a process is made from. */
export function processStdioOptions(
  { document: { rootUID = 0, rootGID = 0 }, onWork, onOutput }: ContainerStdioOptions,
  directory: string,
  document: StdioDocument,
  terminal: boolean,
): StdioOptions {
  return {
    document,
    terminal,
    owner: { uid: rootUID, gid: rootGID },
    onOutput,
    onMuchOutput: onWork,
    onLogFailure: (error) =>
      logTo(directory, "error", `Cannot write the log, output is lost: ${describeError(error)}`),
  };
}
