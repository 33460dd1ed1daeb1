import { expect, test } from "bun:test";
import { type LinuxMemoryPolicy, memoryPolicyFlags, memoryPolicyModes } from "@ctr/spec";
import { memoryPolicySteps } from "./memory-policy.ts";

function argsOf(policy: LinuxMemoryPolicy): unknown {
  const [step] = memoryPolicySteps(policy);
  return step !== undefined && "call" in step ? step.args : undefined;
}

test("memoryPolicySteps() knows every mode by its number", () => {
  // include/uapi/linux/mempolicy.h
  const numbers = {
    MPOL_DEFAULT: 0,
    MPOL_PREFERRED: 1,
    MPOL_BIND: 2,
    MPOL_INTERLEAVE: 3,
    MPOL_LOCAL: 4,
    MPOL_PREFERRED_MANY: 5,
    MPOL_WEIGHTED_INTERLEAVE: 6,
  };

  for (const mode of memoryPolicyModes) expect(argsOf({ mode })).toEqual([numbers[mode], 0, 0]);
});

test("memoryPolicySteps() adds the flags to the mode", () => {
  const bits = {
    MPOL_F_STATIC_NODES: 1 << 15,
    MPOL_F_RELATIVE_NODES: 1 << 14,
    MPOL_F_NUMA_BALANCING: 1 << 13,
  };

  for (const flag of memoryPolicyFlags) {
    expect(argsOf({ mode: "MPOL_BIND", flags: [flag] })).toEqual([2 + bits[flag], 0, 0]);
  }
});

test("memoryPolicySteps() counts a flag that is given twice once", () => {
  expect(
    argsOf({ mode: "MPOL_BIND", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_STATIC_NODES"] }),
  ).toEqual([2 + (1 << 15), 0, 0]);
});

test("memoryPolicySteps() sets a bit for each node, in words of 64, and one bit more than there are", () => {
  expect(argsOf({ mode: "MPOL_BIND", nodes: "0-2,7" })).toEqual([
    2,
    { struct: [{ u64: 0b1000_0111n }] },
    65,
  ]);
  expect(argsOf({ mode: "MPOL_INTERLEAVE", nodes: "1, 63-64" })).toEqual([
    3,
    { struct: [{ u64: (1n << 63n) | 2n }, { u64: 1n }] },
    129,
  ]);
});

test("memoryPolicySteps() names the field", () => {
  expect(memoryPolicySteps({ mode: "MPOL_LOCAL" })).toEqual([
    {
      call: "set_mempolicy",
      args: [4, 0, 0],
      origin: "/linux/memoryPolicy",
      does: "set the memory policy MPOL_LOCAL",
      hint: "Are all nodes in /sys/devices/system/node/online?",
    },
  ]);
  expect(memoryPolicySteps(undefined)).toEqual([]);
});

test.each(["x", "3-1", "1-", "-1", "0-99999999999"])(
  "memoryPolicySteps() refuses the nodes %p",
  (nodes) => {
    expect(() => memoryPolicySteps({ mode: "MPOL_BIND", nodes })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_CONFIG", pointer: "/linux/memoryPolicy/nodes" }),
    );
  },
);
