import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fixtures } from "../test/published-schemas.ts";
import { configShape } from "./config/config-shape.ts";
import { featuresShape } from "./features-shape.ts";
import {
  descriptorShape,
  imageConfigShape,
  imageIndexShape,
  imageLayoutShape,
  imageManifestShape,
} from "./image/image-shape.ts";
import type { Shape } from "./shape.ts";
import { stateShape } from "./state-shape.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the paths of the properties that a published schema names, `[]` for lists, `{}` for maps. */
function publishedFields(file: string, at: string, path: string): readonly string[] {
  const text = readFileSync(new URL(file, fixtures), "utf8");
  const found = at
    .split("/")
    .filter((key) => key !== "")
    .reduce<unknown>((part, key) => (isObject(part) ? part[key] : undefined), JSON.parse(text));
  if (!isObject(found)) {
    throw new Error(`There is no ${at} in ${file}`);
  }
  return fieldsOf(found, file, path);
}

function fieldsOf(schema: Json, file: string, path: string): readonly string[] {
  const { $ref, properties, items, additionalProperties, patternProperties } = schema;
  const each = (parts: unknown, suffix: (key: string) => string): readonly string[] =>
    Object.entries(isObject(parts) ? parts : {}).flatMap(([key, part]) =>
      isObject(part) ? fieldsOf(part, file, `${path}${suffix(key)}`) : [],
    );
  const alternatives = ["allOf", "anyOf", "oneOf"].flatMap((key) => {
    const parts: unknown = schema[key];
    return Array.isArray(parts) ? parts.filter(isObject) : [];
  });
  const [name = "", at = ""] = typeof $ref === "string" ? $ref.split("#") : [];
  const target = name === "" ? file : new URL(name, `file:///${file}`).pathname.slice(1);
  return [
    ...(typeof $ref === "string" ? publishedFields(target, at, path) : []),
    ...Object.keys(isObject(properties) ? properties : {}).map((key) => `${path}/${key}`),
    ...each(properties, (key) => `/${key}`),
    ...each({ items }, () => "/[]"),
    ...each({ additionalProperties }, () => "/{}"),
    ...each(patternProperties, () => "/{}"),
    ...alternatives.flatMap((part) => fieldsOf(part, file, path)),
  ];
}

function shapeFields(shape: Shape, path: string): readonly string[] {
  switch (shape.type) {
    case "object":
      return Object.entries(shape.fields).flatMap(([key, field]) => [
        `${path}/${key}`,
        ...shapeFields(field, `${path}/${key}`),
      ]);
    case "list":
      return shapeFields(shape.items, `${path}/[]`);
    case "map":
      return shapeFields(shape.values, `${path}/{}`);
    case "nullable":
      return shapeFields(shape.shape, path);
    default:
      return [];
  }
}

const sorted = (fields: readonly string[]): readonly string[] => [...new Set(fields)].sort();

/** Fields that the prose has and the published schemas have not, so that nothing is said of their type. */
const proseOnly = {
  features: ["/linux/intelRdt/monitoring", "/linux/intelRdt/schemata", "/linux/memoryPolicy"],
  index: ["/manifests/[]/artifactType", "/manifests/[]/data"],
};

test.each([
  ["runtime-spec/schema/config-schema.json", configShape(), 300, []],
  ["runtime-spec/schema/state-schema.json", stateShape(), 5, []],
  ["runtime-spec/schema/features-schema.json", featuresShape(), 30, proseOnly.features],
  ["image-spec/schema/content-descriptor.json", descriptorShape(), 5, []],
  ["image-spec/schema/image-index-schema.json", imageIndexShape(), 15, proseOnly.index],
  ["image-spec/schema/image-manifest-schema.json", imageManifestShape(), 15, []],
  ["image-spec/schema/config-schema.json", imageConfigShape(), 20, []],
  ["image-spec/schema/image-layout-schema.json", imageLayoutShape(), 1, []],
] as const)("our fields are those of %s", (file, shape, least, more) => {
  const fields = sorted(publishedFields(file, "", ""));

  expect(sorted(shapeFields(shape, ""))).toEqual(sorted([...fields, ...more]));
  expect(fields.length).toBeGreaterThanOrEqual(least);
});
