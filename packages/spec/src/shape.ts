/**
 * Shapes: the published schemas as plain data, and a checker for them that needs no zod.
 *
 * The shapes are generated from the zod schemas; see `tools/generate-shapes.ts`.
 *
 * @module
 */

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
  | { readonly type: "flag" }
  | { readonly type: "any" };

/** An object with known fields; others are allowed and not looked at. */
export interface ObjectShape {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
}

/** An object with free keys. */
export interface MapShape {
  readonly type: "map";
  readonly values: Shape;
  /** Pattern of the keys whose values are looked at. Default: all. */
  readonly keys?: string;
}

/** A list. */
export interface ListShape {
  readonly type: "list";
  readonly items: Shape;
  /** Least number of entries. */
  readonly least?: number;
}

/** A string. */
export interface TextShape {
  readonly type: "text";
  /** The strings that are allowed. Default: all. */
  readonly names?: readonly string[];
  readonly pattern?: string;
  readonly format?: TextFormat;
}

/** A shape or null. */
export interface NullableShape {
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

/**
 * Returns everything in which `value` differs from `shape`, in the order of the document.
 *
 * A field that is `undefined` counts as absent, as in JSON.
 */
export function findShapeProblems(value: unknown, shape: Shape): readonly Problem[] {
  const problems: Problem[] = [];
  walk(value, shape, undefined, problems);
  return sortProblems(problems);
}

/** Returns in what the part of `value` at `path` differs from that part of `shape`, if in anything. */
export function findShapeProblemAt(
  value: unknown,
  shape: Shape,
  path: readonly PropertyKey[],
): Problem | undefined {
  let [part, partShape, above]: [unknown, Shape | undefined, Path | undefined] = [
    value,
    shape,
    undefined,
  ];
  for (const name of path) {
    const key = typeof name === "symbol" ? name.toString() : name;
    part = partAt(part, key);
    partShape = shapeAt(partShape, key);
    above = { above, key };
  }
  if (partShape === undefined) {
    return undefined;
  }
  const code = part === undefined ? "missing" : check(part, partShape);
  return code === undefined ? undefined : toProblem(part, partShape, above, code);
}

/** Returns the part of `value` under a key, when it is an object or list that has it. */
export function partAt(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    return value[Number(key)];
  }
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Returns what the part of a shape under a key may be. */
export function shapeAt(shape: Shape | undefined, key: string | number): Shape | undefined {
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

function walk(value: unknown, shape: Shape, path: Path | undefined, problems: Problem[]): void {
  if (shape.type === "nullable") {
    if (value !== null) {
      walk(value, shape.shape, path, problems);
    }
    return;
  }
  const code = check(value, shape);
  if (code !== undefined) {
    problems.push(toProblem(value, shape, path, code));
    return;
  }
  if (shape.type === "list" && Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      walk(value[index], shape.items, { above: path, key: index }, problems);
    }
  } else if (shape.type === "object" && isObject(value)) {
    walkFields(value, shape, path, problems);
  } else if (shape.type === "map" && isObject(value)) {
    walkValues(value, shape, path, problems);
  }
}

function walkFields(
  value: Readonly<Record<string, unknown>>,
  shape: ObjectShape,
  path: Path | undefined,
  problems: Problem[],
): void {
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (field !== undefined && value[key] !== undefined) {
      walk(value[key], field, { above: path, key }, problems);
    }
  }
  for (const key of shape.required) {
    const field = shape.fields[key];
    if (value[key] === undefined && field !== undefined) {
      problems.push(toProblem(undefined, field, { above: path, key }, "missing"));
    }
  }
}

function walkValues(
  value: Readonly<Record<string, unknown>>,
  shape: MapShape,
  path: Path | undefined,
  problems: Problem[],
): void {
  const keys = shape.keys === undefined ? undefined : compile(shape.keys);
  for (const key of Object.keys(value)) {
    if ((keys === undefined || keys.test(key)) && value[key] !== undefined) {
      walk(value[key], shape.values, { above: path, key }, problems);
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The codes of the problems that the checker finds. */
export type ShapeProblemCode =
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
  return shape.pattern === undefined || compile(shape.pattern).test(value)
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

const compiled = new Map<string, RegExp>();

function compile(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(pattern, "u");
    compiled.set(pattern, expression);
  }
  return expression;
}

function toProblem(
  value: unknown,
  shape: Shape,
  path: Path | undefined,
  code: ShapeProblemCode,
): Problem {
  const names = shape.type === "text" ? shape.names : undefined;
  const meant =
    names !== undefined && typeof value === "string" ? suggest(value, names) : undefined;
  return {
    pointer: toPointer(keysOf(path)),
    code,
    level: "error",
    found: describeValue(value),
    allowed: describeShape(shape),
    ...(meant === undefined ? {} : { meant: JSON.stringify(meant) }),
  };
}

function keysOf(path: Path | undefined): readonly (string | number)[] {
  return path === undefined ? [] : [...keysOf(path.above), path.key];
}

/** Returns what a shape allows, in words for a {@linkcode Problem.allowed}. */
export function describeShape(shape: Shape): string {
  switch (shape.type) {
    case "object":
    case "map":
      return "an object";
    case "list":
      return shape.least === undefined ? "a list" : `a list of at least ${shape.least}`;
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
  return shape.pattern === undefined ? "a string" : `a string of the form ${shape.pattern}`;
}

function describeInteger(shape: IntegerShape): string {
  if (shape.max !== undefined) {
    // The limits of 64 bits are rounded up to a power of two as JSON numbers.
    const max = shape.max >= 2 ** 63 ? BigInt(shape.max) - 1n : shape.max;
    return `an integer from ${BigInt(shape.min ?? 0)} to ${max}`;
  }
  return shape.min === undefined ? "an integer" : `an integer from ${shape.min}`;
}
