/**
 * From a profile of config.json to a filter that the kernel runs at every system call.
 *
 * The filter looks at the architecture, then searches the call's number in a balanced tree of ranges: neighbours with the
 * same answer are one range, so Docker's default profile of some four hundred names costs about seven comparisons a call.
 *
 * @module
 */

import { ContainerError, type LinuxSeccomp } from "@ctr/spec";
import { returnValue } from "./action.ts";
import {
  auditArchitecture,
  filterTables,
  type NativeArchitecture,
  x32Bit,
} from "./architectures.ts";
import { BpfBuilder, instructionsMax, type Place } from "./bpf.ts";
import { compileConditions } from "./conditions.ts";
import { type CallRule, type ResolvedRules, resolveRules } from "./rules.ts";
import type { CallTable } from "./syscall-numbers.ts";

// Offsets in struct seccomp_data.
const nrOffset = 0;
const archOffset = 4;

const killThread = returnValue("SCMP_ACT_KILL_THREAD", undefined);
const ENOSYS = 38;

/** A range of numbers with one answer, up to where the next begins. */
interface Range {
  readonly start: number;
  /** A value to return, or a rule with conditions. */
  readonly answer: number | CallRule;
}

/**
 * Compiles a profile to an array of `struct sock_filter`.
 *
 * Calls above the highest that the profile names get ENOSYS instead of an errno of the profile's, so that programs fall
 * back to older calls: the author of the profile did not know them. runc does the same. Programs of architectures that
 * are not listed are killed (the thread), as by libseccomp.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG when the filter is longer than the kernel takes
 * @see seccomp(2); config-linux.md, "Seccomp"
 */
export function compileSeccomp(seccomp: LinuxSeccomp, native: NativeArchitecture): Uint8Array {
  const builder = new BpfBuilder();
  const tables = filterTables(native, seccomp.architectures);
  // Backwards: what is decided last is written first.
  const foreign = builder.answer(killThread);
  let next = foreign;
  for (const table of tables.filter((name) => name !== "x32").toReversed()) {
    const withX32 = table === "x86-64" && tables.includes("x32");
    const section = compileSection(builder, seccomp, table, withX32);
    next = builder.compare("equal", auditArchitecture(table).audit, section, next);
  }
  builder.load(archOffset, next);
  if (builder.length > instructionsMax) {
    throw new ContainerError(
      `Cannot compile the seccomp profile (/linux/seccomp): it needs ${builder.length} instructions, the kernel takes ${instructionsMax}`,
      {
        code: "ERR_INVALID_CONFIG",
        kind: "invalid",
        pointer: "/linux/seccomp/syscalls",
        hint: "Name fewer system calls with conditions on their arguments",
      },
    );
  }
  return builder.toBytes();
}

function compileSection(
  builder: BpfBuilder,
  seccomp: LinuxSeccomp,
  table: CallTable,
  withX32: boolean,
): Place {
  const rules = resolveRules(seccomp, table);
  const all = ranges(seccomp, rules, 0);
  if (table === "x86-64") {
    // x32 programs are x86-64 to the kernel; a bit in the number tells them apart.
    const last = withX32
      ? ranges(seccomp, resolveRules(seccomp, "x32"), x32Bit)
      : [{ start: x32Bit, answer: killThread }];
    all.push(...last);
  }
  return builder.load(nrOffset, search(builder, merge(all)));
}

/** What calls get that the profile's author did not know, when that differs from the default. */
function unknownCall(seccomp: LinuxSeccomp): number | undefined {
  const permissive = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"].includes(
    seccomp.defaultAction,
  );
  return permissive ? undefined : returnValue("SCMP_ACT_ERRNO", ENOSYS);
}

function ranges(seccomp: LinuxSeccomp, rules: ResolvedRules, base: number): Range[] {
  const otherwise = returnValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const found: Range[] = [{ start: base, answer: otherwise }];
  for (const number of [...rules.calls.keys()].sort((a, b) => a - b)) {
    const rule = rules.calls.get(number);
    if (rule === undefined) continue;
    const answer = rule.alternatives.length === 0 ? rule.otherwise : rule;
    found.push({ start: base + number, answer }, { start: base + number + 1, answer: otherwise });
  }
  const unknown = unknownCall(seccomp);
  if (unknown !== undefined && rules.highest !== undefined) {
    found.push({ start: base + rules.highest + 1, answer: unknown });
  }
  return found;
}

/** Drops empty ranges (the later one with the same start holds) and joins neighbours with one answer. */
function merge(all: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [index, range] of all.entries()) {
    if (all[index + 1]?.start === range.start) continue;
    if (merged.at(-1)?.answer !== range.answer) merged.push(range);
  }
  return merged;
}

function search(builder: BpfBuilder, found: readonly Range[]): Place {
  const [first] = found;
  if (first === undefined) throw new RangeError("A filter has at least one range");
  if (found.length === 1) {
    return typeof first.answer === "number"
      ? builder.answer(first.answer)
      : compileRule(builder, first.answer);
  }
  const middle = found.length >> 1;
  const upper = search(builder, found.slice(middle));
  const lower = search(builder, found.slice(0, middle));
  return builder.compare("greaterOrEqual", found[middle]?.start ?? 0, upper, lower);
}

function compileRule(builder: BpfBuilder, rule: CallRule): Place {
  let next = builder.answer(rule.otherwise);
  for (const { conditions, returns } of rule.alternatives.toReversed()) {
    next = compileConditions(builder, conditions, builder.answer(returns), next);
  }
  return next;
}
