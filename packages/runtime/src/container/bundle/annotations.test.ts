import { expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import {
  delegatedCgroupOf,
  hookOutputsOf,
  keepsGroups,
  pidfdReceiverOf,
  rawFilterOf,
  systemdSubgroupOf,
  withAnnotations,
} from "./annotations.ts";

function config(annotations: Config["annotations"] & object, listenerPath?: string): Config {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    ...(listenerPath === undefined ? {} : { listenerPath }),
  } as const;
  return { ociVersion: "1.3.0", annotations, linux: { seccomp } };
}

const receiver = { "run.oci.seccomp.receiver": "/run/agent" };

test("withAnnotations() names the agent of a profile that names none", () => {
  expect(withAnnotations(config(receiver)).linux?.seccomp?.listenerPath).toBe("/run/agent");
  const named = config(receiver, "/run/other");
  expect(withAnnotations(named)).toBe(named);
  const without = { ociVersion: "1.3.0", annotations: receiver };
  expect(withAnnotations(without)).toBe(without);
});

test("paths are absolute", () => {
  expect(() => withAnnotations(config({ "run.oci.seccomp.receiver": "agent" }))).toThrow(
    "(/annotations/run.oci.seccomp.receiver)",
  );
  expect(() => pidfdReceiverOf(config({ "run.oci.pidfd_receiver": "x" }))).toThrow("absolute");
  expect(pidfdReceiverOf(config({ "run.oci.pidfd_receiver": "/x" }))).toBe("/x");
  expect(pidfdReceiverOf(config({}))).toBeUndefined();
});

test("keepsGroups() is told by anything but 0, as with crun", () => {
  const told = (value: string): boolean =>
    keepsGroups(config({ "run.oci.keep_original_groups": value }));
  expect([told("1"), told(""), told("0"), keepsGroups(config({}))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("hookOutputsOf() names the files of either stream", () => {
  const [stdout, stderr] = ["run.oci.hooks.stdout", "run.oci.hooks.stderr"];
  expect(hookOutputsOf({ annotations: { [stdout]: "/o", [stderr]: "/e" } })).toEqual({
    stdout: "/o",
    stderr: "/e",
  });
  expect(hookOutputsOf({ annotations: { [stderr]: "/e" } })).toEqual({ stderr: "/e" });
  expect(hookOutputsOf({})).toEqual({});
  expect(() => hookOutputsOf({ annotations: { [stdout]: "o" } })).toThrow("not an absolute path");
});

test("rawFilterOf() takes whole instructions in base64 only", () => {
  const filterOf = (text: string): Uint8Array | undefined =>
    rawFilterOf(config({ "run.oci.seccomp_bpf_data": text }));
  const filter = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
  expect(filterOf(filter.toBase64())).toEqual(filter);
  expect(rawFilterOf(config({}))).toBeUndefined();
  const tooLong = new Uint8Array(4097 * 8).toBase64();
  for (const text of ["", "%", filter.subarray(1).toBase64(), tooLong]) {
    expect(() => filterOf(text)).toThrow("(/annotations/run.oci.seccomp_bpf_data)");
  }
});

test("a handler is refused: whoever asks for a virtual machine must not get less", () => {
  expect(() => withAnnotations(config({ "run.oci.handler": "krun" }))).toThrow(
    'Cannot use the handler "krun" (/annotations/run.oci.handler)',
  );
  const none = config({ "run.oci.handler": "" });
  expect(withAnnotations(none)).toBe(none);
});

test.each([
  ["run.oci.systemd.subgroup", systemdSubgroupOf],
  ["run.oci.delegate-cgroup", delegatedCgroupOf],
])("%s is one name, or none", (key, nameOf) => {
  expect(nameOf(config({ [key]: "payload-1.x" }))).toBe("payload-1.x");
  expect(nameOf(config({ [key]: "" }))).toBeUndefined();
  expect(nameOf(config({}))).toBeUndefined();
  for (const name of ["a/b", ".", "..", ".a", "/a", "a\0", "a\nb"]) {
    expect(() => nameOf(config({ [key]: name }))).toThrow(`(/annotations/${key})`);
  }
});
