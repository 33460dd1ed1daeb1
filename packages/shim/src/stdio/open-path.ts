import { isErrno, reasonOf } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";
import { openFile } from "../system/descriptor.ts";
import { isFifo } from "../system/file.ts";

/** A FIFO or file that a process reads or writes itself. */
export interface OpenedPath {
  /** For the process. */
  readonly descriptor: number;
  /**
   * Both ends of a FIFO: while it is open, who reads gets no end of file when the last writer goes, and who writes gets
   * no SIGPIPE when the last reader goes.
   */
  readonly keeper?: number;
}

/** Opens the standard input that a caller has named, for the process itself. */
export function openInputPath(path: string): OpenedPath {
  return opening(path, () => {
    if (!isFifo(path)) return { descriptor: openFile(path, ["O_RDONLY"]) };
    // With a writer there, opening for reading does not wait.
    const keeper = openFile(path, ["O_RDWR", "O_NONBLOCK"]);
    return { descriptor: openFile(path, ["O_RDONLY"]), keeper };
  });
}

/** Opens an output that a caller has named, for the process itself. */
export function openOutputPath(path: string): OpenedPath {
  return opening(path, () => {
    if (!isFifo(path)) return { descriptor: openFile(path, ["O_WRONLY", "O_APPEND"]) };
    const keeper = openFile(path, ["O_RDWR", "O_NONBLOCK"]);
    return { descriptor: openFile(path, ["O_WRONLY"]), keeper };
  });
}

/** Opens what a terminal's input is copied from or its output to, without waiting for the other side. */
export function openCopyPath(path: string, direction: "in" | "out"): number {
  return opening(path, () => {
    if (isFifo(path)) return openFile(path, ["O_RDWR", "O_NONBLOCK"]);
    return openFile(path, direction === "in" ? ["O_RDONLY"] : ["O_WRONLY", "O_APPEND"]);
  });
}

function opening<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** The error of a path that a caller has named and that cannot be opened. */
export function cannotOpen(path: string, cause: unknown): ContainerError {
  return new ContainerError(
    `Cannot open "${path}" for the output or input of a process: ${reasonOf(cause)}`,
    {
      code: "ERR_STDIO_PATH",
      kind: isErrno(cause, "ENOENT", "ENOTDIR", "EISDIR") ? "invalid" : "internal",
      cause,
    },
  );
}
