/**
 * Looks for mistakes of the planner in a program: a label that stands twice, a jump that does not go forward, a slot
 * that is read where nothing has been put, or where what was put has been closed or was a failure.
 *
 * Programs go forward only, so that one pass over the steps knows what holds before each of them.
 *
 * @module
 */

import type { Arg, Field, JumpStep, Program, Step, SyscallStep } from "../src/program/step.ts";

/** Slots, buffers and open descriptors that a step may rely on, whatever way led to it. */
type Known = ReadonlySet<string>;

/** Says what is wrong with a program, a sentence for each mistake. */
export function mistakesIn(program: Program): string[] {
  return new Check(program).run();
}

class Check {
  readonly #program: Program;
  readonly #places: Map<string, number> = new Map();
  readonly #arriving: Map<string, Known[]> = new Map();
  readonly #mistakes: string[] = [];
  /** Slots that any step puts something in. */
  readonly #kept: Set<string> = new Set();
  /** What holds at this step; nothing when no way leads here. */
  #known: Known | undefined = new Set();
  #at = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  run(): string[] {
    const { steps, descriptors } = this.#program;
    if (descriptors[0] !== "report") this.#say("the first descriptor is not the report");
    if (new Set(descriptors).size < descriptors.length) this.#say("a descriptor stands twice");
    for (const [index, step] of steps.entries()) this.#place(step, index);
    for (const [index, step] of steps.entries()) {
      this.#at = index;
      this.#step(step);
    }
    return this.#mistakes;
  }

  #place(step: Step, index: number): void {
    for (const slot of keptBy(step)) this.#kept.add(slot);
    if (!("label" in step)) return;
    this.#at = index;
    if (this.#places.has(step.label)) this.#say(`the label "${step.label}" stands twice`);
    this.#places.set(step.label, index);
  }

  #step(step: Step): void {
    if ("label" in step) {
      this.#arrive(step.label);
      return;
    }
    if (this.#known === undefined) {
      this.#say("no way leads here");
      this.#known = new Set();
    }
    if ("call" in step) this.#call(step);
    else if ("jump" in step) this.#jump(step);
    else if ("set" in step) this.#set(step.set, step.to);
    else if ("tell" in step) this.#read(step.value ?? 0);
    else this.#known = undefined;
  }

  /** What all ways to a label know. */
  #arrive(label: string): void {
    const ways = this.#arriving.get(label) ?? [];
    if (ways.length === 0) this.#say(`nothing goes to "${label}"`);
    const all = this.#known === undefined ? ways : [...ways, this.#known];
    const [first = new Set<string>(), ...others] = all;
    this.#known = new Set([...first].filter((name) => others.every((way) => way.has(name))));
  }

  #goTo(label: string, known: Known): void {
    const place = this.#places.get(label);
    if (place === undefined) this.#say(`there is no label "${label}"`);
    else if (place <= this.#at) this.#say(`a jump goes back to "${label}"`);
    const ways = this.#arriving.get(label) ?? [];
    this.#arriving.set(label, [...ways, known]);
  }

  #jump({ jump, when }: JumpStep): void {
    const known = this.#known ?? new Set();
    if (when === undefined) {
      this.#goTo(jump, known);
      this.#known = undefined;
      return;
    }
    // A slot is 0 before: one that is set on some ways only is a flag.
    if (!this.#kept.has(when.slot))
      this.#say(`"${when.slot}" is compared, but nothing is kept there`);
    this.#goTo(jump, known);
  }

  #set(slot: string, to: Arg): void {
    this.#read(to);
    this.#known = new Set([...(this.#known ?? []), slot]);
  }

  #call(step: SyscallStep): void {
    if (step.args.length > 6) this.#say(`${step.call} has more than six arguments`);
    for (const arg of step.args) this.#read(arg);
    const before = new Set(this.#known);
    if (step.save !== undefined) {
      before.delete(step.save);
      before.delete(`maybe ${step.save}`);
    }
    for (const [errno, label] of Object.entries(step.on ?? {})) {
      if (label === undefined) this.#say(`${errno} leads nowhere`);
      else this.#goTo(label, before);
    }
    const after = new Set([...before, ...step.args.flatMap(written)]);
    // What a call returns that may fail can be looked at, but is no descriptor.
    if (step.save !== undefined) {
      after.add(step.accept === undefined ? step.save : `maybe ${step.save}`);
    }
    const [closed] = step.args;
    if (step.call === "close" && typeof closed === "object" && "slot" in closed) {
      after.delete(closed.slot);
    }
    // Without a flag close_range(2) closes whatever was opened on the way.
    this.#known =
      step.call === "close_range" && step.args[2] === 0 ? new Set(notOpen(after)) : after;
  }

  #read(arg: Arg): void {
    if (typeof arg !== "object") return;
    if ("struct" in arg) for (const field of arg.struct) this.#readField(field);
    else if ("slot" in arg) this.#require(arg.slot, `the slot "${arg.slot}"`);
    else if ("load" in arg) this.#require(`buffer ${arg.load}`, `the buffer "${arg.load}"`);
    else if ("descriptor" in arg && !this.#program.descriptors.includes(arg.descriptor)) {
      this.#say(`there is no descriptor "${arg.descriptor}"`);
    }
  }

  #readField(field: Field): void {
    if ("inline" in field || "pad" in field) return;
    for (const value of Object.values(field)) this.#read(value);
  }

  #require(name: string, what: string): void {
    if (this.#known?.has(name) !== true) this.#say(`${what} is read, but may be empty`);
  }

  #say(mistake: string): void {
    const step = this.#program.steps[this.#at];
    const does = step !== undefined && "does" in step ? ` (${step.does})` : "";
    this.#mistakes.push(`${this.#at}${does}: ${mistake}`);
  }
}

function keptBy(step: Step): string[] {
  if ("set" in step) return [step.set];
  if (!("call" in step)) return [];
  return [...(step.save === undefined ? [] : [step.save]), ...step.args.flatMap(written)];
}

/** Slots that hold something else than a descriptor, and buffers. */
function notOpen(known: Known): string[] {
  return [...known].filter((name) => /^(buffer |maybe |executable$)/.test(name));
}

/** What a call fills in. */
function written(arg: Arg): string[] {
  if (typeof arg !== "object") return [];
  if ("addressOf" in arg) return [arg.addressOf];
  if ("buffer" in arg) return [`buffer ${arg.buffer}`];
  return [];
}
