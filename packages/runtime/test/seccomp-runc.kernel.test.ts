/**
 * What our filters allow and deny is what libseccomp's do as runc loads them: the filter of a container of runc's is read
 * back from the kernel, and both are asked about calls of every architecture with telling arguments.
 */

import { afterAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  capabilityNames,
  dockerSeccomp,
  type LinuxSeccomp,
  type SeccompArchitecture,
} from "@ctr/spec";
import { nativeArchitecture } from "../src/machine/syscalls.ts";
import { auditArchitecture, x32Bit } from "../src/seccomp/architectures.ts";
import { runFilter, type SeccompData } from "../src/seccomp/bpf-interpreter.ts";
import { compileSeccomp } from "../src/seccomp/compile.ts";
import { type CallTable, callNumbers } from "../src/seccomp/syscall-numbers.ts";
import { installedFilter } from "./installed-filter.ts";
import { randomNumbers } from "./random-numbers.ts";
import { callsWithRules, RandomSeccomp } from "./random-seccomp.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const native = nativeArchitecture();
const root = join(bundle.path, "other");
const own: SeccompArchitecture = native === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
const tables: readonly CallTable[] =
  native === "arm64" ? ["arm64", "arm"] : ["x86-64", "x86", "x32"];

/** A container of runc's that was created has its filter already when it may get new privileges. */
function filterOfRunc(seccomp: LinuxSeccomp): Uint8Array {
  const config = withProcess(
    bundle.config("true", (base) => withLinux(base, { seccomp })),
    { noNewPrivileges: false },
  );
  writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
  const id = bundle.id();
  runc("create", "--bundle", bundle.bundle, id);
  try {
    return installedFilter(JSON.parse(runc("state", id)).pid);
  } finally {
    runc("delete", "--force", id);
  }
}

function runc(...args: readonly string[]): string {
  // What creates a container must not hold a pipe: the container would keep it.
  const isCreate = args[0] === "create";
  const errors = join(bundle.path, "runc.err");
  const child = Bun.spawnSync(["runc", "--root", root, "--log", errors, ...args], {
    stdin: "ignore",
    stdout: isCreate ? "ignore" : "pipe",
    stderr: "ignore",
  });
  if (child.exitCode !== 0)
    throw new Error(`runc ${args[0]} failed: ${readFileSync(errors, "utf8")}`);
  return child.stdout?.toString() ?? "";
}

/** Whether libseccomp 2.5.3 and later know a call: the newest of them is process_mrelease of Linux 5.15. */
function isKnownToBoth(name: string): boolean {
  const newest = callNumbers(native).get("process_mrelease") ?? 0;
  return (
    name !== "uretprobe" &&
    tables.every((table) => {
      const number = callNumbers(table).get(name) ?? 0;
      return number <= newest || (table === "x32" && number >= 512) || number >= 0xf_0000;
    })
  );
}

function onlyKnown(seccomp: LinuxSeccomp): LinuxSeccomp {
  const syscalls = (seccomp.syscalls ?? []).map((entry) => ({
    ...entry,
    names: entry.names.filter(isKnownToBoth),
  }));
  return { ...seccomp, syscalls: syscalls.filter(({ names }) => names.length > 0) };
}

/** Arguments at which an answer can change: around each value of the profile, and with only one half of the bits alike. */
function tellingValues(seccomp: LinuxSeccomp): bigint[] {
  const found = new Set<bigint>([0n, 1n, 2n, 3n, 0xffff_ffffn, 2n ** 32n, 2n ** 64n - 1n]);
  for (const { value, valueTwo = 0 } of (seccomp.syscalls ?? []).flatMap(({ args = [] }) => args)) {
    for (const each of [value, valueTwo].map(BigInt)) {
      for (const near of [each - 1n, each, each + 1n, each ^ 0xffff_ffffn, each ^ (1n << 40n)]) {
        found.add(BigInt.asUintN(64, near));
      }
    }
  }
  return [...found];
}

interface Comparison {
  /** What is answered differently. */
  readonly differences: readonly string[];
  readonly questions: number;
  readonly instructions: { readonly ours: number; readonly theirs: number };
}

