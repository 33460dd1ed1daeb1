import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** An open file of a log. */
export interface LogFile extends AsyncDisposable {
  readonly handle: FileHandle;
  /** Tells it from the other files of the log, whatever they are called by now. */
  readonly inode: number;
}

/** How often a log that is being rotated is looked at again before what is there is taken. */
const attemptsMax = 100;

/**
 * Opens the files of a log that are there, oldest first: `PATH.N`, ..., `PATH.1`, `PATH`. They stay readable when they are
 * renamed or deleted.
 */
export async function openLogFiles(path: string): Promise<LogFile[]> {
  for (let attempt = 1; ; attempt++) {
    const numbers = await numbersOf(path);
    const opened = await Promise.all(numbers.map((number) => openLogFile(path, number)));
    const files = opened.filter((file) => file !== undefined);
    // What is renamed meanwhile can be found twice, or in the wrong order.
    const inodes = await Promise.all(numbers.map((number) => inodeOf(path, number)));
    const isSame = numbers.every((_, index) => opened[index]?.inode === inodes[index]);
    const isComplete = String(numbers) === String(await numbersOf(path));
    if ((isSame && isComplete) || attempt === attemptsMax) return files;
    await Promise.all(files.map((file) => file[Symbol.asyncDispose]()));
  }
}

/**
 * Opens the file that was begun after another one; `undefined` when there is none. When the other one is gone altogether,
 * that is the oldest.
 */
export async function openNextLogFile(path: string, inode: number): Promise<LogFile | undefined> {
  for (;;) {
    const number = await findNumber(path, inode);
    if (number === 0) return undefined;
    if (number === undefined) {
      const [first, ...others] = await openLogFiles(path);
      await Promise.all(others.map((file) => file[Symbol.asyncDispose]()));
      return first;
    }
    const next = await openLogFile(path, number - 1);
    // Older files are renamed before newer ones: while the one has its name, so had the next.
    if ((await inodeOf(path, number)) === inode && (next !== undefined || number === 1))
      return next;
    await next?.[Symbol.asyncDispose]();
  }
}

/** Returns the number that a file has now; `undefined` when it is gone. */
async function findNumber(path: string, inode: number): Promise<number | undefined> {
  let before = "";
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const numbers = (await numbersOf(path)).toReversed();
    const inodes: (number | undefined)[] = [];
    for (const number of numbers) {
      const found = await inodeOf(path, number);
      if (found === inode) return number;
      inodes.push(found);
    }
    // It can have been renamed while we looked; what stays the same was not.
    const now = `${numbers} ${inodes}`;
    if (now === before) return undefined;
    before = now;
  }
  return undefined;
}

/** Returns the numbers of the files that are there, highest first; the file without one has 0. */
async function numbersOf(path: string): Promise<readonly number[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(ignoreMissing([]));
  return names
    .filter((other) => other === name || /^\.[1-9]\d{0,5}$/.test(other.slice(name.length)))
    .filter((other) => other.startsWith(name))
    .map((other) => Number(other.slice(name.length + 1)))
    .toSorted((a, b) => b - a);
}

function pathOf(path: string, number: number): string {
  return number === 0 ? path : `${path}.${number}`;
}

async function openLogFile(path: string, number: number): Promise<LogFile | undefined> {
  const handle = await open(pathOf(path, number), "r").catch(ignoreMissing(undefined));
  if (handle === undefined) return undefined;
  const { ino } = await handle.stat();
  return { handle, inode: ino, [Symbol.asyncDispose]: () => handle.close() };
}

async function inodeOf(path: string, number: number): Promise<number | undefined> {
  const found = await stat(pathOf(path, number)).catch(ignoreMissing(undefined));
  return found?.ino;
}

function ignoreMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  };
}
