import { expect, test } from "bun:test";
import type { Architecture } from "../machine/syscalls.ts";
import { assemble } from "./assemble.ts";
import type { Program, Step, SyscallStep } from "./step.ts";

const architectures: readonly Architecture[] = ["x86-64", "arm64"];

function programOf(...steps: readonly Step[]): Program {
  return { preserveFds: 0, descriptors: ["report"], steps };
}

function call(args: SyscallStep["args"], rest: Partial<SyscallStep> = {}): Step {
  return { call: "getpid", args, origin: "", does: "", ...rest };
}

const mistakes: readonly (readonly [what: string, steps: readonly Step[], message: string])[] = [
  ["a jump goes back", [{ label: "a" }, { jump: "a" }], 'goes back to "a"'],
  [
    "a conditional jump goes back",
    [{ label: "a" }, { jump: "a", when: { slot: "s", is: 1 } }],
    'goes back to "a"',
  ],
  ["an errno leads back", [{ label: "a" }, call([], { on: { ENOENT: "a" } })], 'goes back to "a"'],
  ["a jump goes nowhere", [{ jump: "a" }, { label: "b" }], '"a", which does not follow it'],
  ["a label stands twice", [{ label: "a" }, { label: "a" }], '"a" stands twice'],
  ["a call has seven arguments", [call([1, 2, 3, 4, 5, 6, 7])], "at most six arguments"],
  [
    "a call has seven arguments of memory",
    [call([1, 2, 3, 4, 5, 6, { slot: "s" }])],
    "at most six arguments",
  ],
  ["a descriptor is missing", [call([{ descriptor: "sync" }])], 'no descriptor "sync"'],
  ["a text has a NUL", [call([{ text: "a\0b" }])], "contains a NUL"],
  ["a text in an array has a NUL", [call([{ texts: ["a", "\0"] }])], "contains a NUL"],
  [
    "a buffer has two sizes",
    [
      call([
        { buffer: "b", size: 1 },
        { buffer: "b", size: 2 },
      ]),
    ],
    '"b" has two sizes',
  ],
  [
    "a slot is compared with a number that is too large",
    [{ jump: "a", when: { slot: "s", is: 4096 } }, { label: "a" }],
    "Cannot compare with 4096",
  ],
  [
    "a slot is compared with a number that is too small",
    [{ jump: "a", when: { slot: "s", isNot: -4096 } }, { label: "a" }],
    "Cannot compare with -4096",
  ],
  ["a number is no integer", [call([0.5])], "integer"],
  ["a field is no integer", [call([{ struct: [{ u32: 0.5 }] }])], "integer"],
  ["a buffer is too large", [call([{ buffer: "b", size: 0x2000_0001 }])], "too large"],
];

for (const architecture of architectures) {
  test.each(mistakes)(`assemble() for ${architecture} throws when %s`, (_, steps, message) => {
    const assembling = (): Uint8Array => assemble(programOf(...steps), architecture);

    expect(assembling).toThrow(RangeError);
    expect(assembling).toThrow(message);
  });

  test(`assemble() for ${architecture} throws when there is no report`, () => {
    const program: Program = { preserveFds: 0, descriptors: [], steps: [] };

    expect(() => assemble(program, architecture)).toThrow('no descriptor "report"');
  });

  test(`assemble() for ${architecture} gives the same bytes for the same program`, () => {
    const program = programOf(
      call([
        { text: "a" },
        { texts: ["a", "b"] },
        { struct: [{ u64: { slot: "s" } }] },
        { slot: "s" },
      ]),
      { jump: "end" },
      { tell: "ready", value: 3n },
      { label: "end" },
    );

    expect(assemble(program, architecture)).toEqual(
      assemble(structuredClone(program), architecture),
    );
  });
}

test("assemble() keeps a text once, however often it stands in the program", () => {
  const sizeOf = (...texts: readonly string[]): number =>
    assemble(programOf(...texts.map((text) => call([{ text }])))).length;

  expect(sizeOf("x".repeat(1000), "x".repeat(1000))).toBeLessThan(
    sizeOf("x".repeat(1000), "y".repeat(1000)) - 900,
  );
});

test("assemble() makes a few kilobytes of a few hundred steps", () => {
  const steps = Array.from({ length: 250 }, (_, at) =>
    call([{ text: `/path/${at}` }, at, -1], { save: "s" }),
  );

  for (const architecture of architectures) {
    expect(assemble(programOf(...steps), architecture).length).toBeLessThan(20_000);
  }
});
