/**
 * Prints a program for people: one step a line, as strace(1) would show it, with the field that asked for it and what
 * it does.
 *
 * ```
 *   $slot  <descriptor>  "text"  &$slot (its address)  &buffer[size]  buffer[offset]  {u32 field, pad 4}  ok ERRNO  ERRNO -> label
 * ```
 *
 * Texts of a configuration go into it, so whatever could steer a terminal is escaped.
 *
 * @module
 */

import type { SyscallName } from "../machine/syscalls.ts";
import {
  type Arg,
  descriptorNumber,
  type Field,
  type JumpStep,
  type Program,
  type Step,
  type SyscallStep,
} from "./step.ts";

/** One line of an explanation, in its columns. */
export interface Line {
  /** Number of the step, as in the report of a failure; nothing for the head. */
  readonly index: number | undefined;
  /** JSON pointer to the field that asked for the step, or `""`. */
  readonly origin: string;
  /** The step itself. */
  readonly text: string;
  /** What it is for, or `""`. */
  readonly does: string;
  /** The step with `#` for the numbers in names: what it is when other steps before it come and go. */
  readonly shape: string;
  /** The names in the step, in order: `$slot`, `label:`, `&buffer`, `<descriptor>`. */
  readonly names: readonly string[];
}

/** Widths of the columns of lines. */
export interface Layout {
  readonly index: number;
  readonly origin: number;
  readonly text: number;
}

/** A value of JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A step as JSON: its number, its line, and its fields; bytes are hexadecimal, large numbers are decimal texts. */
export interface StepDescription {
  readonly index: number;
  readonly text: string;
  readonly [field: string]: JsonValue;
}

/** A program as JSON. */
export interface ProgramDescription {
  readonly preserveFds: number;
  /** The program's descriptors and their numbers. */
  readonly descriptors: readonly { readonly name: string; readonly number: number }[];
  readonly steps: readonly StepDescription[];
}

/**
 * Prints a program, a line for each step. The text depends on the program alone, so two of them can be compared.
 *
 * @returns lines, each ended by a newline
 */
export function explainProgram(program: Program): string {
  const lines = linesOf(program);
  const layout = layoutOf(lines);
  return lines.map((line) => `${formatLine(line, layout)}\n`).join("");
}

/** Describes a program as a value that `JSON.stringify` takes. */
export function describeProgram(program: Program): ProgramDescription {
  return {
    preserveFds: program.preserveFds,
    descriptors: program.descriptors.map((name) => ({
      name,
      number: descriptorNumber(program, name),
    })),
    steps: program.steps.map((step, index) => ({
      index,
      text: printable(stepText(step)),
      ...fieldsAsJson(step),
    })),
  };
}

/** Returns the lines of a program: the descriptors it is started with, then its steps. */
export function linesOf(program: Program): Line[] {
  const head = program.descriptors.map((name) => `<${name}> = ${descriptorNumber(program, name)}`);
  const text = printable(head.join(" "));
  return [
    { index: undefined, origin: "", text, does: "", shape: text, names: [] },
    ...program.steps.map((step, index) => ({
      index,
      origin: "origin" in step ? printable(step.origin) : "",
      text: printable(stepText(step)),
      does: "does" in step ? printable(step.does) : "",
      ...shapeOf(step),
    })),
  ];
}

function shapeOf(step: Step): Pick<Line, "shape" | "names"> {
  const names: string[] = [];
  const shape = stepText(step, (name) => {
    names.push(name);
    return name.replace(/\d+/g, "#");
  });
  return { shape, names };
}

/** A longer step does not push the words of all others to the right. */
const textWidthMax = 80;

/** Returns the widths that fit lines. */
export function layoutOf(lines: readonly Line[]): Layout {
  const widest = (widths: readonly number[]): number =>
    widths.reduce((most, width) => Math.max(most, width), 0);
  const texts = lines.filter((line) => line.does !== "").map((line) => Bun.stringWidth(line.text));
  return {
    index: widest(lines.map((line) => String(line.index ?? "").length)),
    origin: widest(lines.map((line) => Bun.stringWidth(line.origin))),
    text: widest(texts.filter((width) => width <= textWidthMax)),
  };
}

/** Formats a line without its newline. */
export function formatLine(line: Line, layout: Layout): string {
  const columns = [
    String(line.index ?? "").padStart(layout.index),
    pad(line.origin, layout.origin),
    line.does === "" ? line.text : pad(line.text, layout.text),
    line.does === "" ? "" : `# ${line.does}`,
  ];
  return columns.join("  ").trimEnd();
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
}

