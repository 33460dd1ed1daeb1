import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { copy, documentsOf, focusedOn } from "../../test/arbitrary-document.ts";
import { findConfigProblems } from "../check.ts";
import { configShape } from "../config/config-shape.ts";
import type { Features } from "../features.ts";
import { featuresShape } from "../features-shape.ts";
import { sortProblems } from "../problem.ts";
import { SpecError } from "../spec-error.ts";
import { upgradeConfig } from "../upgrade/upgrade-config.ts";
import { configRules } from "./config-rules.ts";
import { validateConfig } from "./validate-config.ts";

/** The seed of every property here; set FC_SEED to repeat a run. */
const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);

const timeoutMs = 900_000;

const platforms = fc.constantFrom("linux", "windows", "solaris", "freebsd", "zos", "vm");

const isFeatures = (value: unknown): value is Features =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const features = documentsOf(featuresShape())
  .map((value) => copy(value))
  .filter(isFeatures);

describe(`random documents (seed ${seed})`, () => {
  test(
    "validateConfig() has an ordered answer of known codes for everything that JSON can say",
    () => {
      const known = new Set(configRules.map(({ name }) => name));
      const seen = new Set<string>();
      fc.assert(
        fc.property(
          fc.oneof(documentsOf(configShape()), focusedOn(configShape())).map(copy),
          platforms,
          fc.option(features, { nil: undefined }),
          (document, platform, has) => {
            const problems = validateConfig(document, {
              platform,
              ...(has === undefined ? {} : { features: has }),
            });

            expect(problems).toEqual(sortProblems(problems));
            const codes = problems.map(({ code }) => code).filter((code) => known.has(code));
            for (const code of codes) {
              seen.add(code);
            }
            expect(codes.length > 0 && findConfigProblems(document).length > 0).toBe(false);
          },
        ),
        { seed, numRuns: 4_000 },
      );
      expect(seen.size).toBeGreaterThan(30);
    },
    timeoutMs,
  );

  test(
    "upgradeConfig() returns a configuration or throws a SpecError, and changes nothing",
    () => {
      const versions = fc.constantFrom(
        ...["0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "1.0.0-rc1", "1.0.0-rc2-dev"],
        ...["1.0.0-rc3", "1.0.0-rc4", "1.0.0-rc5", "1.0.0-rc6", "1.0.0", "1.3.0", "x"],
      );
      fc.assert(
        fc.property(focusedOn(configShape()).map(copy), versions, (document, ociVersion) => {
          const old =
            typeof document === "object" && document !== null
              ? { ...document, ociVersion }
              : document;
          const before = JSON.stringify(old);
          try {
            expect(findConfigProblems(upgradeConfig(old).config)).toEqual([]);
          } catch (error) {
            expect(error).toBeInstanceOf(SpecError);
          }
          expect(JSON.stringify(old)).toBe(before);
        }),
        { seed, numRuns: 4_000 },
      );
    },
    timeoutMs,
  );
});
