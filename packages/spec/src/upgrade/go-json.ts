/**
 * What programs in Go write as JSON and read from it, runc and most engines among them.
 *
 * @see https://pkg.go.dev/encoding/json
 * @module
 */

import type { Shape } from "../shape.ts";
import { type Draft, type DraftObject, isDraftObject } from "./draft.ts";

type Path = readonly (string | number)[];

/** ChangeLog of 1.0.0-rc5: "Explicit `null` values are no longer compliant (#662)". */
export function removeNulls(draft: Draft): void {
  draft.setVersion("1.0.0-rc5");
  removeNullsIn(draft, draft.value, []);
}

function removeNullsIn(draft: Draft, parent: DraftObject | unknown[], path: Path): void {
  for (const [key, value] of Object.entries(parent)) {
    const here = [...path, key];
    if (value === null && isDraftObject(parent)) {
      delete parent[key];
      draft.note(here, "Removed: null stood for nothing");
    } else if (isDraftObject(value) || Array.isArray(value)) {
      removeNullsIn(draft, value, here);
    }
  }
}

/**
 * Spells fields as the specification does whose names differ from its own by case alone: Go reads `pagesize` as
 * `pageSize`. Where both are there, the right one is left as it is, and so is the other, as one that nobody knows.
 */
export function spellFieldNames(draft: Draft, shape: Shape): void {
  draft.setVersion("1.0.0");
  spellNamesIn(draft, draft.value, shape, []);
}

function spellNamesIn(draft: Draft, value: unknown, shape: Shape, path: Path): void {
  if (shape.type === "nullable") spellNamesIn(draft, value, shape.shape, path);
  else if (shape.type === "list" && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      spellNamesIn(draft, item, shape.items, [...path, index]);
    }
  } else if (shape.type === "map" && isDraftObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      spellNamesIn(draft, item, shape.values, [...path, key]);
    }
  } else if (shape.type === "object" && isDraftObject(value)) {
    spellFields(draft, value, shape.fields, path);
  }
}

function spellFields(
  draft: Draft,
  value: DraftObject,
  fields: Readonly<Record<string, Shape>>,
  path: Path,
): void {
  for (const [key, item] of Object.entries(value)) {
    const name = nameOf(key, fields);
    const field = name === undefined ? undefined : fields[name];
    if (name === undefined || field === undefined) continue;
    if (name !== key) {
      if (Object.hasOwn(value, name)) continue;
      delete value[key];
      value[name] = item;
      draft.note([...path, key], `Renamed to ${name}: Go takes names in any case`);
    }
    spellNamesIn(draft, item, field, [...path, key]);
  }
}

/** Returns the field's name that `key` stands for. */
function nameOf(key: string, fields: Readonly<Record<string, Shape>>): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const small = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === small);
}
