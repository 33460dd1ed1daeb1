import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type CapabilityName, capabilityNames } from "../config/capabilities.ts";
import type { LinuxSyscall, SeccompArchitecture } from "../config/linux/seccomp.ts";
import { defaultConfig } from "../default-config.ts";
import { validateConfig } from "../validate/validate-config.ts";
import { dockerSeccomp } from "./docker-seccomp.ts";

const x86 = ["SCMP_ARCH_X86_64"] as const;

/** Returns the rules that a profile has for a call. */
function rulesFor(
  name: string,
  capabilities: readonly CapabilityName[] = [],
  architectures: readonly SeccompArchitecture[] = x86,
): readonly Omit<LinuxSyscall, "names">[] {
  const { syscalls = [] } = dockerSeccomp({ capabilities, architectures });
  return syscalls
    .filter(({ names }) => names.includes(name))
    .map(({ names: _names, ...rule }) => rule);
}

const allowed = { action: "SCMP_ACT_ALLOW" } as const;

describe("dockerSeccomp()", () => {
  test("allows what programs need, and nothing by default", () => {
    const { defaultAction, defaultErrnoRet } = dockerSeccomp({ architectures: x86 });

    expect({ defaultAction, defaultErrnoRet }).toEqual({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 1,
    });
    expect(rulesFor("read")).toEqual([allowed]);
    expect(rulesFor("kexec_load", capabilityNames)).toEqual([]);
    expect(rulesFor("io_uring_setup", capabilityNames)).toEqual([]);
  });

  test.each([
    ["mount", "CAP_SYS_ADMIN"],
    ["setns", "CAP_SYS_ADMIN"],
    ["reboot", "CAP_SYS_BOOT"],
    ["chroot", "CAP_SYS_CHROOT"],
    ["bpf", "CAP_BPF"],
    ["syslog", "CAP_SYSLOG"],
    ["open_by_handle_at", "CAP_DAC_READ_SEARCH"],
  ] as const)("allows %s with %s only", (name, capability) => {
    const others = capabilityNames.filter(
      (other) => other !== capability && other !== "CAP_SYS_ADMIN",
    );

    expect(rulesFor(name)).toEqual([]);
    expect(rulesFor(name, others)).toEqual([]);
    expect(rulesFor(name, [capability])).toEqual([allowed]);
  });

  test("lets clone make no namespaces without CAP_SYS_ADMIN, and hides clone3", () => {
    const flags = 0x7e02_0000;
    const masked = (index: number): object => ({
      ...allowed,
      args: [{ index, value: flags, op: "SCMP_CMP_MASKED_EQ" }],
    });

    expect<unknown>(rulesFor("clone")).toEqual([masked(0)]);
    expect<unknown>(rulesFor("clone", [], ["SCMP_ARCH_S390X"])).toEqual([masked(1)]);
    expect(rulesFor("clone3")).toEqual([{ action: "SCMP_ACT_ERRNO", errnoRet: 38 }]);
    expect(rulesFor("clone", ["CAP_SYS_ADMIN"])).toEqual([allowed]);
    expect(rulesFor("clone3", ["CAP_SYS_ADMIN"])).toEqual([allowed]);
  });

  test("allows sockets of every family but AF_ALG and AF_VSOCK", () => {
    const conditions = rulesFor("socket").flatMap(({ args = [] }) => args);
    const isAllowed = (family: number): boolean =>
      conditions.some(({ op, value }) => {
        const holds: Partial<Record<typeof op, boolean>> = {
          SCMP_CMP_LT: family < value,
          SCMP_CMP_EQ: family === value,
          SCMP_CMP_GT: family > value,
        };
        return holds[op] === true;
      });
    const refused = Array.from({ length: 46 }, (_, family) => family).filter(
      (family) => !isAllowed(family),
    );

    expect(refused).toEqual([38, 40]);
  });

  test("has the architectures that a kernel runs besides, and their calls", () => {
    const both = dockerSeccomp({ architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"] });

    expect(dockerSeccomp({ architectures: ["SCMP_ARCH_RISCV64"] }).architectures).toEqual([
      "SCMP_ARCH_RISCV64",
    ]);
    expect(both.architectures).toEqual([
      "SCMP_ARCH_X86_64",
      "SCMP_ARCH_X86",
      "SCMP_ARCH_X32",
      "SCMP_ARCH_AARCH64",
      "SCMP_ARCH_ARM",
    ]);
    expect(both.syscalls?.[0]?.names).toContain("arch_prctl");
    expect(both.syscalls?.[0]?.names).toContain("set_tls");
    expect(rulesFor("set_tls")).toEqual([]);
  });

  test.each([
    [[], "there is none"],
    [["SCMP_ARCH_S390X", "SCMP_ARCH_X86_64"], "s390 needs a profile of its own"],
  ] as const)("refuses the architectures %p", (architectures, why) => {
    expect(() => dockerSeccomp({ architectures })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_SECCOMP",
        message: expect.stringContaining(why),
      }),
    );
  });

  test("makes profiles that the specification allows", () => {
    const config = defaultConfig();
    for (const architecture of ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"] as const) {
      for (const capabilities of [[], capabilityNames]) {
        const seccomp = dockerSeccomp({ capabilities, architectures: [architecture] });

        expect(validateConfig({ ...config, linux: { ...config.linux, seccomp } })).toEqual([]);
      }
    }
  });

  test("has the facts of the named source", () => {
    const [all] = dockerSeccomp({ architectures: ["SCMP_ARCH_PPC64"] }).syscalls ?? [];
    const names = all?.names.toSorted() ?? [];

    // The sum of the sorted names of its rules without arguments, capabilities and architectures.
    expect(names).toHaveLength(364);
    expect(createHash("sha256").update(names.join("\n")).digest("hex")).toBe(
      "d5f4bc7e088cfb0239bbb1177df74c7154c85239e27d28dfb9d74c62e8f457c0",
    );
  });
});
