import { expect, test } from "bun:test";
import { ContainerError } from "@ctr/spec";
import { finalAffinitySteps, initialAffinitySteps } from "./cpu-affinity.ts";

function maskOf(list: string): unknown {
  const [step] = initialAffinitySteps({ initial: list }, "");
  return step !== undefined && "call" in step ? step.args : [];
}

function words(...bits: readonly bigint[]): { bytes: Uint8Array } {
  return { bytes: new Uint8Array(new BigUint64Array(bits).buffer) };
}

test("initialAffinitySteps() writes the list as whole words of bits", () => {
  expect(maskOf("0")).toEqual([0, 8, words(1n)]);
  expect(maskOf("0-3,7")).toEqual([0, 8, words(0x8fn)]);
  expect(maskOf(" 1 , 3-3,, ")).toEqual([0, 8, words(0b1010n)]);
  expect(maskOf("63,64")).toEqual([0, 16, words(1n << 63n, 1n)]);
  expect(maskOf("1024")).toEqual([0, 136, words(...Array.from({ length: 16 }, () => 0n), 1n)]);
});

test("an empty list leaves the choice to the kernel", () => {
  expect(initialAffinitySteps({}, "")).toEqual([]);
  expect(initialAffinitySteps({ initial: "" }, "")).toEqual([]);
  expect(finalAffinitySteps({ initial: "0" }, "")).toEqual([]);
});

test("the step names its field", () => {
  expect(finalAffinitySteps({ final: "1" }, "/process")).toMatchObject([
    { call: "sched_setaffinity", origin: "/process/execCPUAffinity/final" },
  ]);
});

test("what is no list is refused by name", () => {
  for (const list of ["a", "3-1", "1-", "-1", "0 1", "99999999", "0x1"]) {
    expect(() => initialAffinitySteps({ initial: list }, "")).toThrow(ContainerError);
    expect(() => initialAffinitySteps({ initial: list }, "")).toThrow("(/execCPUAffinity/initial)");
  }
});
