/**
 * Turns a program into a static executable.
 *
 * @module
 */

import { arm64 } from "../machine/arm64.ts";
import { CodeBuffer } from "../machine/code-buffer.ts";
import { constantOn } from "../machine/constants.ts";
import { buildElf, codeAddress } from "../machine/elf.ts";
import type { Branch, Encoder, Width } from "../machine/encoder.ts";
import { type ErrnoName, errnoNumber } from "../machine/errno.ts";
import { type Architecture, nativeArchitecture, syscallNumber } from "../machine/syscalls.ts";
import { x8664 } from "../machine/x86-64.ts";
import { DataSection } from "./data-section.ts";
import { messageSize, noteTag } from "./report.ts";
import {
  type Arg,
  descriptorNumber,
  type Field,
  type Program,
  type Step,
  type SyscallStep,
  type TellStep,
} from "./step.ts";

const encoders: Readonly<Record<Architecture, Encoder>> = { "x86-64": x8664, arm64 };

/** Exit status of a program that reported a failure. */
const failureStatus = 1;

/**
 * Assembles a program to a static ELF executable of a few kilobytes.
 *
 * @throws {RangeError} when the program is not well-formed: a jump goes backwards or nowhere, a label or descriptor is
 * missing, a call has more than six arguments. These are mistakes of the planner, not of a configuration.
 */
export function assemble(
  program: Program,
  architecture: Architecture = nativeArchitecture(),
): Uint8Array {
  return new Assembly(program, architecture).run();
}

class Assembly {
  readonly #program: Program;
  readonly #architecture: Architecture;
  readonly #encoder: Encoder;
  readonly #code: CodeBuffer = new CodeBuffer();
  readonly #data: DataSection = new DataSection();
  readonly #pending: Map<string, Branch[]> = new Map();
  readonly #failures: Branch[] = [];
  /** Where in the data the address of code is wanted that ends the process, by its status. */
  readonly #exits: Map<number, number[]> = new Map();
  readonly #labels: Set<string> = new Set();
  readonly #report: number;
  readonly #message: number;

  constructor(program: Program, architecture: Architecture) {
    this.#program = program;
    this.#architecture = architecture;
    this.#encoder = encoders[architecture];
    this.#report = descriptorNumber(program, "report");
    this.#message = this.#data.reserve(messageSize);
  }

  run(): Uint8Array {
    let index = 0;
    for (const step of this.#program.steps) this.#step(step, index++);
    const [label] = this.#pending.keys();
    if (label !== undefined)
      throw new RangeError(`A jump goes to "${label}", which does not follow it`);
    // A program that runs past its last step has done what it was for.
    this.#call("exit_group", [0]);
    this.#failure();
    this.#exitCode();
    return buildElf(this.#architecture, this.#code, this.#data, this.#data.zeroedLength);
  }

  #step(step: Step, index: number): void {
    if ("call" in step) this.#syscall(step, index);
    else if ("label" in step) this.#label(step.label);
    else if ("jump" in step) this.#jump(step.jump, step.when);
    else if ("set" in step) {
      this.#loadResult(step.to);
      this.#encoder.storeResult(this.#code, 64, this.#data.slot(step.set));
    } else if ("fail" in step) {
      this.#encoder.setIndex(this.#code, index);
      this.#encoder.setResult(this.#code, -errnoNumber(step.fail));
      this.#failures.push(this.#encoder.branch(this.#code));
    } else if ("tell" in step) this.#tell(step);
    else this.#call("exit_group", [step.exit]);
  }

  #syscall(step: SyscallStep, index: number): void {
    const encoder = this.#encoder;
    const code = this.#code;
    this.#call(step.call, step.args);
    if (step.save !== undefined) encoder.storeResult(code, 64, this.#data.slot(step.save));
    if (step.on !== undefined) {
      for (const errno of Object.keys(step.on) as ErrnoName[]) {
        const label = step.on[errno] ?? "";
        this.#goTo(label, encoder.branchIfResultIs(code, -errnoNumber(errno)));
      }
    }
    const accepted = step.accept?.map((errno) =>
      encoder.branchIfResultIs(code, -errnoNumber(errno)),
    );
    encoder.setIndex(code, index);
    this.#failures.push(encoder.branchIfResultFailed(code));
    if (accepted !== undefined) for (const branch of accepted) encoder.patch(code, branch);
  }

  #call(name: SyscallStep["call"], args: readonly Arg[]): void {
    const encoder = this.#encoder;
    const code = this.#code;
    // Structs first: filling them uses the result register, which is an argument register on arm64.
    let structs: number[] | undefined;
    const count = args.length;
    for (let register = 0; register < count; register++) {
      const arg = args[register];
      if (typeof arg === "object" && "struct" in arg) {
        structs ??= [];
        structs[register] = this.#struct(arg.struct);
      }
    }
    for (let register = 0; register < count; register++) {
      const operand = this.#operand(structs?.[register] ?? args[register] ?? 0);
      if (typeof operand !== "object") encoder.loadConstant(code, register, operand);
      else encoder.loadMemory(code, register, operand.memory);
    }
    encoder.syscall(code, syscallNumber(name, this.#architecture));
  }

  #operand(arg: Arg): Operand {
    if (typeof arg !== "object") return arg;
    if ("slot" in arg) return { memory: this.#data.slot(arg.slot) };
    if ("load" in arg) return { memory: this.#data.buffer(arg.load, arg.size) + arg.offset };
    return this.#constant(arg);
  }

  #constant(arg: Exclude<Arg, number | bigint | { slot: string } | { load: string }>): number {
    if ("constant" in arg) return constantOn(arg, this.#architecture);
    if ("text" in arg) return this.#data.text(arg.text);
    if ("struct" in arg) return this.#struct(arg.struct);
    if ("bytes" in arg) return this.#data.bytes(arg.bytes);
    if ("texts" in arg) return this.#data.texts(arg.texts);
    if ("addressOf" in arg) return this.#data.slot(arg.addressOf);
    if ("buffer" in arg) return this.#data.buffer(arg.buffer, arg.size);
    return descriptorNumber(this.#program, arg.descriptor);
  }

  #struct(fields: readonly Field[]): number {
    let size = 0;
    for (const field of fields) size += sizeOf(field);
    const address = this.#data.reserve(size);
    let at = address;
    for (const field of fields) {
      this.#field(field, at);
      at += sizeOf(field);
    }
    return address;
  }

  #field(field: Field, at: number): void {
    if ("u64" in field) this.#number(at, 64, field.u64);
    else if ("u32" in field) this.#number(at, 32, field.u32);
    else if ("u16" in field) this.#number(at, 16, field.u16);
    else if ("u8" in field) this.#number(at, 8, field.u8);
    else if ("inline" in field) this.#data.write(at, field.inline);
    else if ("octal" in field) this.#octal(at, field.digits, field.octal);
    else if ("exits" in field) {
      this.#exits.set(field.exits, [...(this.#exits.get(field.exits) ?? []), at]);
    }
  }

  #number(at: number, width: Width, arg: Arg): void {
    const operand = this.#operand(arg);
    if (typeof operand !== "object") this.#data.writeNumber(at, width, operand);
    else {
      this.#encoder.loadResult(this.#code, operand.memory);
      this.#encoder.storeResult(this.#code, width, at);
    }
  }

  #octal(at: number, digits: number, arg: Arg): void {
    for (let place = 0; place < digits; place++) {
      this.#loadResult(arg);
      this.#encoder.octalDigitOfResult(this.#code, place);
      this.#encoder.storeResult(this.#code, 8, at + digits - 1 - place);
    }
  }

