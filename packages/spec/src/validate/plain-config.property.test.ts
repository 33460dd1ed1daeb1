import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { copy, documentsOf, focusedOn, mutate } from "../../test/arbitrary-document.ts";
import { checkConfig, findConfigProblems } from "../check.ts";
import { capabilityNames } from "../config/capabilities.ts";
import type { Config } from "../config/config.ts";
import { configShape } from "../config/config-shape.ts";
import { linuxMountOptions } from "../config/mount.ts";
import { defaultConfig } from "../default-config.ts";
import { minimalConfig } from "../minimal-config.ts";
import { ruleSections } from "./config-rules.ts";
import { applyRules } from "./validate-config.ts";

/** The seed of every property here; set FC_SEED to repeat a run. */
const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);

const timeoutMs = 900_000;

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Puts a document over another one: objects field by field, lists behind each other. */
function over(more: unknown, base: unknown): unknown {
  if (Array.isArray(more) && Array.isArray(base)) {
    return [...base, ...more];
  }
  if (!(isJson(more) && isJson(base))) {
    return more;
  }
  const merged = Object.entries(more).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? over(value, base[key]) : value,
  ]);
  return { ...base, ...Object.fromEntries(merged) };
}

const usual: readonly Config[] = [
  defaultConfig(),
  defaultConfig({ cgroupNamespace: true }),
  defaultConfig({ rootless: { uid: 1000, gid: 1000 } }),
  minimalConfig({ args: ["sh"] }),
  {
    ...minimalConfig({ args: ["sh"] }),
    mounts: [{ destination: "/a", source: "/b", options: ["rbind", "ro", "rprivate"] }],
  },
];

/** What rules have something to say about in one place or another. */
const texts = fc.oneof(
  fc.constantFrom(...Object.keys(linuxMountOptions), "nosiud", "size=1"),
  fc.constantFrom(...capabilityNames.slice(0, 4), "CAP_NET_BIN", "cap_chown"),
  fc.constantFrom("", "=", "=a=b", "A", "A=1", "TERM=x", "PATH=", "a\0b", "\\u0000"),
  fc.constantFrom("a", "/a/../b", "/a/.", "/.", "//", "/a/..b", "/a\\..\\b", "/a/", "..", "/x.y"),
  fc.constantFrom("1.3.0", "1.9.0", "2.0.0", "1.3", "rwm", "rx", "a", "b", "p", "uts", "user"),
  fc.constantFrom("RLIMIT_NOFILE", "RLIMIT_CPU", "RLIMIT_X", "x".repeat(65), "é".repeat(33)),
);

const numbers = fc.constantFrom(-2, -1, 0, 1, 1023, 1025, 2 ** 31, 2 ** 32 - 1, 2 ** 32);

const changes = fc.array(
  fc.record({ part: fc.nat(), value: fc.oneof(texts, numbers, fc.constant(undefined)) }),
  { maxLength: 3 },
);

const configs = fc
  .tuple(
    fc.constantFrom(...usual),
    fc.oneof(fc.constant({}), documentsOf(configShape()), focusedOn(configShape())),
    changes,
  )
  .map(([base, more, list]) => mutate(isJson(more) ? over(more, copy(base)) : base, list))
  .filter((document) => findConfigProblems(document).length === 0)
  .map(checkConfig);

describe(`a glance at random configurations (seed ${seed})`, () => {
  test(
    "tells that no rule of a section has anything to say only when none has",
    () => {
      const counts = new Map<string, number>();
      const count = (verdict: string): void => {
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      };
      fc.assert(
        fc.property(configs, (config) => {
          for (const [index, { isPlain, groups }] of ruleSections.entries()) {
            const problems = applyRules(groups.flat(), config, {});
            const isSeen = isPlain(config);
            expect(isSeen ? problems : []).toEqual([]);
            count(`${index} ${isSeen} ${problems.length > 0}`);
          }
        }),
        { seed, numRuns: 4_000 },
      );
      for (const index of ruleSections.keys()) {
        expect(counts.get(`${index} true false`)).toBeGreaterThan(100);
        expect(counts.get(`${index} false true`)).toBeGreaterThan(100);
      }
    },
    timeoutMs,
  );
});

test.each([
  ["what runc spec writes", defaultConfig()],
  ["the least configuration", minimalConfig({ args: ["sh"] })],
])("a glance is enough for %s", (_, config) => {
  expect(ruleSections.map(({ isPlain }) => isPlain(config))).toEqual(ruleSections.map(() => true));
});
