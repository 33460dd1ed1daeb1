import { type FileHandle, open, stat } from "node:fs/promises";

/** An open file of a log. */
export interface LogFile extends AsyncDisposable {
  readonly handle: FileHandle;
  /** Tells it from the other files of the log, whatever they are called by now. */
  readonly inode: number;
}

/**
 * Opens the files of a log that are there, oldest first: `PATH.N`, ..., `PATH.1`, `PATH`. They stay readable when they are
 * renamed or deleted.
 */
export async function openLogFiles(path: string, filesMax: number): Promise<LogFile[]> {
  const files: LogFile[] = [];
  // Newest first: when the log is rotated meanwhile, a file is found again and none is missed.
  for (let index = 0; index < filesMax; index++) {
    const file = await openLogFile(index === 0 ? path : `${path}.${index}`);
    if (file === undefined) {
      // Between two steps of a rotation there is no file of the first name.
      if (index > 0) break;
    } else if (files.some(({ inode }) => inode === file.inode)) {
      await file[Symbol.asyncDispose]();
    } else {
      files.push(file);
    }
  }
  return files.toReversed();
}

async function openLogFile(path: string): Promise<LogFile | undefined> {
  try {
    const handle = await open(path, "r");
    const { ino } = await handle.stat();
    return { handle, inode: ino, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Returns the inode that a path leads to now; `undefined` when there is none. */
export async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