  #loadResult(arg: Arg): void {
    const operand = this.#operand(arg);
    if (typeof operand === "object") this.#encoder.loadResult(this.#code, operand.memory);
    else this.#encoder.setResult(this.#code, operand);
  }

  #label(label: string): void {
    if (this.#labels.has(label)) throw new RangeError(`The label "${label}" stands twice`);
    this.#labels.add(label);
    const branches = this.#pending.get(label);
    if (branches === undefined) return;
    for (const branch of branches) this.#encoder.patch(this.#code, branch);
    this.#pending.delete(label);
  }

  #jump(
    label: string,
    when: { readonly slot: string; readonly is?: number; readonly isNot?: number } | undefined,
  ): void {
    if (when === undefined) {
      this.#goTo(label, this.#encoder.branch(this.#code));
      return;
    }
    this.#encoder.loadResult(this.#code, this.#data.slot(when.slot));
    const { is, isNot } = when;
    if (is !== undefined) this.#goTo(label, this.#encoder.branchIfResultIs(this.#code, is));
    else this.#goTo(label, this.#encoder.branchIfResultIsNot(this.#code, isNot ?? 0));
  }

  #goTo(label: string, branch: Branch): void {
    if (this.#labels.has(label)) throw new RangeError(`A jump goes back to "${label}"`);
    const pending = this.#pending.get(label);
    if (pending === undefined) this.#pending.set(label, [branch]);
    else pending.push(branch);
  }

  #tell(step: TellStep): void {
    this.#loadResult(step.value ?? 0);
    this.#encoder.storeResult(this.#code, 32, this.#message + 4);
    this.#encoder.setResult(this.#code, noteTag(step.tell));
    this.#encoder.storeResult(this.#code, 32, this.#message);
    this.#call("write", [this.#report, this.#message, messageSize]);
  }

  /** Where every failure goes: the errno is in the result register, the step's number in the index register. */
  #failure(): void {
    for (const branch of this.#failures) this.#encoder.patch(this.#code, branch);
    this.#encoder.negateResult(this.#code);
    this.#encoder.storeResult(this.#code, 32, this.#message + 4);
    this.#encoder.indexToResult(this.#code);
    this.#encoder.storeResult(this.#code, 32, this.#message);
    this.#call("write", [this.#report, this.#message, messageSize]);
    this.#call("exit_group", [failureStatus]);
  }

  /** Code that nothing in the program leads to; its address is known when all data is there. */
  #exitCode(): void {
    const start = codeAddress(this.#architecture, this.#data.length);
    for (const [status, places] of this.#exits) {
      const address = start + this.#code.length;
      for (const place of places) this.#data.writeNumber(place, 64, address);
      this.#call("exit_group", [status]);
    }
  }
}

/** A number, or where 64 bits lie that hold it when the program runs. */
type Operand = number | bigint | { readonly memory: number };

/** Bytes that a field takes. */
function sizeOf(field: Field): number {
  if ("u64" in field || "exits" in field) return 8;
  if ("u32" in field) return 4;
  if ("u16" in field) return 2;
  if ("u8" in field) return 1;
  if ("octal" in field) return field.digits;
  return "pad" in field ? field.pad : field.inline.length;
}
