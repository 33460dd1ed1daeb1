/**
 * Shapes: the published schemas as plain data, and a checker for them that needs no zod.
 *
 * The shapes are generated from the zod schemas; see `tools/generate-shapes.ts`.
 *
 * @module
 */

import { compilePattern, isObject } from "./fits.ts";
import { describeValue, type Problem, sortProblems, toPointer } from "./problem.ts";
import { suggest } from "./suggest.ts";
import { hasFormat, type TextFormat } from "./text-formats.ts";

/** What a part of a document may be. */
export type Shape =
  | ObjectShape
  | MapShape
  | ListShape
  | TextShape
  | IntegerShape
  | NullableShape
  | { readonly type: "string" }
  | { readonly type: "flag" }
  | { readonly type: "any" };

/** An object with known fields; others are allowed and not looked at. */
export interface ObjectShape {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
}

/** An object with free keys. */
interface MapShape {
  readonly type: "map";
  readonly values: Shape;
  /** Pattern of the keys whose values are looked at. Default: all. */
  readonly keys?: string;
}

/** A list. */
interface ListShape {
  readonly type: "list";
  readonly items: Shape;
  /** Least number of entries. */
  readonly least?: number;
}

/** A string of which something is demanded. */
export interface TextShape {
  readonly type: "text";
  /** The strings that are allowed. Default: those of the pattern and the format. */
  readonly names?: readonly string[];
  readonly pattern?: string;
  /** Strings that are allowed and usual, to say what was likely meant by one that is not. */
  readonly known?: readonly string[];
  readonly format?: TextFormat;
}

/** A shape or null. */
interface NullableShape {
  readonly type: "nullable";
  readonly shape: Shape;
}

/** A number without a fraction. */
export interface IntegerShape {
  readonly type: "integer";
  readonly min?: number;
  readonly max?: number;
}

/** The path to a part of a document, from the inside out. */
interface Path {
  readonly above: Path | undefined;
  readonly key: string | number;
}

/** A part of a document that is still to be looked at, and the path to it. */
interface Part extends Path {
  readonly value: unknown;
  readonly shape: Shape;
}

/**
 * Returns everything in which `value` differs from `shape`, in the order of the document.
 *
 * A field that is `undefined` counts as absent, as in JSON.
 */
export function findShapeProblems(value: unknown, shape: Shape): readonly Problem[] {
  return sortProblems(searchShape(value, shape, false).problems);
}

/** As {@linkcode findShapeProblems}, with a note for every field that `shape` does not have, too. */
export function findShapeProblemsAndNotes(
  value: unknown,
  shape: Shape,
): { readonly problems: readonly Problem[]; readonly notes: readonly Problem[] } {
  const { problems, notes } = searchShape(value, shape, true);
  return { problems: sortProblems(problems), notes: sortProblems(notes) };
}

/** A search through a document: what was found, and the parts that are left. */
interface Search {
  readonly problems: Problem[];
  readonly notes: Problem[];
  readonly parts: Part[];
  readonly notesUnknown: boolean;
}

/**
 * Searches a document.
 *
 * A function that is called for each part would make a process that has just begun start its compiler's threads, which
 * costs more than the search: so there is a loop over the parts that are left, and what holds for most parts is looked at
 * in place.
 */
function searchShape(document: unknown, documentShape: Shape, notesUnknown: boolean): Search {
  const search: Search = { problems: [], notes: [], parts: [], notesUnknown };
  const { parts } = search;
  let part: Part | undefined = {
    above: undefined,
    key: "",
    value: document,
    shape: documentShape,
  };
  while (part !== undefined) {
    const { value, shape }: Part = part;
    if (shape.type === "object" && isObject(value)) {
      searchFields(search, value, shape, part);
    } else if (
      shape.type === "list" &&
      Array.isArray(value) &&
      value.length >= (shape.least ?? 0)
    ) {
      searchItems(search, value, shape.items, part);
    } else if (shape.type === "map" && isObject(value)) {
      searchValues(search, value, shape, part);
    } else if (shape.type === "nullable" && value !== null) {
      parts.push({ above: part.above, key: part.key, value, shape: shape.shape });
    } else {
      checkLeaf(search, part);
    }
    part = parts.pop();
  }
  return search;
}

