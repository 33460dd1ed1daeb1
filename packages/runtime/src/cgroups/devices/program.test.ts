import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { runDeviceProgram } from "./ebpf-interpreter.ts";
import { compileDeviceProgram } from "./program.ts";
import { access, type DeviceRule, deviceRules } from "./rule.ts";
import { buildRuleSet, parseRuleSet, sameRules, transition } from "./rule-set.ts";

const block = 1;
const character = 2;
const { read, write, mknod, all } = access;

const rule = (allow: boolean, text: string): DeviceRule => {
  const [type = "a", major = "-1", minor = "-1", letters = ""] = text.split(/[ :]/);
  const number = (word: string): number => (word === "*" ? -1 : Number(word));
  const bits =
    (letters.includes("r") ? read : 0) |
    (letters.includes("w") ? write : 0) |
    (letters.includes("m") ? mknod : 0);
  return {
    allow,
    type: type as DeviceRule["type"],
    major: number(major),
    minor: number(minor),
    access: bits,
  };
};

const may = (
  rules: readonly DeviceRule[],
  type: number,
  major: number,
  minor: number,
  bits: number,
): boolean => runDeviceProgram(compileDeviceProgram(rules), { type, major, minor, access: bits });

describe("compileDeviceProgram()", () => {
  test("allows nothing without rules", () => {
    expect(may([], character, 1, 3, read)).toBe(false);
  });

  test("allows what Docker's default list does", () => {
    const rules = deviceRules([
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
      { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
    ]);
    expect(may(rules, character, 1, 3, read | write)).toBe(true);
    expect(may(rules, character, 136, 77, read | write)).toBe(true);
    expect(may(rules, block, 8, 0, mknod)).toBe(true);
    expect(may(rules, block, 8, 0, read)).toBe(false);
    expect(may(rules, block, 8, 0, mknod | read)).toBe(false);
    expect(may(rules, character, 10, 229, read)).toBe(false);
    expect(may(rules, block, 1, 3, read)).toBe(false);
  });

  test("keeps what is denied among devices that are all allowed from being made", () => {
    const rules = deviceRules([
      { allow: true, access: "rwm" },
      { allow: false, type: "c", major: 1, minor: 1, access: "rwm" },
    ]);
    expect(may(rules, character, 1, 1, mknod)).toBe(false);
    expect(may(rules, character, 1, 11, all)).toBe(true);
    expect(buildRuleSet(rules).exceptions).toEqual(new Map([["c 1:1", all]]));
  });

  test("joins what several rules allow of one device", () => {
    const rules = [rule(true, "c 5:1 r"), rule(true, "c 5:* w")];
    expect(may(rules, character, 5, 1, read | write)).toBe(true);
    expect(may(rules, character, 5, 2, read | write)).toBe(false);
    expect(may(rules, character, 5, 1, all)).toBe(false);
  });

  test("denies an access when any part of it is denied", () => {
    const rules = [rule(true, "a *:* rwm"), rule(false, "c 1:3 w")];
    expect(may(rules, character, 1, 3, read)).toBe(true);
    expect(may(rules, character, 1, 3, read | write)).toBe(false);
    expect(may(rules, character, 1, 4, read | write)).toBe(true);
  });

  test("lets the last rule win", () => {
    const rules = [rule(true, "c 1:3 rwm"), rule(false, "c *:* rwm"), rule(true, "c 1:3 r")];
    expect(may(rules, character, 1, 3, read)).toBe(true);
    expect(may(rules, character, 1, 3, write)).toBe(false);
    expect(may([...rules, rule(false, "a *:* rwm")], character, 1, 3, read)).toBe(false);
  });

  test("compares numbers of 32 bits without sign", () => {
    const rules = [rule(true, "b 4294967295:2147483648 rwm")];
    expect(may(rules, block, 0xffff_ffff, 0x8000_0000, all)).toBe(true);
    expect(may(rules, block, 0xffff_ffff, 0x7fff_ffff, all)).toBe(false);
  });
});

const number = fc.constantFrom(-1, 0, 1, 2);
const anyRule: fc.Arbitrary<DeviceRule> = fc.record({
  allow: fc.boolean(),
  type: fc.constantFrom("a", "b", "c", "c", "b"),
  major: number,
  minor: number,
  access: fc.integer({ min: 1, max: all }),
});

const requests = [block, character].flatMap((type) =>
  [0, 1, 2, 3].flatMap((major) =>
    [0, 1, 3].flatMap((minor) =>
      [1, 2, 3, 4, 5, 6, 7].map((bits) => ({ type, major, minor, bits })),
    ),
  ),
);

/** The meaning of a list, said another way: each bit goes by the last rule that matches. */
function allowed(
  rules: readonly DeviceRule[],
  { type, major, minor, bits }: (typeof requests)[number],
): boolean {
  return [read, write, mknod].every((bit) => {
    if ((bits & bit) === 0) return true;
    const last = rules.findLast(
      (each) =>
        each.type === "a" ||
        (each.type === (type === block ? "b" : "c") &&
          (each.major === -1 || each.major === major) &&
          (each.minor === -1 || each.minor === minor) &&
          (each.access & bit) !== 0),
    );
    return last?.allow ?? false;
  });
}

/** What cgroup v1 answers: exceptions from a default (devices cgroup of Linux). */
function allowedOnV1(
  rules: readonly DeviceRule[],
  { type, major, minor, bits }: (typeof requests)[number],
): boolean {
  const { allowByDefault, exceptions } = buildRuleSet(rules);
  const matching = [...exceptions].filter(([key]) => {
    const [letter = "", numbers = ""] = key.split(" ");
    const [wantedMajor = "", wantedMinor = ""] = numbers.split(":");
    return (
      letter === (type === block ? "b" : "c") &&
      (wantedMajor === "*" || Number(wantedMajor) === major) &&
      (wantedMinor === "*" || Number(wantedMinor) === minor)
    );
  });
  return allowByDefault
    ? !matching.some(([, held]) => (held & bits) !== 0)
    : matching.some(([, held]) => (bits & ~held) === 0);
}

describe("device rules of both versions", () => {
  test("the program answers as the list means", () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 6 }), (rules) => {
        const program = compileDeviceProgram(rules);
        for (const each of requests) {
          const { type, major, minor, bits } = each;
          expect(runDeviceProgram(program, { type, major, minor, access: bits })).toBe(
            allowed(rules, each),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test("version 1 never allows what the list does not", () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 6 }), (rules) => {
        try {
          buildRuleSet(rules);
        } catch {
          return;
        }
        for (const each of requests) {
          if (allowedOnV1(rules, each)) expect(allowed(rules, each)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("buildRuleSet()", () => {
  test("takes what a wider rule denies out of the narrower ones before it", () => {
    const rules = [rule(true, "c 1:3 rw"), rule(true, "c 1:5 r"), rule(false, "c 1:* r")];
    expect(buildRuleSet(rules)).toEqual(parseRuleSet("c 1:3 w\n"));
  });

  test.each(["c *:* rwm", "c 1:* r", "c *:3 r"])("refuses an exception from %s", (wider) => {
    expect(() => buildRuleSet([rule(true, wider), rule(false, "c 1:3 rw")])).toThrow(
      "cannot make an exception from that",
    );
  });

  test("refuses to take a column out of a row", () => {
    expect(() => buildRuleSet([rule(true, "c 1:* r"), rule(false, "c *:3 r")])).toThrow(
      "cannot make an exception from that",
    );
  });
});

describe("transition()", () => {
  const allowAll = parseRuleSet("a *:* rwm\n");

  test("keeps what both sets allow untouched", () => {
    const from = parseRuleSet("c 1:3 rwm\nc 1:5 rw\nb 8:0 r\n");
    const to = buildRuleSet([
      rule(true, "c 1:3 rwm"),
      rule(true, "c 1:5 rm"),
      rule(true, "c 5:0 r"),
    ]);
    expect(transition(from, to)).toEqual([
      { file: "devices.deny", text: "b 8:0 r" },
      { file: "devices.deny", text: "c 1:5 w" },
      { file: "devices.allow", text: "c 1:5 m" },
      { file: "devices.allow", text: "c 5:0 r" },
    ]);
    expect(transition(to, to)).toEqual([]);
  });

  test("starts anew from a set whose denials nobody can see", () => {
    const to = buildRuleSet([rule(true, "a *:* rwm"), rule(false, "c 1:3 w")]);
    expect(transition(allowAll, to)).toEqual([
      { file: "devices.allow", text: "a *:* rwm" },
      { file: "devices.deny", text: "c 1:3 w" },
    ]);
    expect(transition(to, buildRuleSet([]))).toEqual([{ file: "devices.deny", text: "a *:* rwm" }]);
  });

  test("sameRules() sees a missing and a different exception", () => {
    const set = parseRuleSet("c 1:3 rwm\n");
    expect(sameRules(set, parseRuleSet("c 1:3 rwm\n"))).toBe(true);
    expect(sameRules(set, parseRuleSet("c 1:3 rw\n"))).toBe(false);
    expect(sameRules(set, parseRuleSet("c 1:3 rwm\nc 1:5 r\n"))).toBe(false);
    expect(sameRules(set, allowAll)).toBe(false);
  });
});

describe("deviceRules()", () => {
  test.each([
    [
      { allow: true, type: "c" },
      '"access" needs at least one of the letters r, w and m, and no others',
    ],
    [
      { allow: true, type: "c", access: "rx" },
      '"access" needs at least one of the letters r, w and m, and no others',
    ],
    [{ allow: true, type: "u", access: "r" }, 'unknown type "u"'],
    [{ allow: true, type: "c", major: -2, access: "r" }, "no device has the major number -2"],
    [
      { allow: true, type: "c", minor: 2 ** 32, access: "r" },
      "no device has the minor number 4294967296",
    ],
  ])("refuses %j", (wrong, why) => {
    expect(() => deviceRules([{ allow: false, access: "rwm" }, wrong])).toThrow(
      `Cannot use the device rule linux.resources.devices[1]: ${why}`,
    );
  });
});
