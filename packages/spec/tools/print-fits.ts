/**
 * Prints shapes as functions: a check that says yes or no, at the price of comparing, where a search through a shape would
 * pay for the shape, too.
 *
 * @module
 */

import type { ObjectShape, Shape, TextShape } from "../src/shape.ts";

/** Prints functions, equal ones once. */
class FunctionPrinter {
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #skipped: readonly string[];
  readonly helpers = new Set<string>();
  readonly functions: string[] = [];

  constructor(skipped: readonly string[], exported: readonly string[]) {
    this.#skipped = skipped;
    this.#taken = new Set(exported);
  }

  /** Prints a function for a shape and returns its name. */
  functionFor(shape: Shape, key: string): string {
    if (shape.type === "string") {
      return this.#helper("isText");
    }
    if (shape.type === "any") {
      return this.#helper("isAnything");
    }
    const identity = JSON.stringify(shape);
    const known = this.#names.get(identity);
    if (known !== undefined) {
      return known;
    }
    const name = this.#take(key);
    this.#names.set(identity, name);
    const body =
      shape.type === "object" ? this.#fields(shape) : `return ${this.#test(shape, "value", key)};`;
    this.functions.push(`function ${name}(value: unknown): boolean {\n${body}\n}`);
    return name;
  }

  #take(key: string): string {
    let name = key;
    for (let number = 2; this.#taken.has(name); number++) {
      name = `${key}${number}`;
    }
    this.#taken.add(name);
    return name;
  }

  #helper(name: string): string {
    this.helpers.add(name);
    return name;
  }

  #fields({ fields, required }: ObjectShape): string {
    const cases = Map.groupBy(
      Object.entries(fields).filter(([key]) => !this.#skipped.includes(key)),
      ([key, shape]) => this.#test(shape, "part", functionName(key)),
    );
    const lines = [...cases].map(([test, entries]) => {
      const labels = entries.map(([key]) => `case ${JSON.stringify(key)}:`).join("\n");
      return `${labels}\nfits = ${test};\nbreak;`;
    });
    const demands = required.map((key) => `value[${JSON.stringify(key)}] !== undefined`);
    return `if (!${this.#helper("isObject")}(value)) {
        return false;
      }
      for (const key of Object.keys(value)) {
        const part = value[key];
        let fits = false;
        switch (key) {
          ${lines.join("\n")}
          default:
            return false;
        }
        if (!fits && part !== undefined) {
          return false;
        }
      }
      return ${demands.length === 0 ? "true" : demands.join(" && ")};`;
  }

  /** Returns an expression that tells whether a variable has a shape. */
  #test(shape: Shape, variable: string, key: string): string {
    switch (shape.type) {
      case "string":
        return `typeof ${variable} === "string"`;
      case "flag":
        return `typeof ${variable} === "boolean"`;
      case "any":
        return "true";
      case "integer": {
        const { min = "Number.NEGATIVE_INFINITY", max = "Number.POSITIVE_INFINITY" } = shape;
        return `${this.#helper("isInteger")}(${variable}, ${min}, ${max})`;
      }
      case "text":
        return this.#textTest(shape, variable);
      case "list": {
        const least = shape.least === undefined ? "" : `, ${shape.least}`;
        const item = this.functionFor(shape.items, `${key}Item`);
        return `${this.#helper("isList")}(${variable}, ${item}${least})`;
      }
      case "map": {
        const pattern = shape.keys === undefined ? "" : `, ${JSON.stringify(shape.keys)}`;
        const part = this.functionFor(shape.values, `${key}Value`);
        return `${this.#helper("isMap")}(${variable}, ${part}${pattern})`;
      }
      case "nullable":
        return `(${variable} === null || ${this.#test(shape.shape, variable, key)})`;
      case "object":
        return `${this.functionFor(shape, key)}(${variable})`;
    }
  }

  #textTest({ names, pattern, format }: TextShape, variable: string): string {
    if (names !== undefined) {
      return names.map((name) => `${variable} === ${JSON.stringify(name)}`).join(" || ");
    }
    if (pattern === undefined || format !== undefined) {
      throw new Error("Only names and patterns can be printed");
    }
    return `${this.#helper("isLike")}(${variable}, ${JSON.stringify(pattern)})`;
  }
}

function functionName(key: string): string {
  return `fits${key[0]?.toUpperCase()}${key.slice(1)}`;
}

/** A function to print: what it tells, and the type of which that is. */
export interface Fit {
  readonly shape: Shape;
  readonly type: string;
  /** The module that has the type. */
  readonly from: string;
}

/**
 * Returns the text of a module that exports functions: each returns `true` only for what has the shape and no unknown
 * fields. One that returns `false` may be wrong about documents with a field of `skipped`.
 *
 * The functions are made when one is asked for: a program that starts pays for each function that a module has.
 */
export function printFits(fits: Readonly<Record<string, Fit>>, skipped: readonly string[]): string {
  const printer = new FunctionPrinter(skipped, Object.keys(fits));
  const made = Object.entries(fits).map(
    ([name, { shape }]) => `${name}: ${printer.functionFor(shape, `${name}Itself`)}`,
  );
  const names = Object.keys(fits);
  const helpers = [...printer.helpers].sort().join(", ");
  const types = Object.values(fits).map(
    ({ type, from }) => `import type { ${type} } from "${from}";`,
  );
  return [
    [`import { ${helpers} } from "../fits.ts";`, ...types].join("\n"),
    `interface Fits { ${names.map((name) => `readonly ${name}: (value: unknown) => boolean;`).join(" ")} }`,
    `function makeFits(): Fits {\n${printer.functions.join("\n\n")}\n\nreturn { ${made.join(", ")} };\n}`,
    "let made: Fits | undefined;",
    ...Object.entries(fits).map(
      ([name, { type }]) =>
        `export function ${name}(value: unknown): value is ${type} {\nmade ??= makeFits();\nreturn made.${name}(value);\n}`,
    ),
    "",
  ].join("\n\n");
}