function compare(seccomp: LinuxSeccomp, theirs: Uint8Array, random: () => number): Comparison {
  const ours = compileSeccomp(seccomp, native);
  const differences: string[] = [];
  const instructions = { ours: 0, theirs: 0 };
  let questions = 0;
  for (const { table, call } of calls(seccomp, random)) {
    const [mine, other] = [runFilter(ours, call), runFilter(theirs, call)];
    questions++;
    instructions.ours += mine.steps;
    instructions.theirs += other.steps;
    if (mine.returns !== other.returns) {
      const [here, there] = [mine, other].map(({ returns }) => returns.toString(16));
      differences.push(`${table} ${call.nr}(${call.args}): ours ${here}, runc's ${there}`);
    }
  }
  return { differences, questions, instructions };
}

/** Calls to ask about: every number some times, those with conditions on their arguments often. */
function* calls(
  seccomp: LinuxSeccomp,
  random: () => number,
): Generator<{ readonly table: CallTable; readonly call: SeccompData }> {
  const values = tellingValues(seccomp);
  const conditional = (seccomp.syscalls ?? [])
    .filter(({ args = [] }) => args.length > 0)
    .flatMap(({ names }) => names);
  for (const table of tables) {
    const multiplexers = numbersOf(table, ["socketcall", "ipc"]);
    const often = numbersOf(table, [...conditional, "socketcall", "ipc"]);
    const { audit } = auditArchitecture(table);
    const bits = table === "x86" || table === "arm" ? 32 : 64;
    const argument = (): bigint =>
      BigInt.asUintN(bits, values[Math.floor(random() * values.length)] ?? 0n);
    for (const number of numbersToAsk(often)) {
      // The upper half of ipc's is a version, which libseccomp takes for a part of the operation.
      const first = multiplexers.has(number) ? BigInt(Math.floor(random() * 30)) : argument();
      const args = [first, ...Array.from({ length: 5 }, argument)];
      const base = table === "x32" ? x32Bit : 0;
      yield { table, call: { nr: base + number, arch: audit, args } };
    }
  }
}

function numbersOf(table: CallTable, names: readonly string[]): ReadonlySet<number> {
  return new Set(names.flatMap((name) => callNumbers(table).get(name) ?? []));
}

function* numbersToAsk(often: ReadonlySet<number>): Generator<number> {
  for (let number = 0; number < 700; number++) {
    for (let round = often.has(number) ? 200 : 3; round > 0; round--) yield number;
  }
}

test.each([
  ["without capabilities", []],
  ["with some", ["CAP_SYS_CHROOT", "CAP_SYSLOG", "CAP_BPF"]],
  ["with all", capabilityNames],
] as const)(
  "Docker's profile %s answers as libseccomp's filter does, in far fewer instructions",
  (_, capabilities) => {
    const profile = onlyKnown(dockerSeccomp({ capabilities, architectures: [own] }));
    const { differences, questions, instructions } = compare(
      profile,
      filterOfRunc(profile),
      randomNumbers(1),
    );
    expect(differences.slice(0, 10)).toEqual([]);
    expect(questions).toBeGreaterThan(4000);
    expect(instructions.ours / questions).toBeLessThan(15);
    expect(instructions.ours * 5).toBeLessThan(instructions.theirs);
  },
  60_000,
);

/** What runc needs while it prepares a container. */
const needed = (
  dockerSeccomp({ capabilities: capabilityNames, architectures: [own] }).syscalls ?? []
)
  .filter(({ action, args = [] }) => action === "SCMP_ACT_ALLOW" && args.length === 0)
  .flatMap(({ names }) => names)
  .filter((name) => isKnownToBoth(name) && !callsWithRules.has(name));

test("profiles drawn at random answer as libseccomp's filters do", () => {
  const seed = Number(process.env["CTR_TEST_SEED"] ?? Date.now() % 2 ** 31);
  process.stdout.write(`seed ${seed}: CTR_TEST_SEED repeats it\n`);
  const random = randomNumbers(seed);
  const drawing = new RandomSeccomp(random);
  const others: readonly SeccompArchitecture[] =
    native === "arm64" ? ["SCMP_ARCH_ARM"] : ["SCMP_ARCH_X86", "SCMP_ARCH_X32"];
  for (let round = 0; round < 12; round++) {
    const profile = drawing.profile({ native: own, others, allowed: needed });
    const { differences } = compare(profile, filterOfRunc(profile), random);
    const found = differences.slice(0, 10);
    expect([round, found, found.length > 0 ? profile : {}]).toEqual([round, [], {}]);
  }
}, 240_000);
