/** The door to the kernel: what a system call is given and what it returns. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { open, readAll } from "../src/kernel/file.ts";
import { SystemCallError } from "../src/kernel/kernel.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { value } from "../src/machine/constants.ts";
import { pipe, Scratch, thrown } from "./kernel-fixture.ts";

const kernel = linuxKernel();
const AT_FDCWD = value("AT_FDCWD");
const scratch = new Scratch();
const fresh = (name?: string): string => scratch.fresh(name);

afterAll(() => scratch[Symbol.dispose]());

describe("call()", () => {
  test("returns results, also above 32 bits", () => {
    using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);

    expect(kernel.call("getpid")).toBe(process.pid);
    expect(kernel.call("lseek", file.number, 2 ** 40 + 1, 0)).toBe(2 ** 40 + 1);
    expect(kernel.call("lseek", file.number, 2n ** 40n, 1)).toBe(2 ** 41 + 1);
    expect(kernel.call("lseek", file.number, -1, 1)).toBe(2 ** 41);
    const page = kernel.call(
      "mmap",
      null,
      4096,
      value("PROT_READ"),
      value("MAP_PRIVATE", "MAP_ANONYMOUS"),
      -1,
      0,
    );
    expect(page).toBeGreaterThan(2 ** 32);
    expect(kernel.call("munmap", page, 4096)).toBe(0);
  });

  test("throws the errno with the call's name", () => {
    const error = thrown(() => kernel.call("openat", AT_FDCWD, "/nonexistent", 0, 0));

    expect(error).toBeInstanceOf(SystemCallError);
    expect(error).toMatchObject({
      name: "SystemCallError",
      syscall: "openat",
      errno: "ENOENT",
      message: 'openat "/nonexistent": no such file or directory (ENOENT)',
    });
    expect(thrown(() => kernel.call("close", -1))).toMatchObject({ errno: "EBADF" });
    expect(thrown(() => kernel.call("kill", 2 ** 30, 0))).toMatchObject({ errno: "ESRCH" });
  });

  test("refuses a text with a NUL, which would be cut", () => {
    const path = fresh();

    const error = thrown(() => kernel.call("mkdirat", AT_FDCWD, `${path}\0more`, 0o700));

    expect(error).toMatchObject({ syscall: "mkdirat", errno: "EINVAL" });
    expect(existsSync(path)).toBe(false);
  });

  test("passes several texts, short, long and of any letters", () => {
    const directory = fresh("folder");
    kernel.call("mkdirat", AT_FDCWD, directory, 0o700);
    const link = join(directory, "lïnk 🔗");
    const long = `/${"x".repeat(4000)}`;

    kernel.call("symlinkat", long, AT_FDCWD, link);

    const bytes = new Uint8Array(5000);
    const length = kernel.call("readlinkat", AT_FDCWD, link, bytes, bytes.length);
    expect(new TextDecoder().decode(bytes.subarray(0, length))).toBe(long);
    expect(readdirSync(directory)).toEqual(["lïnk 🔗"]);
  });

  test("passes texts that are longer than its own memory for them", () => {
    // 16 KiB; three bytes are set aside for each letter.
    for (const length of [5460, 5461, 16_383, 16_384, 1_000_000]) {
      using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);
      const text = "ä".repeat(length);
      kernel.call("write", file.number, text, length * 2);
      kernel.call("lseek", file.number, 0, 0);
      expect(new TextDecoder().decode(readAll(kernel, file.number))).toBe(text);
    }
    const name = "x".repeat(20_000);
    expect(thrown(() => kernel.call("renameat2", AT_FDCWD, name, AT_FDCWD, name, 0))).toMatchObject(
      {
        errno: "ENAMETOOLONG",
      },
    );
  });

  test("keeps texts and memory alive under a busy garbage collector", () => {
    using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);
    for (let index = 0; index < 200; index++) {
      const letter = String.fromCharCode(97 + (index % 26));
      if (index % 10 === 0) Bun.gc(true);
      kernel.call("pwrite64", file.number, letter.repeat(20_000), 20_000, 0);
      kernel.call("pwrite64", file.number, new TextEncoder().encode(letter.repeat(50)), 50, 20_000);
      const read = new Uint8Array(20_050);
      kernel.call("pread64", file.number, read, read.length, 0);
      expect(read.every((byte) => byte === 97 + (index % 26))).toBe(true);
    }
  });

  test("passes null and empty memory as null, and six arguments", () => {
    const [read, write] = pipe();
    using reader = read;
    using writer = write;
    const [read2, write2] = pipe();
    using reader2 = read2;
    using writer2 = write2;
    kernel.call("write", writer.number, "spliced", 7);

    expect(kernel.call("splice", reader.number, null, writer2.number, new Uint8Array(), 7, 0)).toBe(
      7,
    );

    const bytes = new Uint8Array(6);
    expect(kernel.call("read", reader2.number, bytes, bytes.length)).toBe(6);
    expect(new TextDecoder().decode(bytes)).toBe("splice");
    expect(thrown(() => kernel.call("read", reader2.number, null, 1))).toMatchObject({
      errno: "EFAULT",
    });
  });
});
