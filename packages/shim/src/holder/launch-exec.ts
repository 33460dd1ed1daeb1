import { type ExecDocument, shimFiles } from "../protocol.ts";
import { removeFlatDirectory, writeText } from "../system/file.ts";
import { SIGKILL, sendSignal } from "../system/signal.ts";
import type { HeldContainerOptions } from "./held-container.ts";
import { drainTimeoutMs, HeldProcess } from "./held-process.ts";
import { openProcessStdio } from "./open-process-stdio.ts";
import { makeProcessDirectory } from "./process-directory.ts";
import { ProcessFiles } from "./process-files.ts";

/**
 * Executes a process; its output and its exit are not handed on yet.
 *
 * @throws {ContainerError} what the runtime said; nothing of the process is left then
 */
export async function launchExec(
  options: HeldContainerOptions,
  processId: string,
  document: ExecDocument,
): Promise<HeldProcess> {
  const directory = `${options.directory}/${processId}`;
  await using undo = new AsyncDisposableStack();
  makeProcessDirectory(directory, processId);
  undo.defer(() => removeFlatDirectory(directory));
  writeText(`${directory}/${shimFiles.process}`, JSON.stringify(document));
  const files = new ProcessFiles(directory);
  undo.defer(() => files.close());
  const terminal = document.terminal === true;
  const stdio = openProcessStdio(options, directory, document, terminal);
  undo.defer(() => stdio.close());
  const launched = await options.driver.exec({
    directory,
    process: withoutStdio(document),
    stdio: stdio.child,
    complaint: () => stdio.complaint(),
  });
  undo.defer(() => void sendSignal(launched.pid, SIGKILL));
  files.writePid(launched.pid);
  undo.move();
  return new HeldProcess({
    processId,
    launched,
    files,
    stdio,
    drainTimeoutMs: document.drainTimeoutMs ?? drainTimeoutMs,
  });
}

/** The OCI process of an exec. */
function withoutStdio(document: ExecDocument): Omit<ExecDocument, "exec"> {
  const { exec: _, ...process } = document;
  return process;
}
