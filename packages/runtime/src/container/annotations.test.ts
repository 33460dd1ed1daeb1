import { expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import { keepsGroups, pidfdReceiverOf, withAnnotations } from "./annotations.ts";

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
