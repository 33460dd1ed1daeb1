/**
 * Makes the shapes of `src/*-shape.ts` from the zod schemas, so that the documents on the path of
 * every container can be checked without zod.
 *
 * Run: `bun packages/spec/tools/generate-shapes.ts`; a test compares the files with what it makes.
 *
 * @module
 */

import { z } from "zod";
import { configSchema } from "../src/config/config-schema.ts";
import { linuxResourcesSchema } from "../src/config/linux/resources/resources-schema.ts";
import { processSchema } from "../src/config/process-schema.ts";
import { featuresSchema } from "../src/features-schema.ts";
import { descriptorSchema } from "../src/image/descriptor-schema.ts";
import { imageConfigSchema } from "../src/image/image-config-schema.ts";
import { imageIndexSchema } from "../src/image/image-index-schema.ts";
import { imageLayoutSchema } from "../src/image/image-layout-schema.ts";
import { imageManifestSchema } from "../src/image/image-manifest-schema.ts";
import {
  anyInteger,
  fileMode,
  int32,
  int64,
  stringMap,
  strings,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../src/schema-parts.ts";
import type { Shape } from "../src/shape.ts";
import { stateSchema } from "../src/state-schema.ts";
import type { TextFormat } from "../src/text-formats.ts";

/** The part of JSON Schema that the zod schemas emit. */
interface Emitted {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Emitted>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Emitted;
  readonly patternProperties?: Readonly<Record<string, Emitted>>;
  readonly items?: Emitted;
  readonly minItems?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: TextFormat;
  readonly anyOf?: readonly Emitted[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

function objectShape(schema: Emitted): Shape {
  const [pattern] = Object.entries(schema.patternProperties ?? {});
  if (pattern !== undefined) {
    return { type: "map", keys: pattern[0], values: toShape(pattern[1]) };
  }
  if (schema.properties === undefined) {
    return { type: "map", values: toShape(schema.additionalProperties ?? {}) };
  }
  const fields = Object.entries(schema.properties).map(([key, value]) => [key, toShape(value)]);
  return { type: "object", fields: Object.fromEntries(fields), required: schema.required ?? [] };
}

/** Returns the shape that accepts what an emitted schema accepts. */
function toShape(schema: Emitted): Shape {
  switch (schema.type) {
    case "object":
      return objectShape(schema);
    case "array": {
      const least = defined({ least: schema.minItems });
      return { type: "list", items: toShape(schema.items ?? {}), ...least };
    }
    case "string": {
      const demands = defined({
        names: schema.enum,
        pattern: schema.pattern,
        format: schema.format,
      });
      return Object.keys(demands).length === 0 ? { type: "string" } : { type: "text", ...demands };
    }
    case "integer":
      return { type: "integer", ...defined({ min: schema.minimum, max: schema.maximum }) };
    case "boolean":
      return { type: "flag" };
    case undefined: {
      const [first, second] = schema.anyOf ?? [];
      return first !== undefined && second?.type === "null"
        ? { type: "nullable", shape: toShape(first) }
        : { type: "any" };
    }
    default:
      throw new Error(`No shape for type ${schema.type}`);
  }
}

/** Returns the shape that accepts what a zod schema accepts. */
export function shapeOf(schema: z.ZodType): Shape {
  return toShape(z.toJSONSchema(schema, { target: "draft-04", unrepresentable: "any" }) as Emitted);
}

/** Names of the shapes that stand for a simple type. */
const simpleNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    text: z.string(),
    flag: z.boolean(),
    any: z.unknown(),
    strings,
    stringMap,
    fileMode,
  })
    .concat(Object.entries({ int32, int64, uint8, uint16, uint32, uint64, anyInteger }))
    .map(([name, schema]) => [JSON.stringify(shapeOf(schema)), name]),
);

function camelCase(field: string): string {
  const text = field.replaceAll(/[._]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return `${text[0]?.toLowerCase()}${text.slice(1)}`;
}

/** Prints shapes as constants, equal ones once, each before its first use. */
class Printer {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly lines: string[] = [];

  /** Prints a shape and returns its name. */
  print(shape: Shape, key: string): string {
    const identity = JSON.stringify(shape);
    const known = this.#names.get(identity);
    if (known !== undefined) {
      return known;
    }
    const text = this.#body(shape, key);
    const name = this.#name(shape, key);
    this.#names.set(identity, name);
    this.lines.push(`const ${name}: Shape = ${text};`);
    return name;
  }

  #name(shape: Shape, key: string): string {
    const base = simpleNames[JSON.stringify(shape)] ?? key;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) {
      name = `${base}${number}`;
    }
    this.#taken.add(name);
    return name;
  }

  #body(shape: Shape, key: string): string {
    switch (shape.type) {
      case "object": {
        const fields = Object.entries(shape.fields).map(
          ([field, value]) =>
            `${JSON.stringify(field)}: ${this.print(value, `${camelCase(field)}Shape`)}`,
        );
        const required = JSON.stringify(shape.required);
        return `{ type: "object", required: ${required}, fields: { ${fields.join(", ")} } }`;
      }
      case "map": {
        const keys = shape.keys === undefined ? "" : ` keys: ${JSON.stringify(shape.keys)},`;
        return `{ type: "map",${keys} values: ${this.print(shape.values, `${key}Value`)} }`;
      }
      case "list": {
        const least = shape.least === undefined ? "" : ` least: ${shape.least},`;
        return `{ type: "list",${least} items: ${this.print(shape.items, `${key}Item`)} }`;
      }
      case "nullable":
        return `{ type: "nullable", shape: ${this.print(shape.shape, `${key}NotNull`)} }`;
      default:
        return JSON.stringify(shape);
    }
  }
}

/** Returns the text of a module with shapes: each schema by the name of its export. */
export function printModule(schemas: Readonly<Record<string, z.ZodType>>, from: string): string {
  const printer = new Printer();
  const exported: string[] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    const inner = printer.print(shapeOf(schema), name);
    exported.push(inner === name ? `export { ${name} };` : `export { ${inner} as ${name} };`);
  }
  return [
    "// Generated by tools/generate-shapes.ts from the zod schemas: do not edit.",
    "// biome-ignore-all lint/style/noExcessiveLinesPerFile: generated",
    `import type { Shape } from "${from}";`,
    "",
    ...printer.lines,
    "",
    ...exported,
    "",
  ].join("\n");
}

/** The modules to make: file below `src/` and what it exports. */
export const shapeModules: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  "config/config-shape.ts": {
    processShape: processSchema,
    linuxResourcesShape: linuxResourcesSchema,
    configShape: configSchema,
  },
  "state-shape.ts": { stateShape: stateSchema },
  "features-shape.ts": { featuresShape: featuresSchema },
  "image/image-shape.ts": {
    descriptorShape: descriptorSchema,
    imageIndexShape: imageIndexSchema,
    imageManifestShape: imageManifestSchema,
    imageConfigShape: imageConfigSchema,
    imageLayoutShape: imageLayoutSchema,
  },
};

if (import.meta.main) {
  const source = new URL("../src/", import.meta.url);
  for (const [file, schemas] of Object.entries(shapeModules)) {
    const from = file.includes("/") ? "../shape.ts" : "./shape.ts";
    await Bun.write(new URL(file, source), printModule(schemas, from));
  }
  const files = Object.keys(shapeModules).map((file) => new URL(file, source).pathname);
  await Bun.$`bunx biome check --write ${files}`.quiet();
}
