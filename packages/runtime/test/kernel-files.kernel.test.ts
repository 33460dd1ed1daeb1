/** Files and directories, behind the door to the kernel. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { FaultingKernel } from "../src/kernel/faulting.ts";
import {
  exists,
  listDirectory,
  makeDirectories,
  makeDirectory,
  makeFifo,
  open,
  readAll,
  readText,
  readTextIfExists,
  remove,
  removeDirectory,
  writeAll,
  writeAtomically,
  writeValue,
} from "../src/kernel/file.ts";
import { type Kernel, SystemCallError } from "../src/kernel/kernel.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { value } from "../src/machine/constants.ts";
import { Scratch, thrown } from "./kernel-fixture.ts";

const kernel = linuxKernel();
const scratch = new Scratch();
const { folder } = scratch;
const fresh = (name?: string): string => scratch.fresh(name);

afterAll(() => scratch[Symbol.dispose]());

describe("files", () => {
  test("are read to their end, whatever their size", () => {
    for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
      const path = fresh();
      writeFileSync(path, "x".repeat(size));
      expect(readText(kernel, path)).toBe("x".repeat(size));
    }
    expect(readText(kernel, "/proc/self/stat")).toStartWith(`${process.pid} (`);
  });

  test("that are too large are refused", () => {
    const path = fresh();
    writeFileSync(path, "x".repeat(5000));
    using file = open(kernel, path, ["O_RDONLY"]);

    expect(() => readAll(kernel, file.number, 4999)).toThrow(RangeError);
    kernel.call("lseek", file.number, 0, 0);
    expect(readAll(kernel, file.number, 5000)).toHaveLength(5000);
  });

  test("that are missing are undefined where they may be missing", () => {
    expect(readTextIfExists(kernel, fresh())).toBeUndefined();
    expect(readTextIfExists(kernel, join("/etc/passwd", "below"))).toBeUndefined();
    expect(thrown(() => readText(kernel, fresh()))).toMatchObject({ errno: "ENOENT" });
    expect(thrown(() => readTextIfExists(kernel, folder))).toMatchObject({ errno: "EISDIR" });
    expect(exists(kernel, folder)).toBe(true);
    expect(exists(kernel, fresh())).toBe(false);
    expect(exists(kernel, "/etc/passwd/below")).toBe(false);
  });

  test("are opened close-on-exec, with a mode, below a directory", () => {
    using directory = open(kernel, folder, ["O_PATH", "O_DIRECTORY"]);
    const name = basename(fresh("below"));
    using file = open(kernel, name, ["O_WRONLY", "O_CREAT", "O_EXCL"], 0o640, directory.number);

    expect(kernel.call("fcntl", file.number, 1)).toBe(value("FD_CLOEXEC"));
    expect(statSync(join(folder, name)).mode & 0o7777).toBe(0o640 & ~process.umask());
    expect(
      thrown(() => open(kernel, name, ["O_WRONLY", "O_CREAT", "O_EXCL"], 0o640, directory.number)),
    ).toMatchObject({ errno: "EEXIST" });
  });

  test("take a value in one write, and are not made for it", () => {
    const path = fresh();
    expect(thrown(() => writeValue(kernel, path, "1"))).toMatchObject({ errno: "ENOENT" });
    writeFileSync(path, "before");
    writeValue(kernel, path, "ä");
    expect(readFileSync(path, "utf8")).toBe("äfore");
  });

  test("are written atomically: the old content or the new, whichever call fails", () => {
    const path = fresh();
    writeAtomically(kernel, path, "old", 0o640);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
    const counter = new FaultingKernel(kernel, 0);
    writeAtomically(counter, path, "old");

    for (let failAt = 1; failAt <= counter.count; failAt++) {
      const before = openDescriptors();
      const error = thrown(() => writeAtomically(new FaultingKernel(kernel, failAt), path, "new"));
      expect(error).toMatchObject({ errno: "EIO" });
      expect(readFileSync(path, "utf8")).toBe("old");
      expect(existsSync(`${path}.tmp`)).toBe(false);
      expect(openedSince(before)).toEqual([]);
    }
    expect(counter.count).toBeGreaterThanOrEqual(3);
    writeAtomically(kernel, path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("of a directory that is removed while it is read are none", () => {
    const directory = fresh("vanishing");
    mkdirSync(directory);
    const removing: Kernel = {
      call: (name, ...args) => {
        if (name === "getdents64") removeDirectory(kernel, directory);
        return kernel.call(name, ...args);
      },
      launch: (request) => kernel.launch(request),
    };
    expect(listDirectory(removing, directory)).toEqual([]);
  });

  test("and directories are removed, also when they are not there", () => {
    const [file, directory] = [fresh(), fresh("folder")];
    writeFileSync(file, "");
    mkdirSync(directory);

    for (let times = 0; times < 2; times++) {
      remove(kernel, file);
      removeDirectory(kernel, directory);
    }

    expect([existsSync(file), existsSync(directory)]).toEqual([false, false]);
    const full = join(folder, "full");
    makeDirectory(kernel, full, 0o700);
    makeFifo(kernel, join(full, "fifo"), 0o600);
    expect(thrown(() => removeDirectory(kernel, full))).toMatchObject({ errno: "ENOTEMPTY" });
    expect(thrown(() => remove(kernel, folder))).toMatchObject({ errno: "EISDIR" });
  });

  test("may be FIFOs", () => {
    const path = fresh("fifo");

    makeFifo(kernel, path, 0o600);

    expect(statSync(path).isFIFO()).toBe(true);
    expect(thrown(() => makeFifo(kernel, path, 0o600))).toMatchObject({ errno: "EEXIST" });
  });
});

test("writeAll() writes what one write(2) does not take", () => {
  const path = fresh();
  using file = open(kernel, path, ["O_WRONLY", "O_CREAT"], 0o600);
  const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);

  writeAll(kernel, file.number, bytes);

  expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
});

describe("directories", () => {
  test("are made, with those above them", () => {
    const path = join(fresh("folder"), "a/b/c");

    makeDirectories(kernel, path, 0o700);
    makeDirectories(kernel, path, 0o700);

    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(makeDirectory(kernel, path, 0o700)).toBe(false);
    expect(makeDirectory(kernel, join(path, "d"), 0o700)).toBe(true);
    expect(thrown(() => makeDirectories(kernel, "/proc/none/a/b", 0o700))).toBeInstanceOf(
      SystemCallError,
    );
    expect(thrown(() => makeDirectories(kernel, "/etc/passwd/a/b", 0o700))).toMatchObject({
      errno: "ENOTDIR",
    });
  });

  test("are listed whole, with what is a directory, however many and whatever their names", () => {
    const path = fresh("folder");
    mkdirSync(path);
    const names = ["a\nb", " ", "ä€😀", ".hidden", "...", "x".repeat(255), "-f", "*"];
    for (const name of names) writeFileSync(join(path, name), "");
    // More than fits in one getdents64(2).
    const many = Array.from({ length: 3000 }, (_, index) => `file with a name ${index}`);
    for (const name of many) writeFileSync(join(path, name), "");
    mkdirSync(join(path, "directory"));

    const entries = listDirectory(kernel, path);

    expect(entries.map(({ name }) => name).toSorted()).toEqual(
      [...names, ...many, "directory"].toSorted(),
    );
    expect(entries.filter(({ isDirectory }) => isDirectory)).toEqual([
      { name: "directory", isDirectory: true },
    ]);
    expect(listDirectory(kernel, fresh())).toEqual([]);
    expect(thrown(() => listDirectory(kernel, "/etc/passwd"))).toMatchObject({ errno: "ENOTDIR" });
  });
});
