/**
 * What the quick check of configurations is made of; see `config/fits-config.ts`.
 *
 * @module
 */

let compiled: Map<string, RegExp> | undefined;

/** Returns a pattern of the specifications, compiled once. */
export function compilePattern(pattern: string): RegExp {
  compiled ??= new Map();
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(pattern, "u");
    compiled.set(pattern, expression);
  }
  return expression;
}

/** Tells an object from lists and everything else. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): boolean {
  return typeof value === "string";
}

export function isLike(value: unknown, pattern: string): boolean {
  return typeof value === "string" && compilePattern(pattern).test(value);
}

export function isInteger(value: unknown, min: number, max: number): boolean {
  // A remainder spares a start the builtin; that of an infinity is no number.
  return typeof value === "number" && value % 1 === 0 && value >= min && value <= max;
}

export function isList(value: unknown, isItem: (item: unknown) => boolean, least = 0): boolean {
  if (!(Array.isArray(value) && value.length >= least)) {
    return false;
  }
  for (const item of value) {
    if (!isItem(item)) {
      return false;
    }
  }
  return true;
}

export function isAnything(): boolean {
  return true;
}

/** Whether a value is an object whose values are all of a kind, those of keys like `pattern` at least. */
export function isMap(
  value: unknown,
  isValue: (part: unknown) => boolean,
  pattern?: string,
): boolean {
  if (!isObject(value)) {
    return false;
  }
  for (const key of Object.keys(value)) {
    const isMeant = pattern === undefined || compilePattern(pattern).test(key);
    if (isMeant && !(value[key] === undefined || isValue(value[key]))) {
      return false;
    }
  }
  return true;
}