/** Writes a name that the planner gave to something. */
type Naming = (name: string) => string;

function stepText(step: Step, name: Naming = (own) => own): string {
  if ("call" in step) return callText(step, name);
  if ("label" in step) return name(`${step.label}:`);
  if ("jump" in step) return `jump ${name(`${step.jump}:`).slice(0, -1)}${condition(step, name)}`;
  if ("set" in step) return `${name(`$${step.set}`)} = ${argText(step.to, name)}`;
  if ("fail" in step) return `fail ${step.fail}`;
  if ("tell" in step)
    return `tell ${step.tell}${step.value === undefined ? "" : ` ${argText(step.value, name)}`}`;
  return `exit ${step.exit}`;
}

function callText(step: SyscallStep, name: Naming): string {
  const args = step.args.map((arg, index) =>
    typeof arg === "number" && modes[step.call] === index ? octal(arg) : argText(arg, name),
  );
  const result = step.save === undefined ? "" : `${name(`$${step.save}`)} = `;
  const accepted = step.accept?.length ? `  ok ${step.accept.join(" ")}` : "";
  const branches = Object.entries(step.on ?? {}).map(
    ([errno, label]) => `  ${errno} -> ${name(`${label}:`).slice(0, -1)}`,
  );
  return `${result}${step.call}(${args.join(", ")})${accepted}${branches.join("")}`;
}

function condition({ when }: JumpStep, name: Naming): string {
  if (when === undefined) return "";
  const slot = name(`$${when.slot}`);
  return "is" in when ? ` if ${slot} == ${when.is}` : ` if ${slot} != ${when.isNot}`;
}

/** Which argument of a call is the mode of a file. */
const modes: Readonly<Partial<Record<SyscallName, number>>> = {
  fchmod: 1,
  fchmodat: 2,
  mkdirat: 2,
  mknodat: 2,
  openat: 3,
  umask: 0,
};

function argText(arg: Arg, name: Naming): string {
  if (typeof arg === "number" || typeof arg === "bigint") return numberText(arg);
  if ("constant" in arg) return arg.constant;
  if ("text" in arg) return JSON.stringify(arg.text);
  if ("bytes" in arg) return bytesText(arg.bytes);
  if ("texts" in arg) return `[${arg.texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  if ("struct" in arg) return `{${arg.struct.map((field) => fieldText(field, name)).join(", ")}}`;
  if ("slot" in arg) return name(`$${arg.slot}`);
  if ("addressOf" in arg) return `&${name(`$${arg.addressOf}`)}`;
  if ("load" in arg) return `${name(`&${arg.load}`).slice(1)}[${arg.offset}]`;
  if ("buffer" in arg) return `${name(`&${arg.buffer}`)}[${arg.size}]`;
  return name(`<${arg.descriptor}>`);
}

function fieldText(field: Field, name: Naming): string {
  if ("pad" in field) return `pad ${field.pad}`;
  if ("inline" in field) return bytesText(field.inline);
  if ("octal" in field) return `octal ${argText(field.octal, name)}`;
  if ("exits" in field) return `exit ${field.exits}`;
  return Object.entries(field)
    .map(([width, arg]) => `${width} ${argText(arg, name)}`)
    .join("");
}

/** Numbers from here on are addresses and masks rather than counts. */
const hexadecimalFrom = 0x1_0000;

function numberText(number: number | bigint): string {
  return number < hexadecimalFrom ? String(number) : `0x${number.toString(16)}`;
}

function octal(number: number): string {
  return number < 8 ? String(number) : `0${number.toString(8)}`;
}

const shownBytesMax = 32;

/** More than a few bytes are shown by their number and digest: a change is seen, and the JSON form has them all. */
function bytesText(bytes: Uint8Array): string {
  if (bytes.length <= shownBytesMax) return `x"${bytes.toHex()}"`;
  const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return `bytes(${bytes.length}, sha256 ${digest.slice(0, 16)})`;
}

/** Escapes what a terminal would obey or hide: controls, directional marks, line separators, lone surrogates. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function fieldsAsJson(step: Step): { [field: string]: JsonValue } {
  return Object.fromEntries(Object.entries(step).map(([name, value]) => [name, toJson(value)]));
}

type StepValue =
  | string
  | number
  | bigint
  | Uint8Array
  | undefined
  | readonly StepValue[]
  | { readonly [name: string]: StepValue };

function toJson(value: StepValue): JsonValue {
  if (value === undefined) return null;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value !== "object") return value;
  if (value instanceof Uint8Array) return value.toHex();
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
}
