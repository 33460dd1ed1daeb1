/**
 * The five capability sets.
 *
 * The order matters: the bounding set shrinks while CAP_SETPCAP is held; PR_SET_KEEPCAPS carries the permitted set over
 * the change of the uid; then capset sets the three sets, and only what is both permitted and inheritable becomes ambient.
 *
 * @see config.md, "Linux Process", `capabilities`; capabilities(7)
 * @module
 */

import { type Capabilities, capabilityNames } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import type { ErrnoName } from "../../machine/errno.ts";
import type { Step } from "../../program/step.ts";
import { call, purpose, sequence } from "../steps.ts";

/** Drops from the bounding set what it does not list, and keeps the rest over the change of user. */
export function boundingSteps(
  capabilities: Capabilities,
  origin: string,
  lastCapability: number,
): Step[] {
  const kept = new Set(numbers(capabilities.bounding, lastCapability));
  const steps: Step[] = [];
  for (let number = 0; number <= lastCapability; number++) {
    if (kept.has(number)) continue;
    const name = capabilityNames[number] ?? String(number);
    steps.push(
      call(
        purpose(`${origin}/capabilities/bounding`, `drop ${name} from the bounding set`),
        "prctl",
        [constant("PR_CAPBSET_DROP"), number],
        // Without CAP_SETPCAP nothing can be dropped; who has none cannot give any away either.
        { accept: ["EPERM"] },
      ),
    );
  }
  return steps;
}

/** Keeps the permitted set when the uid changes from 0. */
export function keepCapabilitiesStep(origin: string, keep: 0 | 1): Step {
  return call(
    purpose(`${origin}/capabilities`, "keep capabilities over the change of user"),
    "prctl",
    [constant("PR_SET_KEEPCAPS"), keep, 0, 0, 0],
  );
}

/**
 * Sets the effective, permitted, inheritable and ambient sets.
 *
 * @param forFilter keep CAP_SYS_ADMIN, too, until {@linkcode setCapabilitiesStep} takes it away: it installs the filter
 */
export function capabilitySteps(
  capabilities: Capabilities,
  origin: string,
  lastCapability: number,
  forFilter: boolean,
): Step[] {
  const ambient = numbers(capabilities.ambient, lastCapability);
  return sequence(
    forFilter
      ? [
          setCapabilitiesStep(capabilities, origin, lastCapability, true, {
            EPERM: "capabilities:rest",
          }),
          { jump: "capabilities:set" } as const,
          // Without CAP_SYS_ADMIN there is nothing to keep; installing the filter says so.
          { label: "capabilities:rest" } as const,
          setCapabilitiesStep(capabilities, origin, lastCapability, false),
          { label: "capabilities:set" } as const,
        ]
      : setCapabilitiesStep(capabilities, origin, lastCapability, false),
    call(purpose(`${origin}/capabilities/ambient`, "clear the ambient capabilities"), "prctl", [
      constant("PR_CAP_AMBIENT"),
      constant("PR_CAP_AMBIENT_CLEAR_ALL"),
      0,
      0,
      0,
    ]),
    ambient.map((number) =>
      call(
        purpose(
          `${origin}/capabilities/ambient`,
          `raise ${capabilityNames[number] ?? number} in the ambient set`,
        ),
        "prctl",
        [constant("PR_CAP_AMBIENT"), constant("PR_CAP_AMBIENT_RAISE"), number, 0, 0],
        // One that is not permitted and inheritable cannot be ambient: runc warns and goes on.
        { accept: ["EPERM"] },
      ),
    ),
  );
}

/** Sets the effective, permitted and inheritable sets; what is ambient stays as far as it is permitted. */
export function setCapabilitiesStep(
  capabilities: Capabilities,
  origin: string,
  lastCapability: number,
  forFilter: boolean,
  on: Readonly<Partial<Record<ErrnoName, string>>> = {},
): Step {
  const extra = forFilter ? mask(["CAP_SYS_ADMIN"], lastCapability) : 0n;
  const effective = mask(capabilities.effective, lastCapability) | extra;
  const permitted = mask(capabilities.permitted, lastCapability) | extra;
  const inheritable = mask(capabilities.inheritable, lastCapability);
  const word = (set: bigint, index: bigint): number =>
    Number((set >> (index * 32n)) & 0xffff_ffffn);
  return call(
    purpose(
      `${origin}/capabilities`,
      "set the capabilities",
      "Does the runtime itself have them? Effective ones must be permitted",
    ),
    "capset",
    [
      { struct: [{ u32: constant("_LINUX_CAPABILITY_VERSION_3") }, { u32: 0 }] },
      {
        struct: [0n, 1n].flatMap((index) => [
          { u32: word(effective, index) },
          { u32: word(permitted, index) },
          { u32: word(inheritable, index) },
        ]),
      },
    ],
    { on },
  );
}

/** Numbers of those that this kernel has. */
function numbers(names: readonly string[] = [], lastCapability: number): number[] {
  return names
    .map((name) => (capabilityNames as readonly string[]).indexOf(name))
    .filter((number) => number >= 0 && number <= lastCapability);
}

function mask(names: readonly string[] | undefined, lastCapability: number): bigint {
  return numbers(names, lastCapability).reduce((set, number) => set | (1n << BigInt(number)), 0n);
}
