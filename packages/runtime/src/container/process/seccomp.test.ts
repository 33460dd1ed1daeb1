import { describe, expect, test } from "bun:test";
import type { Config, LinuxSeccomp } from "@ctr/spec";
import { seccompInput } from "./seccomp.ts";

function inputOf(seccomp: LinuxSeccomp): ReturnType<typeof seccompInput> {
  const config: Config = { ociVersion: "1.3.0", linux: { seccomp } };
  return seccompInput(config);
}

const profile: LinuxSeccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }],
};

describe("seccompInput()", () => {
  test("compiles the profile to whole instructions", () => {
    const input = inputOf(profile);

    expect(input).toMatchObject({ flags: 4, listener: false });
    expect((input?.filter.length ?? 1) % 8).toBe(0);
    expect(input?.filter.length).toBeGreaterThan(0);
  });

  test.each([
    ["SECCOMP_FILTER_FLAG_LOG", 2],
    ["SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4],
    // There is nothing to wait for.
    ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0],
    // One thread installs it.
    ["SECCOMP_FILTER_FLAG_TSYNC", 0],
  ] as const)("has %s as %d", (flag, bits) => {
    expect(inputOf({ ...profile, flags: [flag, flag] })?.flags).toBe(bits);
  });

  test("asks for a listener when somebody listens and is to be told something", () => {
    const syscalls = [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }] as const;
    const notifying = { ...profile, syscalls };
    expect(inputOf({ ...notifying, listenerPath: "/run/listener.sock" })).toMatchObject({
      flags: 12,
      listener: true,
    });
    const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] as const;
    expect(inputOf({ ...notifying, flags, listenerPath: "/run/listener.sock" })).toMatchObject({
      flags: 8 + 32,
      listener: true,
    });
    expect(inputOf({ ...notifying, listenerPath: "" })).toMatchObject({ listener: false });
    expect(inputOf({ ...profile, listenerPath: "/run/listener.sock" })).toMatchObject({
      flags: 4,
      listener: false,
    });
  });

  test("allows speculation when no flags are given, none when they are none", () => {
    expect(inputOf(profile)?.flags).toBe(4);
    expect(inputOf({ ...profile, flags: [] })?.flags).toBe(0);
  });

  test("is nothing without a profile", () => {
    expect(seccompInput({ ociVersion: "1.3.0" })).toBeUndefined();
  });

  test("takes a raw filter as it is, with the flags of the profile", () => {
    const filter = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
    const annotations = { "run.oci.seccomp_bpf_data": filter.toBase64() };
    const flags = ["SECCOMP_FILTER_FLAG_LOG"] as const;
    expect(
      seccompInput({
        ociVersion: "1.3.0",
        annotations,
        linux: { seccomp: { ...profile, flags } },
      }),
    ).toEqual({ filter, flags: 2, listener: false });
    expect(seccompInput({ ociVersion: "1.3.0", annotations })?.filter).toEqual(filter);
  });

  test("refuses calls that nobody has, when it is asked to", () => {
    const syscalls = [{ names: ["mkdir", "mkdri"], action: "SCMP_ACT_ERRNO" }] as const;
    const misspelt: Config = { ociVersion: "1.3.0", linux: { seccomp: { ...profile, syscalls } } };
    const asking = (value: string): Config => ({
      ...misspelt,
      annotations: { "run.oci.seccomp_fail_unknown_syscall": value },
    });
    expect(seccompInput(misspelt)).toBeDefined();
    expect(seccompInput(asking("0"))).toBeDefined();
    expect(() => seccompInput(asking("1"))).toThrow(
      '(/linux/seccomp/syscalls/0/names/1): there is no system call "mkdri"',
    );
  });
});
