/**
 * What a program sees from inside is the same under bunc and under runc, configuration by configuration; where it is
 * not, the difference is on a list with its reason.
 */

import { afterAll, describe, expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import { baseConfig, type Seen, seenByBoth } from "./differential-bundle.ts";
import { namedCases } from "./differential-cases.ts";
import { ironed, refusals } from "./differential-differences.ts";
import { type DrawnParts, drawParts } from "./differential-random.ts";
import { Draw } from "./random-numbers.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const base = baseConfig(bundle);

describe("inside is the same under bunc and runc", () => {
  for (const [name, change] of Object.entries(namedCases)) {
    test(name, async () => {
      const { ours, theirs } = await compared(change(base));
      expect(ours).toEqual(theirs);
    }, 30_000);
  }
});

/** A machine whose processors are emulated takes a second for what others do in a tenth. */
const count = Number(
  process.env["CTR_TEST_CONFIGURATIONS"] ?? (process.env["CTR_IN_VM"] ? 25 : 200),
);
/** In CI always the same, so that it tells of the change and not of luck; others look for what nobody has seen. */
const seed = Number(
  process.env["CTR_TEST_SEED"] ?? (process.env["CI"] ? 20_261_128 : Date.now() % 2 ** 31),
);
/** How many are compared at a time: one's runc waits while the other's works. */
const lanes = 3;

test(`inside is the same for ${count} configurations put together at random`, async () => {
  process.stdout.write(
    `${count} configurations (CTR_TEST_CONFIGURATIONS) of seed ${seed} (CTR_TEST_SEED)\n`,
  );
  let next = 0;
  let refused = 0;
  const failures: string[] = [];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < count && failures.length < 3) {
        const own = seed + next++;
        const parts = drawParts(new Draw(own));
        const outcome = await compared(configOf(parts));
        if (outcome.isRefused) refused++;
        if (!Bun.deepEquals(outcome.ours, outcome.theirs))
          failures.push(await described(own, parts, outcome));
      }
    }),
  );
  process.stdout.write(`both refused ${refused} of them\n`);
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
  // Of what nobody runs, nothing is learned. One in five is refused; that half of 25 are is one chance in ten thousand.
  expect(refused).toBeLessThanOrEqual(Math.ceil(count / 2));
}, 600_000);

function configOf(parts: DrawnParts): Config {
  return parts.reduce((config, { change }) => change(config), base);
}

/** Says what differs, for the fewest parts that still show it, and the whole configuration of those. */
async function described(own: number, drawn: DrawnParts, outcome: Comparison): Promise<string> {
  let parts = drawn;
  let shown = outcome;
  for (const each of drawn) {
    const fewer = parts.filter((other) => other !== each);
    const fewerOutcome = await compared(configOf(fewer));
    if (Bun.deepEquals(fewerOutcome.ours, fewerOutcome.theirs)) continue;
    parts = fewer;
    shown = fewerOutcome;
  }
  return [
    `CTR_TEST_SEED=${own} CTR_TEST_CONFIGURATIONS=1 (${drawn.map(({ name }) => name).join(", ")})`,
    `differs by ${parts.map(({ name }) => name).join(", ")}: ${JSON.stringify(configOf(parts))}`,
    ...differing(shown.ours, shown.theirs),
  ].join("\n");
}

/** The lines that only one has, with a sign of whose they are; where both have the same, their orders. */
function differing(ours: Seen, theirs: Seen): string[] {
  if (theirs.refused !== undefined) return [`  runc refuses it: ${theirs.refused}`];
  if (ours.refused !== undefined) return [`  bunc refuses it: ${ours.refused}`];
  const bunc = linesOf(ours);
  const runc = linesOf(theirs);
  const only = [
    ...runc.filter((line) => !bunc.includes(line)).map((line) => `  runc: ${line}`),
    ...bunc.filter((line) => !runc.includes(line)).map((line) => `  bunc: ${line}`),
  ];
  if (only.length > 0) return only;
  const place = Array.from({ length: Math.max(bunc.length, runc.length) }).findIndex(
    (_, index) => bunc[index] !== runc[index],
  );
  return [`  the same lines, otherwise: runc has "${runc[place]}" where bunc has "${bunc[place]}"`];
}

function linesOf({ sections, left, hooks, status }: Seen): string[] {
  const lists = Object.entries({ ...sections, left, hooks });
  return [
    `status ${status}`,
    ...lists.flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`)),
  ];
}

/** What both made of a configuration, with what is known to differ made equal. */
interface Comparison {
  readonly ours: Seen;
  readonly theirs: Seen;
  readonly isRefused: boolean;
}

async function compared(config: Config): Promise<Comparison> {
  const { bunc, runc } = await seenByBoth(bundle, config);
  const message = runc.refused;
  if (message !== undefined) {
    if (bunc.refused !== undefined) {
      // Each says it in its own words, and leaves what it leaves; ours are compared elsewhere.
      const nothing = { status: 1, sections: {}, left: [], hooks: [] };
      return { ours: nothing, theirs: nothing, isRefused: true };
    }
    if (refusals.some((each) => each.when(config) && each.message.test(message))) {
      return { ours: bunc, theirs: bunc, isRefused: false };
    }
  }
  return { ours: ironed(config, bunc), theirs: ironed(config, runc), isRefused: false };
}
