import type { SavedProcess } from "../sleep/saved-shim.ts";
import { ProcessStdio } from "../stdio/process-stdio.ts";
import type { ChildReaper } from "../system/child-reaper.ts";
import type { HeldContainerOptions } from "./held-container.ts";
import { HeldProcess } from "./held-process.ts";
import { processStdioOptions } from "./open-process-stdio.ts";
import { ProcessFiles } from "./process-files.ts";

/** What a container is restored from, beside what was saved. */
export interface RestoreOptions extends HeldContainerOptions {
  readonly reaper: ChildReaper;
}

/** Takes up a process that another shim has held. */
export function restoreProcess(
  options: RestoreOptions,
  saved: SavedProcess,
  reaper: ChildReaper,
): HeldProcess {
  const { processId, pid, exit } = saved;
  const directory = `${options.directory}/${processId}`;
  const { document, terminal } = saved.stdio;
  const stdio = ProcessStdio.restore(
    processStdioOptions(options, directory, document, terminal),
    saved.stdio,
  );
  return HeldProcess.restore(
    {
      processId,
      // Whichever runtime has made it, it is our child.
      launched: {
        pid,
        master: undefined,
        exited: exit === undefined ? reaper.watch(pid) : Promise.resolve(exit.status),
      },
      files: ProcessFiles.restore(directory, saved.files),
      stdio,
      drainTimeoutMs: saved.drainTimeoutMs,
    },
    exit,
  );
}
