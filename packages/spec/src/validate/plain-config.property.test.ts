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
import type { Problem } from "../problem.ts";
import { findShapeProblemsAndNotes } from "../shape.ts";
import { ruleSections } from "./config-rules.ts";
import { isPlainConfig } from "./plain-config.ts";
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

const sections = ruleSections();

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
          for (const [index, { isPlain, groups }] of sections.entries()) {
            const problems = applyRules(groups(), config, {});
            const isSeen = isPlain(config);
            expect(isSeen ? problems : []).toEqual([]);
            count(`${index} ${isSeen} ${problems.length > 0}`);
          }
        }),
        { seed, numRuns: 4_000 },
      );
      for (const index of sections.keys()) {
        expect(counts.get(`${index} true false`)).toBeGreaterThan(100);
        expect(counts.get(`${index} false true`)).toBeGreaterThan(100);
      }
    },
    timeoutMs,
  );
});

/** What is no value of any plain field, or of few. */
const strange: readonly unknown[] = [
  null,
  true,
  0.5,
  -1,
  [],
  ["a"],
  [null],
  {},
  { a: 1 },
  "",
  "a\0",
];

const unknownFields = fc.constantFrom<Json>(
  { a: 1 },
  { __proto__: null, process: { a: 1 } },
  { process: { user: { a: 1 } } },
  { process: { capabilities: { a: [] } } },
  { process: { rlimits: [{ type: "RLIMIT_CPU", hard: 1, soft: 1, a: 1 }] } },
  { root: { a: 1 } },
  { mounts: [{ destination: "/a", type: "tmpfs", a: 1 }] },
  { linux: { a: 1 } },
  { linux: { resources: { a: 1 } } },
  { linux: { resources: { devices: [{ allow: false, access: "rwm", a: 1 }] } } },
  { linux: { namespaces: [{ type: "cgroup", a: 1 }] } },
  JSON.parse('{"__proto__": {"a": 1}}'),
);

/** Documents that are near to plain configurations, whether they are configurations or not. */
const documents = fc
  .tuple(
    fc.constantFrom(...usual),
    fc.oneof(fc.constant({}), focusedOn(configShape()), unknownFields),
    fc.array(
      fc.record({
        part: fc.nat(),
        value: fc.oneof(texts, numbers, fc.constant(undefined), fc.constantFrom(...strange)),
      }),
      { maxLength: 2 },
    ),
  )
  .map(([base, more, list]) => mutate(isJson(more) ? over(more, copy(base)) : base, list));

/** Returns what schema and rules have to say, the rules when the schema has nothing. */
function findAll(document: unknown): readonly Problem[] {
  const { problems, notes } = findShapeProblemsAndNotes(document, configShape());
  const found = [...problems, ...notes];
  const groups = sections.flatMap((section) => section.groups());
  return found.length > 0 ? found : applyRules(groups, checkConfig(document), {});
}

describe(`a look at random documents (seed ${seed})`, () => {
  test(
    "tells that one is a plain configuration only when neither schema nor rules have anything to say",
    () => {
      const counts = { plain: 0, wrong: 0, ruled: 0 };
      fc.assert(
        fc.property(documents, (document) => {
          const problems = findAll(document);
          const isPlain = isPlainConfig(document);
          expect(isPlain ? problems : []).toEqual([]);
          const isRight = findConfigProblems(document).length === 0;
          counts.plain += isPlain ? 1 : 0;
          counts.wrong += isRight ? 0 : 1;
          counts.ruled += isRight && problems.length > 0 ? 1 : 0;
        }),
        { seed, numRuns: 12_000 },
      );
      expect(Math.min(counts.plain, counts.wrong, counts.ruled)).toBeGreaterThan(500);
    },
    timeoutMs,
  );
});

test("a configuration is not plain with anything strange in the place of a part, unless that is right", () => {
  const verdicts = { plain: 0, other: 0 };
  for (const base of usual) {
    for (let part = 0; part < 200; part++) {
      for (const value of [...strange, undefined]) {
        const document = mutate(base, [{ part, value }]);
        const isPlain = isPlainConfig(document);
        verdicts[isPlain ? "plain" : "other"] += 1;
        expect([document, isPlain ? findAll(document) : []]).toEqual([document, []]);
      }
    }
  }
  expect(Math.min(verdicts.plain, verdicts.other)).toBeGreaterThan(300);
});

test.each([
  ["what runc spec writes", defaultConfig()],
  ["the least configuration", minimalConfig({ args: ["sh"] })],
])("a glance is enough for %s", (_, config) => {
  expect(sections.map(({ isPlain }) => isPlain(config))).toEqual(sections.map(() => true));
  expect(isPlainConfig(config)).toBe(true);
});
