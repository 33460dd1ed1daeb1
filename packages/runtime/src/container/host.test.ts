import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { linuxKernel } from "../kernel/linux.ts";
import { RecordingKernel } from "../kernel/recording.ts";
import { inspectHost, mountpointOf, ownableDescriptors, revealingMounts } from "./host.ts";
import { openPipe } from "./process/pipes.ts";

/** A kernel whose files all read as this text. */
function saying(text: string): RecordingKernel {
  let read = false;
  return new RecordingKernel(([name, , buffer]) => {
    if (name === "openat") read = false;
    if (name !== "read" || read || !(buffer instanceof Uint8Array)) return 0;
    read = true;
    return new TextEncoder().encodeInto(text, buffer).written;
  });
}

describe("inspectHost()", () => {
  test("looks at this machine", () => {
    const host = inspectHost(linuxKernel());

    expect(host.lastCapability).toBe(
      Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8").trim()),
    );
    expect(host.lastCapability).toBeGreaterThanOrEqual(39);
  });

  test("looks once", () => {
    const kernel = saying("40\n");

    const first = inspectHost(kernel);
    const calls = kernel.calls.length;
    expect(inspectHost(kernel)).toBe(first);
    expect(kernel.calls).toHaveLength(calls);
  });
});

describe("mountpointOf()", () => {
  const kernel = saying(
    [
      "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
      "2 1 8:2 / /var rw shared:2 - ext4 /dev/sda2 rw",
      "3 2 8:3 / /var/lib\\040x rw - ext4 /dev/sda3 rw",
      "4 1 8:4 / /va rw - ext4 /dev/sda4 rw",
      "",
    ].join("\n"),
  );

  test.each([
    ["/", "/"],
    ["/usr/lib", "/"],
    ["/var", "/var"],
    ["/var/log", "/var"],
    ["/variable", "/"],
    ["/var/lib x/rootfs", "/var/lib x"],
  ])("of %p is %p", (path, mountpoint) => {
    expect(mountpointOf(kernel, path)).toBe(mountpoint);
  });
});

test("revealingMounts() are whole mounts of proc and sysfs outside the root filesystem", () => {
  const kernel = saying(
    [
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw",
      "21 20 0:5 / /proc rw - proc proc rw",
      "22 21 0:6 / /proc/sys/fs/binfmt_misc rw - binfmt_misc none rw",
      "23 20 0:5 /sys /mnt/sys rw - proc proc rw",
      "24 20 0:7 / /a\\040b/sys rw shared:3 - sysfs sysfs rw",
      "25 20 0:8 / /c/rootfs/proc rw - proc proc rw",
    ].join("\n"),
  );

  expect(revealingMounts(kernel, "/c/rootfs")).toEqual([
    { path: "/proc", parent: "/" },
    { path: "/a b/sys", parent: "/" },
  ]);
});

describe("ownableDescriptors()", () => {
  const kernel = linuxKernel();

  test("are pipes and files that belong to another, never devices", () => {
    const { read, write } = openPipe(kernel);
    using _a = read;
    using _b = write;
    using null_ = {
      number: kernel.call("openat", -100, "/dev/null", 0, 0),
      [Symbol.dispose]() {
        kernel.call("close", this.number);
      },
    };

    const other = (process.geteuid?.() ?? 0) + 1;
    expect(ownableDescriptors(kernel, [null_.number, read.number, write.number], other)).toEqual([
      1, 2,
    ]);
  });

  test("are none for root, and none that the user has already", () => {
    const { read, write } = openPipe(kernel);
    using _a = read;
    using _b = write;

    for (const uid of [0, process.geteuid?.() ?? 0])
      expect(ownableDescriptors(kernel, [read.number], uid)).toEqual([]);
  });
});
