import { existsSync, readFileSync } from "node:fs";

/** What names stand for, as text. */
export type Definitions = ReadonlyMap<string, string>;

/** Reads the macros without arguments and the enumerations of C headers (Debian package linux-libc-dev). */
export function definitionsIn(...paths: readonly string[]): Definitions {
  const definitions = new Map<string, string>();
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new Error(`Cannot read ${path}: install the Debian package linux-libc-dev`);
    }
    const text = readFileSync(path, "utf8")
      .replaceAll("\\\n", " ")
      .replace(/\/\*.*?\*\//gs, " ");
    for (const [, body = ""] of text.matchAll(/^enum\s*\w*\s*\{([^}]*)\}/gm)) {
      for (const [name, value] of enumerators(body)) definitions.set(name, value);
    }
    const macro = /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(.+)$/gm;
    for (const [, name = "", value = ""] of text.matchAll(macro)) {
      if (value.trim() !== name) definitions.set(name, value.replace(/\/\/.*$/, "").trim());
    }
  }
  return definitions;
}

/** Reads what stands in the braces of `enum { NAME, OTHER = 2, ... }`. */
function enumerators(body: string): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  let next = "0";
  for (const item of body.split(",")) {
    const [, name, value] = /^\s*(\w+)\s*(?:=\s*(.+?)\s*)?$/.exec(item) ?? [];
    if (name === undefined) continue;
    found.push([name, value ?? next]);
    next = `(${name} + 1)`;
  }
  return found;
}

/**
 * Returns the number that a name stands for; `undefined` when there is no such name, or it is made of more than numbers,
 * other names and the operators of flags.
 */
export function resolve(definitions: Definitions, name: string): number | undefined {
  const value = evaluate(definitions, name);
  return value === undefined ? undefined : Number(value);
}

type Operation = (a: bigint, b: bigint) => bigint;

/** From the weakest. */
const operators: readonly (readonly [string, Operation])[] = [
  ["|", (a, b) => a | b],
  ["<<", (a, b) => a << b],
  ["+", (a, b) => a + b],
];

function evaluate(definitions: Definitions, text: string): bigint | undefined {
  const inner = text.trim();
  if (/^\(.*\)$/.test(inner) && balanced(inner.slice(1, -1))) {
    return evaluate(definitions, inner.slice(1, -1));
  }
  for (const [operator, apply] of operators) {
    const [left, right] = splitAt(inner, operator);
    if (right === undefined) continue;
    const a = evaluate(definitions, left);
    const b = evaluate(definitions, right);
    return a === undefined || b === undefined ? undefined : apply(a, b);
  }
  const definition = definitions.get(inner);
  return definition === undefined ? literal(inner) : evaluate(definitions, definition);
}

/** Reads a number of C: `0x10UL`, `-100`, octal `0755`. */
function literal(text: string): bigint | undefined {
  const [, sign, digits] = /^(-?)(0[xX][0-9a-fA-F]+|\d+)[uUlL]*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits.replace(/^0(?=\d)/, "0o"));
  return sign === "-" ? -magnitude : magnitude;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Splits at the first operator that stands outside of parentheses. */
function splitAt(text: string, operator: string): readonly [string, string?] {
  for (let at = text.indexOf(operator); at >= 0; at = text.indexOf(operator, at + 1)) {
    const [left, right] = [text.slice(0, at), text.slice(at + operator.length)];
    if (left !== "" && balanced(left) && balanced(right)) return [left, right];
  }
  return [text];
}
