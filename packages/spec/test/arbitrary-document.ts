/**
 * Random documents: valid ones of a shape, and what becomes of them when parts are replaced.
 *
 * @module
 */

import fc from "fast-check";
import type { IntegerShape, ObjectShape, Shape, TextShape } from "../src/shape.ts";
import type { TextFormat } from "../src/text-formats.ts";

const keys = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom("", "\n", " ", "__proto__", "constructor", "a.b/c~d"),
);

/** Strings that the patterns of the specifications are near to. */
const samples = [
  ...["", "\n", "MB:0=20;1=70", "MB:\n", "RLIMIT_NOFILE", "RLIMIT_", "RLIMIT_NO FILE"],
  ...["RLIMIT_NO_FILE", "2MB", "64kB", "064KB", "0GB", "1TB", "1GB\n", "0-3,7", "0-3, 7"],
  ...["CAP_CHOWN", "CAP_", "text/plain", "a/b/c", "sha256:abc", "sha256+b64u:a-_=", "sha256:"],
  ":abc",
];

const texts = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...samples));

/** Texts that have or nearly have a format. */
const formatted: Readonly<Record<TextFormat, fc.Arbitrary<string>>> = {
  "date-time": fc.constantFrom(
    "2015-10-31T22:22:56.015925234Z",
    "2015-10-31 22:22:56Z",
    "2016-02-29t00:00:00+01:00",
    "2016-12-31T23:59:60Z",
    "2016-12-31T22:59:60-01:00",
    "2000-01-01T00:00:00-23:59",
  ),
  uri: fc.constantFrom(
    "https://example.com/a?b#c",
    "urn:a:b",
    "http://[::1]/",
    "http://a:b@c:80/%20?q=%5a",
    "mailto:a@b.c",
    "file:///a/b",
  ),
};

const unformatted: fc.Arbitrary<string> = fc.constantFrom(
  "2015-02-30T00:00:00Z",
  "2016-13-01T00:00:00Z",
  "2016-12-31T24:00:00Z",
  "2016-12-31T23:59:61Z",
  "2016-12-31",
  "1900-02-29T00:00:00Z",
  "example.com",
  "a b:c",
  "http://a/%zz",
  "http://[:1]/",
  ":a",
);

function integers(shape: IntegerShape): fc.Arbitrary<number> {
  const { min = -(2 ** 60), max = 2 ** 60 } = shape;
  const bound = (value: number): number => Math.min(Math.max(value, min), max);
  return fc.oneof(
    fc.constantFrom(...[min, max, 0, 1, -1, 2 ** 53].map(bound)),
    fc.maxSafeInteger().map(bound),
    fc.integer({ min: -9, max: 99 }).map(bound),
  );
}

const matches = new Map<string, readonly string[]>();

/** Returns some strings of a pattern: making new ones all the time would take most of the time. */
function matchesOf(pattern: string): readonly string[] {
  let known = matches.get(pattern);
  if (known === undefined) {
    const expression = new RegExp(pattern, "u");
    const short = new RegExp(pattern.replaceAll("{0,126}", "{0,9}"), "u");
    known = [
      ...samples.filter((text) => expression.test(text)),
      ...fc.sample(fc.stringMatching(short), { numRuns: 200, seed: 1 }),
    ];
    matches.set(pattern, known);
  }
  return known;
}

function matching(shape: TextShape): fc.Arbitrary<string> {
  if (shape.names !== undefined) {
    return fc.constantFrom(...shape.names);
  }
  const { format } = shape;
  if (format !== undefined) {
    return formatted[format];
  }
  return fc.constantFrom(...matchesOf(shape.pattern ?? ""));
}

/** A few optional fields at a time: with all of them, a document would be thousands of parts. */
function objectsOf(shape: ObjectShape): fc.Arbitrary<unknown> {
  const optional = Object.keys(shape.fields).filter((key) => !shape.required.includes(key));
  const chosen = fc.subarray(optional, { maxLength: Math.min(optional.length, 5) });
  const known = chosen.chain((some) =>
    fc.tuple(
      ...[...shape.required, ...some].map((key) =>
        documentsOf(shape.fields[key] ?? { type: "any" }).map((value) => [key, value] as const),
      ),
    ),
  );
  const others = keys.filter((key) => !Object.hasOwn(shape.fields, key));
  const unknown = fc.option(fc.dictionary(others, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 1 }));
  return fc.tuple(unknown, known).map(([more, fields]) => ({
    ...more,
    ...Object.fromEntries(fields),
  }));
}

/** Returns documents that have a shape. */
export function documentsOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case "flag":
      return fc.boolean();
    case "any":
      return fc.jsonValue({ maxDepth: 1 });
    case "integer":
      return integers(shape);
    case "string":
      return texts;
    case "text":
      return matching(shape);
    case "list":
      return fc.array(documentsOf(shape.items), { minLength: shape.least ?? 0, maxLength: 2 });
    case "map":
      return fc.dictionary(keys, documentsOf(shape.values), { maxKeys: 2 });
    case "nullable":
      return fc.option(documentsOf(shape.shape));
    case "object":
      return objectsOf(shape);
  }
}

