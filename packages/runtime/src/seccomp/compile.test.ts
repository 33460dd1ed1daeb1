import { expect, test } from "bun:test";
import type { LinuxSeccomp, LinuxSeccompArg, LinuxSyscall, SeccompAction } from "@ctr/spec";
import fc from "fast-check";
import { returnValue } from "./action.ts";
import { auditArchitecture, x32Bit } from "./architectures.ts";
import { runFilter } from "./bpf-interpreter.ts";
import { compileSeccomp } from "./compile.ts";
import { callNumbers } from "./syscall-numbers.ts";

const x64 = auditArchitecture("x86-64").audit;
const x86 = auditArchitecture("x86").audit;
const allow = returnValue("SCMP_ACT_ALLOW", undefined);
const eperm = returnValue("SCMP_ACT_ERRNO", 1);
const enosys = returnValue("SCMP_ACT_ERRNO", 38);
const kill = returnValue("SCMP_ACT_KILL_THREAD", undefined);

const number = (name: string, table: Parameters<typeof callNumbers>[0] = "x86-64"): number => {
  const found = callNumbers(table).get(name);
  if (found === undefined) throw new Error(`No call ${name}`);
  return found;
};

function answers(
  seccomp: LinuxSeccomp,
  nr: number,
  args: readonly bigint[] = [],
  arch = x64,
): number {
  return runFilter(compileSeccomp(seccomp, "x86-64"), { nr, arch, args }).returns;
}

test("a profile without rules answers the default to every call", () => {
  expect(answers({ defaultAction: "SCMP_ACT_ALLOW" }, number("read"))).toBe(allow);
  expect(answers({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38 }, number("read"))).toBe(
    enosys,
  );
});

test("listed calls get their action, others the default, unknown newer ones ENOSYS", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read", "write", "openat2"], action: "SCMP_ACT_ALLOW" }],
  };

  expect(answers(seccomp, number("read"))).toBe(allow);
  expect(answers(seccomp, number("close"))).toBe(eperm);
  expect(answers(seccomp, number("openat2"))).toBe(allow);
  expect(answers(seccomp, number("openat2") + 1)).toBe(enosys);
});

test("a permissive default leaves unknown newer calls alone", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }],
  };

  expect(answers(seccomp, number("mkdir"))).toBe(returnValue("SCMP_ACT_ERRNO", 13));
  expect(answers(seccomp, 9999)).toBe(allow);
});

test.each(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"] as const)(
  "programs of an architecture that is not listed are killed when the default is %s",
  (defaultAction) => {
    const seccomp: LinuxSeccomp = {
      defaultAction,
      syscalls: [{ names: ["read"], action: "SCMP_ACT_LOG" }],
    };

    expect(answers(seccomp, number("read", "x86"), [], x86)).toBe(kill);
    expect(answers(seccomp, number("read") + x32Bit)).toBe(kill);
  },
);

test("listed architectures have their own numbers", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    syscalls: [{ names: ["mkdir", "openat2"], action: "SCMP_ACT_ALLOW" }],
  };

  expect(answers(seccomp, number("mkdir", "x86"), [], x86)).toBe(allow);
  expect(answers(seccomp, number("mkdir"), [], x86)).toBe(eperm);
  expect(answers(seccomp, x32Bit + number("mkdir", "x32"))).toBe(allow);
  expect(answers(seccomp, x32Bit + number("read", "x32"))).toBe(eperm);
});

test("a rule for socket reaches socketcall on x86", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [{ names: ["socket"], action: "SCMP_ACT_ERRNO" }],
  };

  expect(answers(seccomp, number("socketcall", "x86"), [1n], x86)).toBe(eperm);
  expect(answers(seccomp, number("socketcall", "x86"), [2n], x86)).toBe(allow);
  expect(answers(seccomp, number("socket", "x86"), [], x86)).toBe(eperm);
});

