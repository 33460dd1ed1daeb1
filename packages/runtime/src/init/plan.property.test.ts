/** What holds for the program of every container, whatever its configuration says. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { mistakesIn } from "../../test/check-program.ts";
import { createInputs, execInputs } from "../../test/random-plan-input.ts";
import { assemble } from "../program/assemble.ts";
import { describeProgram, explainProgram } from "../program/explain.ts";
import type { Program } from "../program/step.ts";
import { planCreate } from "./create.ts";
import { planExec } from "./exec.ts";

const runs = { numRuns: 400 };

const programs: fc.Arbitrary<Program> = fc.oneof(
  createInputs.map(planCreate),
  execInputs.map(planExec),
);

test("every program is well-formed: labels, jumps, slots and descriptors", () => {
  fc.assert(
    fc.property(programs.map(mistakesIn), (mistakes) => {
      expect(mistakes).toEqual([]);
    }),
    runs,
  );
});

test("every program can be assembled for both architectures", () => {
  fc.assert(
    fc.property(programs, (program) => {
      for (const architecture of ["x86-64", "arm64"] as const) {
        expect(assemble(program, architecture).length).toBeLessThan(64 * 1024);
      }
    }),
    { numRuns: 50 },
  );
});

test("every program is explained in the same words each time", () => {
  fc.assert(
    fc.property(createInputs, (input) => {
      const program = planCreate(input);
      const again = planCreate(structuredClone(input));

      expect(again).toEqual(program);
      expect(explainProgram(again)).toBe(explainProgram(program));
      expect(JSON.stringify(describeProgram(again))).toBe(JSON.stringify(describeProgram(program)));
    }),
    { numRuns: 50 },
  );
});
