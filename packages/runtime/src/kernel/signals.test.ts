import { expect, test } from "bun:test";
import { constants } from "node:os";
import { ContainerError } from "@ctr/spec";
import fc from "fast-check";
import { parseSignal, signalName } from "./signals.ts";

test.each([
  ["15", 15],
  [15, 15],
  ["TERM", 15],
  ["SIGTERM", 15],
  ["sigterm", 15],
  ["Kill", 9],
  ["SIGIOT", 6],
  ["CLD", 17],
  ["POLL", 29],
  ["SIGRTMIN", 34],
  ["RTMIN+0", 34],
  ["0", 0],
  ["SIGRTMIN+30", 64],
  ["rtmax", 64],
  ["RTMAX-30", 34],
  ["64", 64],
  ["33", 33],
] as const)("parseSignal(%j) is %d", (written, number) => {
  expect(parseSignal(written)).toBe(number);
});

test.each([
  "",
  "-1",
  "65",
  "99999999999999999999",
  "1.5",
  "1e1",
  " TERM",
  "TERM ",
  "SIG",
  "SIGSIGTERM",
  "RTMIN-1",
  "RTMIN+31",
  "RTMAX+1",
  "RTMAX-31",
  "RTMIN+",
  "RT",
  "constructor",
  "__proto__",
  "toString",
  "0x9",
])("parseSignal(%j) is refused", (written) => {
  const parsing = (): number => parseSignal(written);

  expect(parsing).toThrow(ContainerError);
  expect(parsing).toThrow(`Cannot read the signal "${written}": unknown signal`);
});

test("signals have the names of this system", () => {
  const aliases = new Set(["SIGIOT", "SIGPOLL", "SIGCLD", "SIGUNUSED"]);
  const own = Object.entries(constants.signals).filter(([name]) => !aliases.has(name));

  expect(own.length).toBeGreaterThan(28);
  for (const [name, number] of own) {
    expect([name, signalName(number)]).toEqual([name, name]);
    expect(parseSignal(name)).toBe(number);
  }
});

test("parseSignal() reads every name that signalName() gives", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (number) => {
      // 32 and 33 belong to the C library and have no name.
      const name = signalName(number);
      expect(parseSignal(name)).toBe(number);
      expect(parseSignal(name.toLowerCase().replace("sig", ""))).toBe(number);
    }),
    { numRuns: 200 },
  );
  expect(signalName(32)).toBe("SIG32");
});
