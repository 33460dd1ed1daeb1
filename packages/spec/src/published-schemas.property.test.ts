import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { z } from "zod";
import { copy, documentsOf, focusedOn, mutate, mutations } from "../test/arbitrary-document.ts";
import { compileSchema, fixtures, imageSchema, runtimeSchema } from "../test/published-schemas.ts";
import { checkConfig, findConfigProblems } from "./check.ts";
import { configSchema } from "./config/config-schema.ts";
import { configShape } from "./config/config-shape.ts";
import { fitsConfig, fitsProcess } from "./config/fits-config.ts";
import { featuresSchema } from "./features-schema.ts";
import { featuresShape } from "./features-shape.ts";
import { descriptorSchema } from "./image/descriptor-schema.ts";
import { imageConfigSchema } from "./image/image-config-schema.ts";
import { imageIndexSchema } from "./image/image-index-schema.ts";
import { imageLayoutSchema } from "./image/image-layout-schema.ts";
import { imageManifestSchema } from "./image/image-manifest-schema.ts";
import {
  descriptorShape,
  imageConfigShape,
  imageIndexShape,
  imageLayoutShape,
  imageManifestShape,
} from "./image/image-shape.ts";
import { findProblems } from "./parse.ts";
import { findShapeProblems, findShapeProblemsAndNotes } from "./shape.ts";
import { stateSchema } from "./state-schema.ts";
import { stateShape } from "./state-shape.ts";

/** The seed of every property here; set FC_SEED to repeat a run. */
const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);

const timeoutMs = 900_000;

const documents = [
  { name: "config", shape: configShape(), schema: configSchema, runs: 8_000 },
  { name: "state", shape: stateShape(), schema: stateSchema, runs: 500 },
  { name: "features", shape: featuresShape(), schema: featuresSchema, runs: 1_000 },
] as const;

const images = [
  { name: "content-descriptor", shape: descriptorShape(), schema: descriptorSchema, runs: 1_000 },
  { name: "image-index", shape: imageIndexShape(), schema: imageIndexSchema, runs: 1_000 },
  { name: "image-manifest", shape: imageManifestShape(), schema: imageManifestSchema, runs: 1_000 },
  { name: "config", shape: imageConfigShape(), schema: imageConfigSchema, runs: 1_000 },
  { name: "image-layout", shape: imageLayoutShape(), schema: imageLayoutSchema, runs: 200 },
] as const;

/** Every document with the validator of its published schema. */
const subjects = [
  ...documents.map((document) => ({
    ...document,
    title: document.name,
    published: runtimeSchema(`${document.name}-schema.json`),
  })),
  ...images.map((document) => ({
    ...document,
    title: `image-spec ${document.name}`,
    published: imageSchema(
      document.name === "content-descriptor"
        ? "content-descriptor.json"
        : `${document.name}-schema.json`,
    ),
  })),
];

describe.each(subjects)(`$title documents (seed ${seed})`, ({ published, shape, schema, runs }) => {
  const emitted = compileSchema(
    z.toJSONSchema(schema, { target: "draft-04", unrepresentable: "any" }),
  );
  const verdicts = (document: unknown): Record<string, boolean> => ({
    published: published(document),
    zod: schema.safeParse(document).success,
    emitted: emitted(document),
    shape: findShapeProblems(document, shape).length === 0,
  });
  const all = (verdict: boolean): Record<string, boolean> => ({
    published: verdict,
    zod: verdict,
    emitted: verdict,
    shape: verdict,
  });

  test(
    "every validator takes what the schema describes",
    () => {
      fc.assert(
        fc.property(documentsOf(shape), (document) => {
          expect(verdicts(copy(document))).toEqual(all(true));
        }),
        { seed, numRuns: runs },
      );
    },
    timeoutMs,
  );

  const near = [
    [
      "changed at random",
      fc.tuple(documentsOf(shape), mutations).map((pair) => mutate(...pair)),
      1,
    ],
    ["with one part at the edge of what is allowed", focusedOn(shape).map(copy), 2],
  ] as const;

  test.each(near)(
    "every validator agrees about documents %s",
    (_, arbitrary, factor) => {
      let refused = 0;
      const numRuns = runs * factor;
      fc.assert(
        fc.property(arbitrary, (document) => {
          const verdict = published(document);
          refused += verdict ? 0 : 1;
          expect(verdicts(document)).toEqual(all(verdict));
        }),
        { seed, numRuns },
      );
      expect(refused).toBeGreaterThan(numRuns / 10);
      expect(refused).toBeLessThan(numRuns * 0.97);
    },
    timeoutMs,
  );
});

