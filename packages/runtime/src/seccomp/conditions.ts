import type { BpfBuilder, Place } from "./bpf.ts";
import type { Condition } from "./rules.ts";

// args[] in struct seccomp_data: 64 bits each, little-endian, which the filter reads in two halves.
const argsOffset = 16;

/** Writes the check that all conditions hold, going on at one of two places. */
export function compileConditions(
  builder: BpfBuilder,
  conditions: readonly Condition[],
  yes: Place,
  no: Place,
): Place {
  let next = yes;
  for (const condition of conditions.toReversed())
    next = compileCondition(builder, condition, next, no);
  return next;
}

function compileCondition(builder: BpfBuilder, condition: Condition, yes: Place, no: Place): Place {
  switch (condition.op) {
    case "SCMP_CMP_EQ":
      return equal(builder, condition, yes, no);
    case "SCMP_CMP_NE":
      return equal(builder, condition, no, yes);
    case "SCMP_CMP_GT":
      return above(builder, condition, "greater", yes, no);
    case "SCMP_CMP_GE":
      return above(builder, condition, "greaterOrEqual", yes, no);
    case "SCMP_CMP_LT":
      return above(builder, condition, "greaterOrEqual", no, yes);
    case "SCMP_CMP_LE":
      return above(builder, condition, "greater", no, yes);
    case "SCMP_CMP_MASKED_EQ":
      return maskedEqual(builder, condition, yes, no);
  }
}

const low = (value: bigint): number => Number(value & 0xffff_ffffn);
const high = (value: bigint): number => Number(value >> 32n);
const lowOffset = (index: number): number => argsOffset + 8 * index;
const highOffset = (index: number): number => lowOffset(index) + 4;

function equal(
  builder: BpfBuilder,
  { index, bits, value }: Condition,
  yes: Place,
  no: Place,
): Place {
  const lowHalf = builder.load(lowOffset(index), builder.compare("equal", low(value), yes, no));
  if (bits === 32) return lowHalf;
  return builder.load(highOffset(index), builder.compare("equal", high(value), lowHalf, no));
}

function above(
  builder: BpfBuilder,
  { index, bits, value }: Condition,
  comparison: "greater" | "greaterOrEqual",
  yes: Place,
  no: Place,
): Place {
  const lowHalf = builder.load(lowOffset(index), builder.compare(comparison, low(value), yes, no));
  if (bits === 32) return lowHalf;
  const sameHigh = builder.compare("equal", high(value), lowHalf, no);
  return builder.load(highOffset(index), builder.compare("greater", high(value), yes, sameHigh));
}

function maskedEqual(
  builder: BpfBuilder,
  { index, bits, value, valueTwo }: Condition,
  yes: Place,
  no: Place,
): Place {
  const lowHalf = builder.load(
    lowOffset(index),
    builder.and(low(value), builder.compare("equal", low(valueTwo), yes, no)),
  );
  if (bits === 32) return lowHalf;
  return builder.load(
    highOffset(index),
    builder.and(high(value), builder.compare("equal", high(valueTwo), lowHalf, no)),
  );
}
