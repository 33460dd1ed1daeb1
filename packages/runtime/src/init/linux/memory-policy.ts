/** NUMA memory policy. @see config-linux.md, "Memory Policy"; set_mempolicy(2) */

import {
  ContainerError,
  type LinuxMemoryPolicy,
  type MemoryPolicyFlag,
  type MemoryPolicyMode,
} from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

const modes: Readonly<Record<MemoryPolicyMode, number>> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};

const flagBits: Readonly<Record<MemoryPolicyFlag, number>> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
};

/** Sets the policy, which children and execve keep. */
export function memoryPolicySteps(policy: LinuxMemoryPolicy | undefined): Step[] {
  if (policy === undefined) return [];
  const origin = "/linux/memoryPolicy";
  const { mode: name = "MPOL_DEFAULT", flags = [] } = policy;
  const mode = flags.reduce((bits, flag) => bits | flagBits[flag], modes[name]);
  const nodes = parseNodes(policy.nodes ?? "");
  const why = purpose(
    origin,
    `set the memory policy ${name}`,
    "Are all nodes in /sys/devices/system/node/online?",
  );
  if (nodes.length === 0) return [call(why, "set_mempolicy", [mode, 0, 0])];
  const words = Math.floor(Math.max(...nodes) / 64) + 1;
  const masks = Array.from({ length: words }, (_, word) =>
    nodes
      .filter((node) => Math.floor(node / 64) === word)
      .reduce((mask, node) => mask | (1n << BigInt(node % 64)), 0n),
  );
  // The kernel looks at one bit less than it is told.
  const bits = words * 64 + 1;
  return [
    call(why, "set_mempolicy", [mode, { struct: masks.map((mask) => ({ u64: mask })) }, bits]),
  ];
}

/** More than any kernel is built for. */
const nodeMax = 2 ** 12;

/**
 * Reads `0-3,7`.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
function parseNodes(nodes: string): number[] {
  return nodes.split(",").flatMap((part) => {
    const range = part.trim();
    if (range === "") return [];
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    const [low, high] = [Number(first), Number(last)];
    if (first === undefined || high < low || high >= nodeMax) throw badNodes(nodes, range);
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
}

function badNodes(nodes: string, range: string): ContainerError {
  const pointer = "/linux/memoryPolicy/nodes";
  return new ContainerError(
    `Cannot use the nodes "${nodes}" (${pointer}): "${range}" is no range`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer,
      hint: "Write for example 0-3,7",
    },
  );
}