test("through a multiplexed call, a rule with conditions forbids whatever the arguments are and permits nothing", () => {
  const socket = (action: SeccompAction): LinuxSyscall => ({
    names: ["socket", "semget"],
    action,
    args: [{ index: 0, op: "SCMP_CMP_EQ", value: 38 }],
  });
  const profile = (defaultAction: SeccompAction, action: SeccompAction): LinuxSeccomp => ({
    defaultAction,
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [socket(action), { names: ["openat2"], action: "SCMP_ACT_LOG" }],
  });
  const [forbids, permits] = [
    profile("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"),
    profile("SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW"),
  ];

  expect(answers(forbids, number("socket", "x86"), [38n], x86)).toBe(eperm);
  expect(answers(forbids, number("socket", "x86"), [2n], x86)).toBe(allow);
  expect(answers(forbids, number("socketcall", "x86"), [1n, 0x1000n], x86)).toBe(eperm);
  expect(answers(forbids, number("socketcall", "x86"), [2n, 0x1000n], x86)).toBe(allow);
  // The kernel takes the upper half of ipc's operation for a version.
  expect(answers(forbids, number("ipc", "x86"), [0x1_0002n], x86)).toBe(eperm);
  expect(answers(permits, number("socket", "x86"), [38n], x86)).toBe(allow);
  expect(answers(permits, number("socketcall", "x86"), [1n, 0x1000n], x86)).toBe(eperm);
});

test("x32 programs cannot get around a condition with bits that the kernel ignores", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X32"],
    syscalls: [
      {
        names: ["socket"],
        action: "SCMP_ACT_ERRNO",
        args: [{ index: 0, op: "SCMP_CMP_EQ", value: 38 }],
      },
    ],
  };

  expect(answers(seccomp, x32Bit + number("socket", "x32"), [2n ** 40n + 38n])).toBe(eperm);
  expect(answers(seccomp, number("socket"), [2n ** 40n + 38n])).toBe(allow);
});

test("a masked comparison masks what it compares with, too", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      {
        names: ["personality"],
        action: "SCMP_ACT_ERRNO",
        args: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 6, valueTwo: 2 ** 40 + 5 }],
      },
    ],
  };

  expect(answers(seccomp, number("personality"), [4n])).toBe(eperm);
  expect(answers(seccomp, number("personality"), [5n])).toBe(eperm);
  expect(answers(seccomp, number("personality"), [2n])).toBe(allow);
});

test("the first of two rules without conditions decides", () => {
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      {
        names: ["mkdir"],
        action: "SCMP_ACT_TRAP",
        args: [{ index: 0, op: "SCMP_CMP_EQ", value: 1 }],
      },
      { names: ["mkdir"], action: "SCMP_ACT_ERRNO" },
      { names: ["mkdir"], action: "SCMP_ACT_KILL_THREAD" },
    ],
  };

  expect(answers(seccomp, number("mkdir"), [1n])).toBe(eperm);
});

test("two conditions on one argument are alternatives, on two arguments both must hold", () => {
  const equals = (index: number, value: number): LinuxSeccompArg => ({
    index,
    value,
    op: "SCMP_CMP_EQ",
  });
  const profile = (args: readonly LinuxSeccompArg[]): LinuxSeccomp => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["personality"], action: "SCMP_ACT_ERRNO", args }],
  });

  expect(answers(profile([equals(0, 8), equals(0, 9)]), number("personality"), [9n])).toBe(eperm);
  expect(answers(profile([equals(0, 8), equals(1, 9)]), number("personality"), [8n, 1n])).toBe(
    allow,
  );
  expect(answers(profile([equals(0, 8), equals(1, 9)]), number("personality"), [8n, 9n])).toBe(
    eperm,
  );
});

test("four hundred allowed calls cost at most twenty instructions each", () => {
  const names = [...callNumbers("x86-64").keys()].filter((_, index) => index % 6 !== 0);
  const seccomp: LinuxSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names, action: "SCMP_ACT_ALLOW" }],
  };
  const program = compileSeccomp(seccomp, "x86-64");

  const steps = names.map(
    (name) => runFilter(program, { nr: number(name), arch: x64, args: [] }).steps,
  );

  expect(Math.max(...steps)).toBeLessThanOrEqual(20);
});

