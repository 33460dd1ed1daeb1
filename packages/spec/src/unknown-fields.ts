import { type Problem, toPointer } from "./problem.ts";
import { partAt, type Shape, shapeAt } from "./shape.ts";
import { suggest } from "./suggest.ts";

type Path = readonly (string | number)[];

/** Returns a note for every field that `shape` does not have, with what was likely meant. */
export function findUnknownFields(value: unknown, shape: Shape): readonly Problem[] {
  return noteFields(value, shape, []);
}

function noteFields(value: unknown, shape: Shape, path: Path): readonly Problem[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => {
    const field = shapeAt(shape, key);
    if (field !== undefined) {
      return noteFields(partAt(value, key), field, [...path, key]);
    }
    return shape.type === "object" ? [toNote(String(key), Object.keys(shape.fields), path)] : [];
  });
}

function toNote(key: string, known: readonly string[], path: Path): Problem {
  const meant = suggest(key, known);
  return {
    pointer: toPointer([...path, key]),
    code: "unknown-field",
    level: "note",
    found: `the field ${JSON.stringify(key)}`,
    allowed: "a field of the specification; it is kept and ignored",
    ...(meant === undefined ? {} : { meant: JSON.stringify(meant) }),
  };
}
