/**
 * A profile's rules, resolved for one table of system calls.
 *
 * @module
 */

import type { LinuxSeccomp, LinuxSeccompArg, LinuxSyscall } from "@ctr/spec";
import { returnValue } from "./action.ts";
import { multiplexed } from "./multiplexed.ts";
import { type CallTable, callNumbers } from "./syscall-numbers.ts";

/** A condition on one argument, with values as the filter compares them. */
export interface Condition {
  readonly index: number;
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

/** Resolves a profile for one table. Names that the table lacks are passed over, as with libseccomp. */
export function resolveRules(seccomp: LinuxSeccomp, table: CallTable): ResolvedRules {
  const numbers = callNumbers(table);
  const defaultReturn = returnValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const calls = new Map<number, CallRule>();
  const entries = seccomp.syscalls ?? [];
  for (const entry of entries) {
    // A rule that says what happens anyway changes nothing, even beside another rule for the same call.
    if (returnValue(entry.action, entry.errnoRet) === defaultReturn) continue;
    for (const [number, added] of entry.names.flatMap((name) => reached(entry, name, table))) {
      addRule(calls, number, added, defaultReturn);
    }
  }
  const named = entries.flatMap(({ names }) => names.flatMap((name) => numbers.get(name) ?? []));
  return { calls, highest: named.length === 0 ? undefined : Math.max(...named) };
}

/** The calls by which a program can reach what a rule's name stands for, each with when the rule holds. */
function reached(
  entry: LinuxSyscall,
  name: string,
  table: CallTable,
): (readonly [number: number, alternatives: readonly Alternative[]])[] {
  const found: (readonly [number, readonly Alternative[]])[] = [];
  const number = callNumbers(table).get(name);
  if (number !== undefined) found.push([number, alternatives(entry)]);
  const call = multiplexed(table, name);
  if (call !== undefined && (entry.args ?? []).length === 0) {
    const first: Condition = {
      index: 0,
      op: "SCMP_CMP_EQ",
      value: BigInt(call.operation),
      valueTwo: 0n,
    };
    const returns = returnValue(entry.action, entry.errnoRet);
    found.push([call.number, [{ conditions: [first], returns }]]);
  }
  return found;
}

function addRule(
  calls: Map<number, CallRule>,
  number: number,
  added: readonly Alternative[],
  defaultReturn: number,
): void {
  const existing = calls.get(number) ?? { alternatives: [], otherwise: defaultReturn };
  const unconditional = added.find(({ conditions }) => conditions.length === 0);
  if (unconditional !== undefined) {
    // The more general rule wins over those with conditions, whichever came first: so does libseccomp.
    calls.set(number, { alternatives: [], otherwise: unconditional.returns });
    return;
  }
  if (existing.otherwise !== defaultReturn) return;
  calls.set(number, { ...existing, alternatives: [...existing.alternatives, ...added] });
}

/**
 * The conditions of a rule must all hold. When two of them are for the same argument, each is an alternative of its own:
 * that is how runc has read such profiles since libseccomp refused them.
 */
function alternatives(entry: LinuxSyscall): Alternative[] {
  const returns = returnValue(entry.action, entry.errnoRet);
  const conditions = (entry.args ?? []).map(condition);
  const indexes = new Set(conditions.map(({ index }) => index));
  return indexes.size === conditions.length
    ? [{ conditions, returns }]
    : conditions.map((only) => ({ conditions: [only], returns }));
}

function condition({ index, op, value, valueTwo }: LinuxSeccompArg): Condition {
  return { index, op, value: unsigned(value), valueTwo: unsigned(valueTwo ?? 0) };
}

const unsigned = (value: number): bigint => BigInt.asUintN(64, BigInt(value));
