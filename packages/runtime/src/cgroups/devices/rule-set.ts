/**
 * What the devices controller of version 1 knows after a list of rules: a default and exceptions from it.
 *
 * @module
 */

import { ContainerError } from "@ctr/spec";
import { accessBits, type DeviceRule, formatRule } from "./rule.ts";

/** A default for all devices, and devices that are treated otherwise. */
export interface DeviceRuleSet {
  readonly allowByDefault: boolean;
  /** Access bits by what comes before them in devices.list: `c 1:3`. */
  readonly exceptions: ReadonlyMap<string, number>;
}

/**
 * Works out what a list of rules amounts to.
 *
 * @throws {ContainerError} ERR_CGROUP_UNSUPPORTED for a rule that takes something out of a wildcard: the kernel ignores
 *   it silently, which would leave open what was to be closed
 */
export function buildRuleSet(rules: readonly DeviceRule[]): DeviceRuleSet {
  let allowByDefault = false;
  let exceptions = new Map<string, number>();
  for (const rule of rules) {
    if (rule.type === "a") {
      allowByDefault = rule.allow;
      exceptions = new Map();
    } else if (rule.allow !== allowByDefault) {
      const key = deviceKey(rule);
      exceptions.set(key, (exceptions.get(key) ?? 0) | rule.access);
    } else removeException(exceptions, rule);
  }
  return { allowByDefault, exceptions };
}

function removeException(exceptions: Map<string, number>, rule: DeviceRule): void {
  for (const [key, bits] of exceptions) {
    const other = parseKey(key);
    if (other.type !== rule.type || (bits & rule.access) === 0 || !overlap(other, rule)) continue;
    if (!covers(rule, other)) throw holeInWildcard(rule, { ...other, access: bits & rule.access });
    const left = bits & ~rule.access;
    if (left === 0) exceptions.delete(key);
    else exceptions.set(key, left);
  }
}

type DeviceRange = Pick<DeviceRule, "major" | "minor">;

function overlap(a: DeviceRange, b: DeviceRange): boolean {
  const meet = (x: number, y: number): boolean => x === -1 || y === -1 || x === y;
  return meet(a.major, b.major) && meet(a.minor, b.minor);
}

function covers(wide: DeviceRange, narrow: DeviceRange): boolean {
  const holds = (w: number, n: number): boolean => w === -1 || w === n;
  return holds(wide.major, narrow.major) && holds(wide.minor, narrow.minor);
}

function holeInWildcard(rule: DeviceRule, wider: Omit<DeviceRule, "allow">): ContainerError {
  const [verb, other] = rule.allow ? ["allow", "denied"] : ["deny", "allowed"];
  return new ContainerError(
    `Cannot ${verb} the device ${formatRule(rule)} (linux.resources.devices): ${formatRule(wider)} was ${other} before, and cgroup v1 cannot make an exception from that`,
    {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
      pointer: "/linux/resources/devices",
      hint: "Name the devices one by one in place of the wildcard, or use cgroup v2",
    },
  );
}

/** Reads devices.list, which says `a *:* rwm` when all is allowed and then hides what is not. */
export function parseRuleSet(list: string): DeviceRuleSet {
  const exceptions = new Map<string, number>();
  for (const line of list.split("\n")) {
    const [type = "", numbers = "", letters = ""] = line.trim().split(" ");
    if (type === "a") return { allowByDefault: true, exceptions: new Map() };
    if (type !== "") exceptions.set(`${type} ${numbers}`, accessBits(letters));
  }
  return { allowByDefault: false, exceptions };
}

/** A line to write to devices.allow or devices.deny. */
export interface RuleChange {
  readonly file: "devices.allow" | "devices.deny";
  readonly text: string;
}

/**
 * Returns what to write so that one set becomes another without taking away, even for a moment, what both allow.
 */
export function transition(from: DeviceRuleSet, to: DeviceRuleSet): RuleChange[] {
  const changes: RuleChange[] = [];
  const write = (allow: boolean, text: string): void => {
    changes.push({ file: allow ? "devices.allow" : "devices.deny", text });
  };
  // The kernel does not tell what is denied while all is allowed by default, so that state is not built upon.
  const restart = from.allowByDefault || from.allowByDefault !== to.allowByDefault;
  if (restart) write(to.allowByDefault, "a *:* rwm");
  const old = restart ? new Map<string, number>() : from.exceptions;
  for (const [key, bits] of [...old].sort(byKey)) {
    const dropped = bits & ~(to.exceptions.get(key) ?? 0);
    if (dropped !== 0) write(to.allowByDefault, withAccess(key, dropped));
  }
  for (const [key, bits] of to.exceptions) {
    const gained = bits & ~(old.get(key) ?? 0);
    if (gained !== 0) write(!to.allowByDefault, withAccess(key, gained));
  }
  return changes;
}

/** Tells whether two sets are the same, as far as the kernel lets one see. */
export function sameRules(a: DeviceRuleSet, b: DeviceRuleSet): boolean {
  if (a.allowByDefault !== b.allowByDefault) return false;
  if (a.allowByDefault) return true;
  return (
    a.exceptions.size === b.exceptions.size &&
    [...a.exceptions].every(([key, bits]) => b.exceptions.get(key) === bits)
  );
}

function deviceKey(rule: DeviceRule): string {
  return formatRule({ ...rule, access: 0 }).trimEnd();
}

function parseKey(key: string): Omit<DeviceRule, "allow" | "access"> {
  const [type, numbers = ""] = key.split(" ");
  const [major = -1, minor = -1] = numbers
    .split(":")
    .map((word) => (word === "*" ? -1 : Number(word)));
  return { type: type === "b" ? "b" : "c", major, minor };
}

function withAccess(key: string, bits: number): string {
  return key + formatRule({ type: "a", major: -1, minor: -1, access: bits }).slice("a *:*".length);
}

function byKey([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
