/**
 * A profile's rules, resolved for one table of system calls.
 *
 * @module
 */

import type { LinuxSeccomp, LinuxSeccompArg, LinuxSyscall } from "@ctr/spec";
import { returnValue } from "./action.ts";
import { type MultiplexedCall, multiplexed } from "./multiplexed.ts";
import { type CallTable, callNumbers } from "./syscall-numbers.ts";

/** A condition on one argument, with values as the filter compares them. */
export interface Condition {
  readonly index: number;
  /** How many bits of the argument are compared: all that a program of the architecture can pass. */
  readonly bits: 32 | 64;
  readonly op: LinuxSeccompArg["op"];
  readonly value: bigint;
  readonly valueTwo: bigint;
}

/** What a filter answers when all conditions hold. */
export interface Alternative {
  readonly conditions: readonly Condition[];
  readonly returns: number;
}

/** What a filter answers to one call. */
export interface CallRule {
  /** In the order of the profile; the first that holds decides. */
  readonly alternatives: readonly Alternative[];
  /** The answer when none holds. */
  readonly otherwise: number;
}

/** A profile for one table. */
export interface ResolvedRules {
  /** By number, without x32's bit. */
  readonly calls: ReadonlyMap<number, CallRule>;
  /** The highest number that the profile names: what lies above is unknown to its author. */
  readonly highest: number | undefined;
}

/**
 * An x32 program can fill all 64 bits of a register, of which the kernel takes the lower half for what is an int in C:
 * comparing all of them would let it get around a rule. libseccomp compares 32 bits, too.
 */
const argumentBits: Readonly<Record<CallTable, Condition["bits"]>> = {
  "x86-64": 64,
  x86: 32,
  x32: 32,
  arm64: 64,
  arm: 32,
};

/** Resolves a profile for one table. Names that the table lacks are passed over, as with libseccomp. */
export function resolveRules(seccomp: LinuxSeccomp, table: CallTable): ResolvedRules {
  const numbers = callNumbers(table);
  const defaultReturn = returnValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const calls = new Map<number, CallRule>();
  const all = seccomp.syscalls ?? [];
  // A rule that says what happens anyway changes nothing, even beside another rule for the same call.
  const entries = all.filter((entry) => returnOf(entry) !== defaultReturn);
  for (const entry of entries) {
    const added = alternatives(entry, argumentBits[table]);
    for (const name of entry.names) addRule(calls, numbers.get(name), added, defaultReturn);
  }
  for (const entry of throughMultiplexed(entries, defaultReturn)) {
    for (const name of entry.names) {
      const call = multiplexed(table, name);
      const conditions = call === undefined ? [] : [operationIs(call)];
      addRule(calls, call?.number, [{ conditions, returns: returnOf(entry) }], defaultReturn);
    }
  }
  const named = all.flatMap(({ names }) => names.flatMap((name) => numbers.get(name) ?? []));
  return { calls, highest: named.length === 0 ? undefined : Math.max(...named) };
}

function returnOf({ action, errnoRet }: LinuxSyscall): number {
  return returnValue(action, errnoRet);
}

function conditionsOf({ args = [] }: LinuxSyscall): number {
  return args.length;
}

/**
 * The rules that hold for multiplexed calls, too, those without conditions first. There, the arguments are in memory, where
 * a filter cannot look: a rule with conditions that forbids holds whatever they are, one that permits never does.
 */
function throughMultiplexed(
  entries: readonly LinuxSyscall[],
  defaultReturn: number,
): readonly LinuxSyscall[] {
  // The kernel, too, takes the answer that is lower as a signed number for the stricter one.
  const forbids = (entry: LinuxSyscall): boolean => (returnOf(entry) | 0) < (defaultReturn | 0);
  return entries
    .filter((entry) => conditionsOf(entry) === 0 || forbids(entry))
    .toSorted((a, b) => conditionsOf(a) - conditionsOf(b));
}

/** The condition that a multiplexed call is for one operation; the upper half of what ipc(2) gets is a version. */
function operationIs({ operation }: MultiplexedCall): Condition {
  const valueTwo = BigInt(operation);
  return { index: 0, bits: 32, op: "SCMP_CMP_MASKED_EQ", value: 0xffffn, valueTwo };
}

function addRule(
  calls: Map<number, CallRule>,
  number: number | undefined,
  added: readonly Alternative[],
  defaultReturn: number,
): void {
  if (number === undefined) return;
  const existing = calls.get(number) ?? { alternatives: [], otherwise: defaultReturn };
  // The first rule without conditions decides, also over rules with conditions that came before: so does libseccomp.
  if (existing.otherwise !== defaultReturn) return;
  const unconditional = added.find(({ conditions }) => conditions.length === 0);
  calls.set(
    number,
    unconditional === undefined
      ? { ...existing, alternatives: [...existing.alternatives, ...added] }
      : { alternatives: [], otherwise: unconditional.returns },
  );
}

/**
 * The conditions of a rule must all hold. When two of them are for the same argument, each is an alternative of its own:
 * that is how runc has read such profiles since libseccomp refused them.
 */
function alternatives(entry: LinuxSyscall, bits: Condition["bits"]): Alternative[] {
  const returns = returnOf(entry);
  const conditions = (entry.args ?? []).map((arg) => condition(arg, bits));
  const indexes = new Set(conditions.map(({ index }) => index));
  const all = indexes.size === conditions.length ? [conditions] : conditions.map((only) => [only]);
  // Nothing masked is nothing: no condition, to libseccomp, either.
  const isOne = ({ op, value }: Condition): boolean => op !== "SCMP_CMP_MASKED_EQ" || value !== 0n;
  return all.map((each) => ({ conditions: each.filter(isOne), returns }));
}

function condition(
  { index, op, value, valueTwo }: LinuxSeccompArg,
  bits: Condition["bits"],
): Condition {
  const unsigned = (number: number): bigint => BigInt.asUintN(bits, BigInt(number));
  const first = unsigned(value);
  // "the masked argument value is equal to the masked datum value" (seccomp_rule_add(3)).
  return { index, bits, op, value: first, valueTwo: unsigned(valueTwo ?? 0) & first };
}