// ------------------------------------------------------------------ against a reference that reads the rules one by one

const operators: Readonly<
  Record<LinuxSeccompArg["op"], (a: bigint, v: bigint, w: bigint) => boolean>
> = {
  SCMP_CMP_EQ: (a, v) => a === v,
  SCMP_CMP_NE: (a, v) => a !== v,
  SCMP_CMP_GT: (a, v) => a > v,
  SCMP_CMP_GE: (a, v) => a >= v,
  SCMP_CMP_LT: (a, v) => a < v,
  SCMP_CMP_LE: (a, v) => a <= v,
  SCMP_CMP_MASKED_EQ: (a, v, w) => (a & v) === (w & v),
};

function areDistinct(conditions: readonly LinuxSeccompArg[]): boolean {
  return new Set(conditions.map(({ index }) => index)).size === conditions.length;
}

function isUnconditional({ args = [] }: LinuxSyscall): boolean {
  const isNone = ({ op, value }: LinuxSeccompArg): boolean =>
    op === "SCMP_CMP_MASKED_EQ" && value === 0;
  return areDistinct(args) ? args.every(isNone) : args.some(isNone);
}

function reference(seccomp: LinuxSeccomp, name: string, args: readonly bigint[]): number {
  const otherwise = returnValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const entries = (seccomp.syscalls ?? []).filter(
    (entry) =>
      entry.names.includes(name) && returnValue(entry.action, entry.errnoRet) !== otherwise,
  );
  const unconditional = entries.find(isUnconditional);
  if (unconditional !== undefined) return returnValue(unconditional.action, unconditional.errnoRet);
  for (const entry of entries) {
    const conditions = entry.args ?? [];
    const holds = ({ index, op, value, valueTwo }: LinuxSeccompArg): boolean =>
      operators[op](args[index] ?? 0n, BigInt(value), BigInt(valueTwo ?? 0));
    if (areDistinct(conditions) ? conditions.every(holds) : conditions.some(holds))
      return returnValue(entry.action, entry.errnoRet);
  }
  return otherwise;
}

const names = [
  "read",
  "write",
  "socket",
  "clone",
  "personality",
  "ioctl",
  "prctl",
  "futex",
  "mkdir",
  "openat2",
];
const values = fc.oneof(
  fc.constantFrom(0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, Number.MAX_SAFE_INTEGER),
  fc.nat(),
);
const argument: fc.Arbitrary<LinuxSeccompArg> = fc.record({
  index: fc.nat(5),
  op: fc.constantFrom(...(Object.keys(operators) as LinuxSeccompArg["op"][])),
  value: values,
  valueTwo: values,
});
const actions: fc.Arbitrary<SeccompAction> = fc.constantFrom(
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_LOG",
);
const rule: fc.Arbitrary<LinuxSyscall> = fc.record({
  names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
  action: actions,
  errnoRet: fc.nat(255),
  args: fc.array(argument, { maxLength: 3 }),
});

test("compileSeccomp() answers as a plain reading of the rules does", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<SeccompAction>("SCMP_ACT_ALLOW", "SCMP_ACT_LOG"),
      fc.array(rule, { maxLength: 8 }),
      fc.array(
        fc.tuple(fc.constantFrom(...names), fc.array(values, { minLength: 6, maxLength: 6 })),
        { minLength: 5 },
      ),
      (defaultAction, syscalls, calls) => {
        const seccomp: LinuxSeccomp = { defaultAction, syscalls };
        const program = compileSeccomp(seccomp, "x86-64");
        for (const [name, numbers] of calls) {
          const args = numbers.map(BigInt);
          const { returns } = runFilter(program, { nr: number(name), arch: x64, args });
          expect(returns).toBe(reference(seccomp, name, args));
        }
      },
    ),
    { numRuns: 2000 },
  );
}, 60_000);
