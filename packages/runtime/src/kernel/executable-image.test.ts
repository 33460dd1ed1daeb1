import { expect, test } from "bun:test";
import { value } from "../machine/constants.ts";
import { openExecutable } from "./executable-image.ts";
import { SystemCallError } from "./kernel.ts";
import { type RecordedCall, RecordingKernel } from "./recording.ts";

const AT_FDCWD = value("AT_FDCWD");
const image = new Uint8Array([1, 2, 3, 4]);
const flags = value("MFD_CLOEXEC", "MFD_ALLOW_SEALING");
const executableFlags = value("MFD_CLOEXEC", "MFD_ALLOW_SEALING", "MFD_EXEC");
const sealing: RecordedCall = [
  "fcntl",
  7,
  value("F_ADD_SEALS"),
  value("F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE"),
];

/** Answers that make calls that open something return descriptors from 7 on, and writes take all. */
function answering(
  refuse: (call: RecordedCall) => "EACCES" | "EINVAL" | "EIO" | "EOPNOTSUPP" | undefined,
): RecordingKernel {
  let next = 7;
  return new RecordingKernel((call) => {
    const errno = refuse(call);
    if (errno !== undefined) throw new SystemCallError(call[0], errno);
    if (call[0] === "memfd_create" || call[0] === "openat") return next++;
    return call[0] === "write" ? Number(call[3]) : 0;
  });
}

test("openExecutable() writes a memfd and seals it", () => {
  const kernel = answering(() => undefined);

  expect(openExecutable(kernel, image, "ctr-init")).toBe(7);

  expect(kernel.calls).toEqual([
    ["memfd_create", "ctr-init", executableFlags],
    ["write", 7, image, 4],
    sealing,
  ]);
});

test("openExecutable() does without MFD_EXEC before Linux 6.3", () => {
  const kernel = answering(([name, , given]) =>
    name === "memfd_create" && given === executableFlags ? "EINVAL" : undefined,
  );

  expect(openExecutable(kernel, image, "ctr-init")).toBe(7);

  expect(kernel.calls).toEqual([
    ["memfd_create", "ctr-init", executableFlags],
    ["memfd_create", "ctr-init", flags],
    ["write", 7, image, 4],
    sealing,
  ]);
});

test("openExecutable() goes on after a write that took a part", () => {
  const kernel = new RecordingKernel(([name]) => (name === "write" ? 3 : 7));

  openExecutable(kernel, image, "ctr-init");

  expect(kernel.calls.filter(([name]) => name === "write")).toEqual([
    ["write", 7, image, 4],
    ["write", 7, image.subarray(3), 1],
  ]);
});

test.each(["write", "fcntl"] as const)(
  "openExecutable() closes the memfd when %s fails",
  (failing) => {
    const kernel = answering(([name]) => (name === failing ? "EIO" : undefined));

    expect(() => openExecutable(kernel, image, "ctr-init")).toThrow(
      `${failing}: input/output error (EIO)`,
    );

    expect(kernel.calls.at(-1)).toEqual(["close", 7]);
  },
);

const openTemporary = (directory: string): RecordedCall => [
  "openat",
  AT_FDCWD,
  directory,
  value("O_CLOEXEC", "O_TMPFILE", "O_RDWR"),
  0o700,
];
const reopen = (writer: number): RecordedCall => [
  "openat",
  AT_FDCWD,
  `/proc/self/fd/${writer}`,
  value("O_CLOEXEC", "O_RDONLY"),
  0,
];
const mayExecute = (descriptor: number): RecordedCall => [
  "faccessat2",
  descriptor,
  "",
  value("X_OK"),
  value("AT_EMPTY_PATH"),
];

test("openExecutable() writes an unlinked file where memfds cannot be executed", () => {
  const kernel = answering(([name]) => (name === "memfd_create" ? "EACCES" : undefined));

  expect(openExecutable(kernel, image, "ctr-init")).toBe(8);

  expect(kernel.calls).toEqual([
    ["memfd_create", "ctr-init", executableFlags],
    openTemporary("/run"),
    ["write", 7, image, 4],
    reopen(7),
    mayExecute(8),
    // Nothing may have it open for writing when it is executed.
    ["close", 7],
  ]);
});

test("openExecutable() passes over file systems that cannot or may not execute it", () => {
  const kernel = answering(([name, first, path]) => {
    if (name === "memfd_create") return "EACCES";
    if (name === "openat" && path === "/run") return "EOPNOTSUPP";
    return name === "faccessat2" && first === 8 ? "EACCES" : undefined;
  });

  expect(openExecutable(kernel, image, "ctr-init")).toBe(10);

  expect(kernel.calls.slice(1)).toEqual([
    openTemporary("/run"),
    openTemporary("/dev/shm"),
    ["write", 7, image, 4],
    reopen(7),
    mayExecute(8),
    ["close", 8],
    ["close", 7],
    openTemporary("/tmp"),
    ["write", 9, image, 4],
    reopen(9),
    mayExecute(10),
    ["close", 9],
  ]);
});

test("openExecutable() says why when no file system can execute it", () => {
  const kernel = answering(([name]) => {
    if (name === "memfd_create") return "EACCES";
    return name === "openat" ? "EOPNOTSUPP" : undefined;
  });

  expect(() => openExecutable(kernel, image, "ctr-init")).toThrow("(EOPNOTSUPP)");
});