test(
  "the quick check says yes to exactly the configurations without problems and unknown fields",
  () => {
    const others = ["windows", "solaris", "freebsd", "zos", "vm"];
    const configs = fc.oneof(
      documentsOf(configShape()),
      focusedOn(configShape()),
      fc.tuple(documentsOf(configShape()), mutations).map((pair) => mutate(...pair)),
    );
    const counts = { yes: 0, no: 0 };
    fc.assert(
      fc.property(configs.map(copy), (document) => {
        const { problems, notes } = findShapeProblemsAndNotes(document, configShape());
        const isOther = others.some((key) => JSON.stringify(document).includes(`"${key}":`));
        const fits = fitsConfig(document);
        counts[fits ? "yes" : "no"] += 1;
        expect(fits).toBe(fits && problems.length + notes.length === 0);
        expect(fits || isOther).toBe(isOther || problems.length + notes.length === 0);
      }),
      { seed, numRuns: 4_000 },
    );
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(400);
  },
  timeoutMs,
);

test("the quick check takes fields that are undefined for absent, and looks at own ones only", () => {
  const config = { ociVersion: "1.3.0", root: undefined, process: { cwd: "/", env: undefined } };

  expect(fitsConfig(config)).toBe(true);
  expect(fitsConfig({ ...config, ociVersion: undefined })).toBe(false);
  expect(fitsConfig({ ...config, unknown: undefined })).toBe(false);
  expect(fitsConfig(JSON.parse('{"ociVersion": "1.3.0", "__proto__": {}}'))).toBe(false);
  expect(fitsConfig({ ociVersion: "1.3.0", toString: {} })).toBe(false);
  expect(fitsProcess(config.process)).toBe(true);
});

test(
  "zod and the shapes report the same problems in the same words",
  () => {
    fc.assert(
      fc.property(focusedOn(configShape()), (document) => {
        const changed = copy(document);
        expect(findProblems(changed)).toEqual(findConfigProblems(changed));
      }),
      { seed, numRuns: 5_000 },
    );
  },
  timeoutMs,
);

test("every example that a published schema has is taken or refused as it should", () => {
  const seen: string[] = [];
  for (const { name, schema, shape } of documents) {
    for (const kind of ["good", "bad"]) {
      const folder = new URL(`runtime-spec/schema/test/${name}/${kind}/`, fixtures);
      for (const file of readdirSync(folder)) {
        const text = readFileSync(new URL(file, folder), "utf8");
        seen.push(`${name}/${kind}/${file}`);
        if (file === "invalid-json.json") {
          expect(() => JSON.parse(text)).toThrow(SyntaxError);
          continue;
        }
        const document = JSON.parse(text);
        expect([file, schema.safeParse(document).success]).toEqual([file, kind === "good"]);
        expect([file, findShapeProblems(document, shape).length === 0]).toEqual([
          file,
          kind === "good",
        ]);
      }
    }
  }
  expect(seen).toHaveLength(19);
});

test("the example of the specification is returned as it is", () => {
  const file = new URL("runtime-spec/schema/test/config/good/spec-example.json", fixtures);
  const config = JSON.parse(readFileSync(file, "utf8"));

  expect<unknown>(checkConfig(config)).toBe(config);
});