function checkLeaf({ problems }: Search, part: Part): void {
  const code = check(part.value, part.shape);
  if (code !== undefined) {
    problems.push(toProblem(part.value, part.shape, keysOf(part), code));
  }
}

function searchFields(
  search: Search,
  value: Readonly<Record<string, unknown>>,
  { fields, required }: ObjectShape,
  above: Part,
): void {
  for (const key of Object.keys(value)) {
    const part = value[key];
    const shape = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (shape === undefined) {
      noteUnknown(search, key, fields, above);
    } else if (part !== undefined && !(shape.type === "string" && typeof part === "string")) {
      search.parts.push({ above, key, value: part, shape });
    }
  }
  for (const key of required) {
    const shape = fields[key];
    if (value[key] === undefined && shape !== undefined) {
      search.problems.push(toProblem(undefined, shape, [...keysOf(above), key], "missing"));
    }
  }
}

function searchItems(
  { parts }: Search,
  value: readonly unknown[],
  shape: Shape,
  above: Part,
): void {
  for (let key = 0; key < value.length; key++) {
    const part = value[key];
    if (!(shape.type === "string" && typeof part === "string")) {
      parts.push({ above, key, value: part, shape });
    }
  }
}

function searchValues(
  { parts }: Search,
  value: Readonly<Record<string, unknown>>,
  { keys, values: shape }: MapShape,
  above: Part,
): void {
  const pattern = keys === undefined ? undefined : compilePattern(keys);
  for (const key of Object.keys(value)) {
    const part = value[key];
    if (part !== undefined && pattern?.test(key) !== false) {
      parts.push({ above, key, value: part, shape });
    }
  }
}

function noteUnknown(
  { notes, notesUnknown }: Search,
  key: string,
  fields: ObjectShape["fields"],
  above: Part,
): void {
  if (!notesUnknown) {
    return;
  }
  const meant = suggest(key, Object.keys(fields));
  notes.push({
    pointer: toPointer([...keysOf(above), key]),
    code: "unknown-field",
    level: "note",
    found: `the field ${JSON.stringify(key)}`,
    allowed: "a field of the specification; it is kept and ignored",
    ...(meant === undefined ? {} : { meant: JSON.stringify(meant) }),
  });
}

/** Returns in what the part of `value` at `path` differs from that part of `shape`, if in anything. */
export function findShapeProblemAt(
  value: unknown,
  shape: Shape,
  path: readonly PropertyKey[],
): Problem | undefined {
  let [part, partShape]: [unknown, Shape | undefined] = [value, shape];
  for (const name of path) {
    const key = typeof name === "symbol" ? name.toString() : name;
    part = partAt(part, key);
    partShape = shapeAt(partShape, key);
  }
  if (partShape === undefined) {
    return undefined;
  }
  const code = part === undefined ? "missing" : check(part, partShape);
  return code === undefined ? undefined : toProblem(part, partShape, path, code);
}

function partAt(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    return value[Number(key)];
  }
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function shapeAt(shape: Shape | undefined, key: string | number): Shape | undefined {
  switch (shape?.type) {
    case "object":
      return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    case "map":
      return shape.values;
    case "list":
      return shape.items;
    case "nullable":
      return shapeAt(shape.shape, key);
    default:
      return undefined;
  }
}

/** The codes of the problems that the checker finds. */
type ShapeProblemCode =
  | "missing"
  | "wrong-type"
  | "unknown-value"
  | "wrong-form"
  | "out-of-range"
  | "too-short";

