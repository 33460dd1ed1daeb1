import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileDescriptor } from "../kernel/fd.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { value } from "../machine/constants.ts";
import { openLogTarget } from "./log-target.ts";

const kernel = linuxKernel();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-target-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A service that takes datagrams. */
function listen(path: string): FileDescriptor {
  const type = value("SOCK_DGRAM", "SOCK_CLOEXEC");
  const socket = new FileDescriptor(kernel, kernel.call("socket", value("AF_UNIX"), type, 0));
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
  new TextEncoder().encodeInto(path, address.subarray(2));
  kernel.call("bind", socket.number, address, address.length);
  return socket;
}

function receive({ number }: FileDescriptor): string {
  const buffer = new Uint8Array(1024);
  const length = kernel.call("read", number, buffer, buffer.length);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

test.each(["", "file:"])("a file is named by its path, behind %p", (prefix) => {
  const path = join(folder, "log");
  const target = openLogTarget(kernel, `${prefix}${path}`);

  target.write("error", "it", "level=error msg=it");
  expect(readFileSync(path, "utf8")).toBe("level=error msg=it\n");
});

test("a file in a directory that is not there is an error at once, in words", () => {
  expect(() => openLogTarget(kernel, join(folder, "missing/log"))).toThrow(
    `missing/log" (--log): no such file or directory (ENOENT)`,
  );
});

test("the system's log gets priority, date, identifier and pid", () => {
  const syslog = join(folder, "log");
  using service = listen(syslog);

  openLogTarget(kernel, "syslog:web", { syslog, journald: "" }).write("warning", "beware", "");
  expect(receive(service)).toMatch(/^<12>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d web\[\d+\]: beware$/);

  openLogTarget(kernel, "syslog:", { syslog, journald: "" }).write("debug", "more", "");
  expect(receive(service)).toMatch(/^<15>.* bunc\[\d+\]: more$/);
});

test("the journal gets fields, also of a message with several lines", () => {
  const journald = join(folder, "socket");
  using service = listen(journald);

  openLogTarget(kernel, "journald:web", { syslog: "", journald }).write("error", "it\nfailed", "");
  expect(receive(service)).toBe(
    "PRIORITY=3\nSYSLOG_IDENTIFIER=web\nMESSAGE\n\t\0\0\0\0\0\0\0it\nfailed\n",
  );
});

test("a service that nobody runs is an error at once", () => {
  const missing = join(folder, "missing");

  expect(() => openLogTarget(kernel, "journald:web", { syslog: "", journald: missing })).toThrow(
    `Cannot log to "journald:web" (--log): nobody listens at "${missing}"`,
  );
});
