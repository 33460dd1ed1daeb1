/**
 * Values of D-Bus as text, in the format of GVariant: `'text'`, `5`, `uint64 5`, `true`, `['a', 'b']`, `@as []`,
 * `('a', 5)`.
 *
 * @see https://docs.gtk.org/glib/gvariant-text-format.html
 * @module
 */

/** A value with its type. */
export interface TypedValue {
  readonly signature: string;
  readonly value: unknown;
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: "b",
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
};

const token =
  /\s*(?:(@)([a-z(){}]+)|([A-Za-z]\w*)|([-+]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([[\](),]))/y;

/**
 * Reads one value.
 *
 * @throws {SyntaxError} says what is wrong
 */
export function parseVariantText(text: string): TypedValue {
  const parser = new Parser(text);
  const value = parser.value(undefined);
  parser.end();
  return value;
}

type Token =
  | { readonly kind: "type" | "word" | "number" | "text" | "mark"; readonly text: string }
  | { readonly kind: "end"; readonly text: "" };

class Parser {
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(text: string) {
    token.lastIndex = 0;
    for (let at = 0; text.slice(at).trim() !== ""; at = token.lastIndex) {
      token.lastIndex = at;
      const found = token.exec(text);
      if (found === null) throw new SyntaxError(`unexpected "${text.slice(at).trim()}"`);
      this.#tokens.push(readToken(found));
    }
  }

  #take(): Token {
    return this.#tokens[this.#next++] ?? { kind: "end", text: "" };
  }

  #skip(mark: string): boolean {
    const next = this.#tokens[this.#next];
    if (next?.kind !== "mark" || next.text !== mark) return false;
    this.#next++;
    return true;
  }

  end(): void {
    const next = this.#take();
    if (next.kind !== "end") throw new SyntaxError(`unexpected "${next.text}"`);
  }

  /** @param signature the type that was announced, if any */
  value(signature: string | undefined): TypedValue {
    const next = this.#take();
    switch (next.kind) {
      case "type":
        return this.value(next.text);
      case "text":
        return textValue(next.text, signature);
      case "number":
        return numberValue(next.text, signature);
      case "word":
        return this.#word(next.text, signature);
      case "mark":
        if (next.text === "[") return this.#array(signature);
        if (next.text === "(") return this.#tuple(signature);
        throw new SyntaxError(`unexpected "${next.text}"`);
      case "end":
        throw new SyntaxError("the value is missing");
    }
  }

  #word(word: string, signature: string | undefined): TypedValue {
    if (word === "true" || word === "false") {
      if (signature !== undefined && signature !== "b") throw mismatch(word, signature);
      return { signature: "b", value: word === "true" };
    }
    const named = typeNames[word];
    if (named === undefined) throw new SyntaxError(`unknown word "${word}"`);
    return this.value(named);
  }

  #array(signature: string | undefined): TypedValue {
    if (signature !== undefined && !signature.startsWith("a")) throw mismatch("[", signature);
    let element = signature?.slice(1);
    const values: unknown[] = [];
    while (!this.#skip("]")) {
      if (values.length > 0 && !this.#skip(",")) throw new SyntaxError('expected "," or "]"');
      const each = this.value(element);
      element ??= each.signature;
      if (each.signature !== element) throw mismatch(String(each.value), element);
      values.push(each.value);
    }
    if (element === undefined) throw new SyntaxError("an empty array needs its type: @as []");
    return { signature: `a${element}`, value: values };
  }

  #tuple(signature: string | undefined): TypedValue {
    const values: TypedValue[] = [];
    while (!this.#skip(")")) {
      if (values.length > 0 && !this.#skip(",")) throw new SyntaxError('expected "," or ")"');
      values.push(this.value(memberSignature(signature, values.length)));
    }
    const whole = `(${values.map((each) => each.signature).join("")})`;
    if (signature !== undefined && signature !== whole) throw mismatch(whole, signature);
    return { signature: whole, value: values.map(({ value }) => value) };
  }
}

/** The type of a member of a tuple of basic types. */
function memberSignature(signature: string | undefined, index: number): string | undefined {
  return signature !== undefined && /^\([a-z]+\)$/.test(signature) && !signature.includes("a")
    ? signature[index + 1]
    : undefined;
}

function readToken(found: RegExpExecArray): Token {
  const [, at, type, word, number, single, double, mark = ""] = found;
  if (at !== undefined) return { kind: "type", text: type ?? "" };
  if (word !== undefined) return { kind: "word", text: word };
  if (number !== undefined) return { kind: "number", text: number };
  const quoted = single ?? double;
  if (quoted !== undefined) return { kind: "text", text: readEscapes(quoted) };
  return { kind: "mark", text: mark };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

function readEscapes(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gs, (_, code: string) =>
    /^[uU]./.test(code)
      ? String.fromCodePoint(Number.parseInt(code.slice(1), 16))
      : (escapes[code] ?? code),
  );
}

function textValue(text: string, signature = "s"): TypedValue {
  if (!["s", "o", "g"].includes(signature)) throw mismatch(text, signature);
  return { signature, value: text };
}

/** Lowest and highest value by type. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 255n],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

function numberValue(
  text: string,
  signature = /^[-+]?(0x|\d+$)/.test(text) ? "i" : "d",
): TypedValue {
  if (signature === "d") return { signature, value: Number(text) };
  const range = ranges[signature];
  if (range === undefined || !/^[-+]?(0x[0-9a-fA-F]+|\d+)$/.test(text))
    throw mismatch(text, signature);
  const magnitude = BigInt(text.replace(/^[-+]/, ""));
  const value = text.startsWith("-") ? -magnitude : magnitude;
  if (value < range[0] || value > range[1]) throw new SyntaxError(`${text} is out of range`);
  return { signature, value: signature === "x" || signature === "t" ? value : Number(value) };
}

function mismatch(found: string, signature: string): SyntaxError {
  return new SyntaxError(`"${found}" is not of the type ${signature}`);
}