function check(value: unknown, shape: Shape): ShapeProblemCode | undefined {
  switch (shape.type) {
    case "object":
    case "map":
      return isObject(value) ? undefined : "wrong-type";
    case "list":
      return checkList(value, shape);
    case "string":
      return typeof value === "string" ? undefined : "wrong-type";
    case "text":
      return checkText(value, shape);
    case "integer":
      return checkInteger(value, shape);
    case "flag":
      return typeof value === "boolean" ? undefined : "wrong-type";
    case "nullable":
      return value === null ? undefined : check(value, shape.shape);
    case "any":
      return undefined;
  }
}

function checkList(value: unknown, shape: ListShape): ShapeProblemCode | undefined {
  if (!Array.isArray(value)) {
    return "wrong-type";
  }
  return value.length < (shape.least ?? 0) ? "too-short" : undefined;
}

function checkText(value: unknown, shape: TextShape): ShapeProblemCode | undefined {
  if (typeof value !== "string") {
    return "wrong-type";
  }
  if (shape.names !== undefined && !shape.names.includes(value)) {
    return "unknown-value";
  }
  if (shape.format !== undefined && !hasFormat(value, shape.format)) {
    return "wrong-form";
  }
  return shape.pattern === undefined || compilePattern(shape.pattern).test(value)
    ? undefined
    : "wrong-form";
}

function checkInteger(value: unknown, shape: IntegerShape): ShapeProblemCode | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return "wrong-type";
  }
  const inRange =
    value >= (shape.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (shape.max ?? Number.POSITIVE_INFINITY);
  return inRange ? undefined : "out-of-range";
}

function toProblem(
  value: unknown,
  shape: Shape,
  path: readonly PropertyKey[],
  code: ShapeProblemCode,
): Problem {
  const names = shape.type === "text" ? (shape.names ?? shape.known) : undefined;
  const meant =
    names !== undefined && typeof value === "string" ? suggest(value, names) : undefined;
  return {
    pointer: toPointer(path),
    code,
    level: "error",
    found: describeValue(value),
    allowed: describeShape(shape),
    ...(meant === undefined ? {} : { meant: JSON.stringify(meant) }),
  };
}

/** Returns the keys that lead to a part; the document itself is the one with nothing above. */
function keysOf(path: Path): readonly (string | number)[] {
  return path.above === undefined ? [] : [...keysOf(path.above), path.key];
}

/** Returns what a shape allows, in words for a {@linkcode Problem.allowed}. */
function describeShape(shape: Shape): string {
  switch (shape.type) {
    case "object":
    case "map":
      return "an object";
    case "list":
      return shape.least === undefined ? "a list" : `a list of at least ${shape.least}`;
    case "string":
      return "a string";
    case "text":
      return describeText(shape);
    case "integer":
      return describeInteger(shape);
    case "flag":
      return "true or false";
    case "nullable":
      return `${describeShape(shape.shape)} or null`;
    case "any":
      return "anything";
  }
}

function describeText(shape: TextShape): string {
  if (shape.names !== undefined) {
    const names = shape.names.map((name) => JSON.stringify(name));
    const last = names.pop() ?? "nothing";
    return names.length === 0 ? last : `${names.join(", ")} or ${last}`;
  }
  if (shape.format !== undefined) {
    return shape.format === "uri" ? "a URI (RFC 3986)" : "a date and time (RFC 3339)";
  }
  return `a string of the form ${shape.pattern}`;
}

function describeInteger(shape: IntegerShape): string {
  if (shape.max !== undefined) {
    // The limits of 64 bits are rounded up to a power of two as JSON numbers.
    const max = shape.max >= 2 ** 63 ? BigInt(shape.max) - 1n : shape.max;
    return `an integer from ${BigInt(shape.min ?? 0)} to ${max}`;
  }
  return shape.min === undefined ? "an integer" : `an integer from ${shape.min}`;
}
