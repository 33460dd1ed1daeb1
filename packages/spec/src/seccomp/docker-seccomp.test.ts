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

type NamedRule = readonly [name: string, rule: Omit<LinuxSyscall, "names">];

/** Returns the rules of a profile, one for each name, in the order of names. */
function namedRules(capabilities: readonly CapabilityName[]): readonly NamedRule[] {
  const { syscalls = [] } = dockerSeccomp({ capabilities, architectures: x86 });
  return syscalls
    .flatMap(({ names, ...rule }) => names.map((name): NamedRule => [name, rule]))
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

/** Returns the rules that come and go with a capability. */
function changedBy(capability: CapabilityName): {
  readonly added: readonly NamedRule[];
  readonly removed: readonly NamedRule[];
} {
  const [before, after] = [namedRules([]), namedRules([capability])];
  const isIn = (rules: readonly NamedRule[], rule: NamedRule): boolean =>
    rules.some((other) => Bun.deepEquals(other, rule));
  return {
    added: after.filter((rule) => !isIn(before, rule)),
    removed: before.filter((rule) => !isIn(after, rule)),
  };
}

/** Returns the names that are allowed whatever their arguments, without capabilities. */
function allowedNames(architectures: readonly SeccompArchitecture[]): readonly string[] {
  const { syscalls = [] } = dockerSeccomp({ architectures });
  return syscalls.flatMap(({ names, action, args }) =>
    action === "SCMP_ACT_ALLOW" && args === undefined ? names : [],
  );
}

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

  const addedBy: Partial<Record<CapabilityName, string>> = {
    CAP_BPF: "bpf",
    CAP_DAC_READ_SEARCH: "open_by_handle_at",
    CAP_PERFMON: "perf_event_open",
    CAP_SYSLOG: "syslog",
    CAP_SYS_BOOT: "reboot",
    CAP_SYS_CHROOT: "chroot",
    CAP_SYS_MODULE: "delete_module finit_module init_module",
    CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
    CAP_SYS_PACCT: "acct",
    // The other three of its calls, such as ptrace, are allowed in every container.
    CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise",
    CAP_SYS_RAWIO: "ioperm iopl",
    CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
    CAP_SYS_TTY_CONFIG: "vhangup",
  };

  test.each(capabilityNames.filter((name) => name !== "CAP_SYS_ADMIN"))(
    "allows with %s what it is for, and nothing else",
    (capability) => {
      const { added, removed } = changedBy(capability);

      expect(added).toEqual((addedBy[capability]?.split(" ") ?? []).map((name) => [name, allowed]));
      expect(removed).toEqual([]);
    },
  );

  test("lifts with CAP_SYS_ADMIN what is said of new namespaces, and allows mounts and others", () => {
    const { added, removed } = changedBy("CAP_SYS_ADMIN");

    const names =
      "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie " +
      "lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount " +
      "open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog " +
      "umount umount2 unshare";
    expect(added).toEqual(names.split(" ").map((name) => [name, allowed]));
    expect(removed).toEqual([
      ["clone", { ...allowed, args: [{ index: 0, value: 0x7e02_0000, op: "SCMP_CMP_MASKED_EQ" }] }],
      ["clone3", { action: "SCMP_ACT_ERRNO", errnoRet: 38 }],
    ]);
  });

  test.each([
    ["SCMP_ARCH_X86_64", "arch_prctl modify_ldt"],
    ["SCMP_ARCH_X32", "arch_prctl modify_ldt"],
    ["SCMP_ARCH_X86", "modify_ldt"],
    [
      "SCMP_ARCH_AARCH64",
      "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
    ],
    [
      "SCMP_ARCH_ARM",
      "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
    ],
    ["SCMP_ARCH_PPC64LE", "swapcontext sync_file_range2"],
    ["SCMP_ARCH_RISCV64", "riscv_flush_icache"],
    ["SCMP_ARCH_S390X", "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"],
    ["SCMP_ARCH_LOONGARCH64", ""],
  ] as const)("allows on %s what exists there only: %s", (architecture, names) => {
    const bare = allowedNames(["SCMP_ARCH_PPC64"]);
    const added = allowedNames([architecture]).filter((name) => !bare.includes(name));

    expect(added.toSorted()).toEqual(names.split(" ").filter((name) => name !== ""));
  });

  test("refuses what reaches the kernel's keys, memory and other programs, whatever one may do", () => {
    const refused =
      "add_key keyctl request_key kexec_load kexec_file_load userfaultfd move_pages migrate_pages " +
      "io_uring_setup io_uring_enter io_uring_register pivot_root swapon swapoff nfsservctl uselib " +
      "ustat sysfs _sysctl create_module query_module get_kernel_syms vm86 vm86old";

    expect(refused.split(" ").flatMap((name) => rulesFor(name, capabilityNames))).toEqual([]);
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

  test("takes the bounding set of a configuration, unknown names and all", () => {
    const bounding: readonly string[] = ["CAP_SYS_CHROOT", "CAP_SYS_CHROOTS", "constructor"];

    expect(dockerSeccomp({ capabilities: bounding, architectures: x86 })).toEqual(
      dockerSeccomp({ capabilities: ["CAP_SYS_CHROOT"], architectures: x86 }),
    );
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
