import { describe, expect, test } from "bun:test";
import type { Config, LinuxIdMapping } from "@ctr/spec";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { RecordingKernel } from "../kernel/recording.ts";
import { setsGroups, writeIdMappings } from "./id-mappings.ts";
import type { Runtime } from "./runtime-options.ts";

function runtime(kernel: Kernel, rootless: boolean): Runtime {
  return {
    root: "/run/bunc",
    kernel,
    rootless,
    rootlessCgroups: rootless,
    cgroupManager: "disabled",
    warn: () => undefined,
    debug: () => undefined,
  };
}

function mapped(uidMappings: readonly LinuxIdMapping[], gidMappings = uidMappings): Config {
  return { ociVersion: "1.3.0", linux: { uidMappings, gidMappings } };
}

/** Answers as a kernel in whose user namespace groups may be set, or not. */
function host(groups: "allow" | "deny" = "allow"): RecordingKernel {
  let opened = "";
  let read = false;
  return new RecordingKernel(([name, ...args]) => {
    if (name === "openat") {
      opened = String(args[1]);
      read = false;
    }
    if (name !== "read" || read) return 0;
    read = true;
    const [, buffer] = args;
    const text = { "/proc/sys/kernel/cap_last_cap": "40\n", "/proc/self/setgroups": groups }[
      opened
    ];
    if (text === undefined || !(buffer instanceof Uint8Array)) return 0;
    return new TextEncoder().encodeInto(text, buffer).written;
  });
}

/** What was written, by file of /proc/PID. */
function written({ calls }: RecordingKernel): [file: string, text: string][] {
  const files: [string, string][] = [];
  let opened = "";
  for (const [name, , second] of calls) {
    if (name === "openat") opened = String(second);
    if (name === "write" && second instanceof Uint8Array)
      files.push([opened, new TextDecoder().decode(second)]);
  }
  return files;
}

const ranges = [
  { containerID: 0, hostID: 100_000, size: 1000 },
  { containerID: 1000, hostID: 1000, size: 1 },
];
const own = (kind: "uid" | "gid"): LinuxIdMapping => ({
  containerID: 0,
  hostID: (kind === "uid" ? process.geteuid?.() : process.getegid?.()) ?? 0,
  size: 1,
});

describe("writeIdMappings()", () => {
  test("writes all ranges of a map at once, as the kernel wants it", () => {
    const kernel = host();
    writeIdMappings(runtime(kernel, false), mapped(ranges, [ranges[0] ?? own("gid")]), 42);

    expect(written(kernel)).toEqual([
      ["/proc/42/uid_map", "0 100000 1000\n1000 1000 1\n"],
      ["/proc/42/gid_map", "0 100000 1000\n"],
    ]);
  });

  test("closes every file", () => {
    const kernel = host();
    writeIdMappings(runtime(kernel, false), mapped(ranges), 42);

    const count = (name: string): number => kernel.calls.filter(([each]) => each === name).length;
    expect(count("close")).toBe(count("openat"));
  });

  test("maps an ordinary user to himself without anybody's help, and gives up setgroups for it", () => {
    const kernel = host();
    writeIdMappings(runtime(kernel, true), mapped([own("uid")], [own("gid")]), 42);

    expect(written(kernel)).toEqual([
      ["/proc/42/setgroups", "deny"],
      ["/proc/42/uid_map", `0 ${own("uid").hostID} 1\n`],
      ["/proc/42/gid_map", `0 ${own("gid").hostID} 1\n`],
    ]);
  });

  test.each([
    ["uidMappings", "uid_map"],
    ["gidMappings", "gid_map"],
  ])("says that %s could not be written", (field, file) => {
    const answers = host();
    const kernel = new RecordingKernel((call) => {
      if (call[0] === "openat" && call[2] === `/proc/42/${file}`)
        throw new SystemCallError("openat", "EPERM");
      return answers.call(...call);
    });

    expect(() => writeIdMappings(runtime(kernel, false), mapped(ranges), 42)).toThrow(
      expect.objectContaining({
        code: "ERR_ID_MAPPING",
        pointer: `/linux/${field}`,
        message: expect.stringContaining(
          `Cannot map the ids of the user namespace (/linux/${field}): ${file}: `,
        ),
      }),
    );
  });
});

describe("setsGroups()", () => {
  const plain = { cwd: "/" };
  const withGroups = { cwd: "/", user: { additionalGids: [5] } };

  test("is for root, and for who has a range of groups", () => {
    expect(setsGroups(mapped(ranges), runtime(host(), false), withGroups, "/process")).toBe(true);
    expect(setsGroups(mapped(ranges), runtime(host(), true), withGroups, "/process")).toBe(true);
  });

  test("is not for who mapped just himself, nor where it is denied", () => {
    const self = mapped([own("uid")], [own("gid")]);

    expect(setsGroups(self, runtime(host(), true), plain, "/process")).toBe(false);
    expect(setsGroups(mapped(ranges), runtime(host("deny"), false), plain, "/process")).toBe(false);
  });

  test("refuses groups that cannot be set", () => {
    const self = mapped([own("uid")], [own("gid")]);

    expect(() => setsGroups(self, runtime(host(), true), withGroups, "")).toThrow(
      expect.objectContaining({ code: "ERR_ID_MAPPING", pointer: "/user/additionalGids" }),
    );
  });
});