/** What a part of a document can be replaced with. */
const replacements = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 8,
    2 ** 16,
    2 ** 31,
    2 ** 32,
    2 ** 63,
    1e300,
    [],
    {},
  ),
  fc.constantFrom(2 ** 63 + 2048, -(2 ** 63) - 2048, 2 ** 64, 2 ** 64 + 4096, 512, -(2 ** 31) - 1),
  texts,
  fc.jsonValue({ maxDepth: 2 }),
);

/** Values at the edge of what a shape allows, and whatever else a part can be replaced with. */
function nearly(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case "integer": {
      const { min = 0, max = 0 } = shape;
      const step = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(max, -min, 1))) - 51);
      return fc.constantFrom(min, max, min - 1, max + 1, min - step, max + step, 0.5, `${max}`);
    }
    case "text":
      return fc.oneof(
        matching(shape),
        fc
          .tuple(
            matching(shape),
            fc.nat({ max: 9 }),
            fc.constantFrom("", "a", "T", "K", "0", ".", " ", "-", "_", "\n", "\r"),
          )
          .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1)),
        matching(shape).map((text) => text.toLowerCase()),
        texts,
        unformatted,
      );
    case "list":
      return fc.array(documentsOf(shape.items), { maxLength: shape.least ?? 0 });
    default:
      return replacements;
  }
}

/** Number of parts that a shape can have, so that each gets the same attention; patterns get more. */
function weight(shape: Shape): number {
  switch (shape.type) {
    case "object":
      return Object.values(shape.fields).reduce((sum, field) => sum + weight(field), 1);
    case "list":
      return weight(shape.items) + 1;
    case "map":
      return weight(shape.values) + 1;
    case "nullable":
      return weight(shape.shape);
    case "text":
      return shape.pattern === undefined && shape.format === undefined ? 1 : 40;
    default:
      return 1;
  }
}

/**
 * Returns small documents that have what a shape requires and one part more, every part alike
 * often, which in most of them is at the edge of what is allowed there or beyond.
 */
export function focusedOn(shape: Shape): fc.Arbitrary<unknown> {
  const here = { weight: 1, arbitrary: fc.oneof(nearly(shape), replacements) };
  switch (shape.type) {
    case "object": {
      const fields = Object.entries(shape.fields).map(([key, field]) => ({
        weight: weight(field),
        arbitrary: fc
          .tuple(requiredOf(shape), focusedOn(field))
          .map(([required, value]) => ({ ...required, [key]: value })),
      }));
      const lacking = fc
        .tuple(requiredOf(shape), fc.constantFrom("", ...shape.required))
        .map(([required, key]) => ({ ...required, [key]: undefined }));
      return fc.oneof(here, { weight: 1, arbitrary: lacking }, ...fields);
    }
    case "list": {
      const one = focusedOn(shape.items).map((item) => [item]);
      return fc.oneof(here, { weight: weight(shape.items), arbitrary: one });
    }
    case "map": {
      const one = fc.tuple(keys, focusedOn(shape.values)).map(([key, value]) => ({ [key]: value }));
      return fc.oneof(here, { weight: weight(shape.values), arbitrary: one });
    }
    case "nullable":
      return fc.oneof(fc.constant(null), { weight: 9, arbitrary: focusedOn(shape.shape) });
    default:
      return fc.oneof(here.arbitrary, documentsOf(shape));
  }
}

function requiredOf(shape: ObjectShape): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const fields = shape.required.map((key) => [
    key,
    documentsOf(shape.fields[key] ?? { type: "any" }),
  ]);
  return fc.record(Object.fromEntries(fields));
}

/** A change to a document: which of its parts, counted from the outside in, and what to. */
export interface Mutation {
  readonly part: number;
  /** `undefined` removes the part. */
  readonly value: unknown;
}

/** Returns lists of changes. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({ part: fc.nat(), value: fc.oneof(replacements, fc.constant(undefined)) }),
  { minLength: 1, maxLength: 2 },
);

/** Returns a copy of a document with changes made, as JSON would carry it. */
export function mutate(document: unknown, changes: readonly Mutation[]): unknown {
  let changed = copy(document);
  for (const { part, value } of changes) {
    const parts = partsOf(changed);
    const place = parts[part % Math.max(parts.length, 1)];
    // The next change is not to be one of the value, which others have, too, or in itself.
    const own = copy(value);
    if (place === undefined) {
      changed = own;
    } else if (value === undefined && !Array.isArray(place.parent)) {
      Reflect.deleteProperty(place.parent, place.key);
    } else {
      Object.defineProperty(place.parent, place.key, {
        value: own,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
  return copy(changed);
}

/** Returns a document as JSON carries it. */
export function copy(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document) ?? "null");
}

function partsOf(value: unknown): readonly { readonly parent: object; readonly key: string }[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, part]) => [{ parent: value, key }, ...partsOf(part)]);
}
