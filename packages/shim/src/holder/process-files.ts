import { linuxKernel, readProcessStat, readTextIfExists, remove } from "@ctr/runtime/kernel";
import { shimFiles } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedFiles } from "../sleep/saved-shim.ts";
import { closeFile, openFile } from "../system/descriptor.ts";
import { appendText, makeFifo, writeDurably, writeText } from "../system/file.ts";

/** The files of a process' directory. */
export class ProcessFiles {
  /** Absolute path. */
  readonly directory: string;
  /** Both ends of the FIFO `exit`; who reads it gets end of file when it is closed. */
  #exit: number | undefined;
  /** Both ends of the FIFO `control`, until somebody reads it. */
  #control: number | undefined;

  /** Makes the FIFOs and, empty as yet, the runtime's log. */
  constructor(directory: string, saved?: SavedFiles) {
    using undo = new DisposableStack();
    this.directory = directory;
    if (saved !== undefined) {
      this.#exit = saved.exit;
      this.#control = saved.control;
      return;
    }
    appendText(this.path(shimFiles.log), "");
    for (const name of [shimFiles.exit, shimFiles.control]) {
      makeFifo(this.path(name));
      undo.defer(() => remove(linuxKernel(), this.path(name)));
    }
    this.#exit = undo.adopt(
      openFile(this.path(shimFiles.exit), ["O_RDWR", "O_NONBLOCK"]),
      closeFile,
    );
    this.#control = openFile(this.path(shimFiles.control), ["O_RDWR", "O_NONBLOCK"]);
    undo.move();
  }

  /** Takes up the FIFOs that another shim has left open. */
  static restore(directory: string, saved: SavedFiles): ProcessFiles {
    return new ProcessFiles(directory, saved);
  }

  /** Leaves the FIFO `exit` open for another shim. */
  save(handover: Handover): SavedFiles {
    return this.#exit === undefined ? {} : { exit: handover.keep(this.#exit) };
  }

  /** Path of one of the files. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Gives the descriptor of the FIFO `control` away. */
  takeControl(): number | undefined {
    const control = this.#control;
    this.#control = undefined;
    return control;
  }

  /** Writes `pid`, unless the runtime has, and `starttime`. */
  writePid(pid: number): void {
    if (readTextIfExists(linuxKernel(), this.path(shimFiles.pid)) === undefined) {
      writeText(this.path(shimFiles.pid), String(pid));
    }
    const stat = readProcessStat(linuxKernel(), pid);
    // The runtime library may have reaped one that has ended at once; nobody will look for it.
    if (stat !== undefined) writeText(this.path(shimFiles.startTime), String(stat.startTime));
  }

  /** Writes `exitStatus` so that it survives a crash of the machine; its time is that of the exit. */
  writeExit(status: number, exitedAtMs: number): void {
    writeDurably(this.path(shimFiles.exitStatus), String(status), exitedAtMs);
  }

  /** Lets go of the FIFOs: who waits for the exit is told. */
  close(): void {
    if (this.#exit !== undefined) closeFile(this.#exit);
    this.#exit = undefined;
    if (this.#control !== undefined) closeFile(this.#control);
    this.#control = undefined;
  }

  /** Removes what is ours but for the logs: the process was never made. */
  remove(): void {
    this.close();
    const { exit, control, pid, startTime } = shimFiles;
    for (const name of [exit, control, pid, startTime]) remove(linuxKernel(), this.path(name));
  }
}
