import { constantOn } from "../src/machine/constants.ts";
import { type ErrnoName, errnoNumber } from "../src/machine/errno.ts";
import type { Architecture, SyscallName } from "../src/machine/syscalls.ts";
import type { Message } from "../src/program/report.ts";
import type { Arg, JumpStep, Step, SyscallStep } from "../src/program/step.ts";

/** What a program reports, and how it ends. */
export interface Meaning {
  readonly messages: readonly Message[];
  readonly status: number;
}

/** A call's result, or the errno that it always fails with. */
export type Result = bigint | ErrnoName;

/** Says what a program does, straight from the meaning of its steps and the results of its calls. */
export function interpret(
  steps: readonly Step[],
  architecture: Architecture,
  resultOf: (call: SyscallName) => Result,
): Meaning {
  return new Interpreter(steps, architecture, resultOf).run();
}

class Interpreter {
  readonly #steps: readonly Step[];
  readonly #architecture: Architecture;
  readonly #resultOf: (call: SyscallName) => Result;
  readonly #slots: Map<string, bigint> = new Map();
  readonly #messages: Message[] = [];
  #status: number | undefined;

  constructor(
    steps: readonly Step[],
    architecture: Architecture,
    resultOf: (call: SyscallName) => Result,
  ) {
    this.#steps = steps;
    this.#architecture = architecture;
    this.#resultOf = resultOf;
  }

  run(): Meaning {
    for (let at = 0; at < this.#steps.length && this.#status === undefined; at++) {
      const step = this.#steps[at];
      const label = step === undefined ? undefined : this.#step(step, at);
      if (label !== undefined) {
        at = this.#steps.findIndex((other) => "label" in other && other.label === label);
      }
    }
    return { messages: this.#messages, status: this.#status ?? 0 };
  }

  /** Does a step; returns the label at which the program goes on, if not at the next step. */
  #step(step: Step, at: number): string | undefined {
    if ("call" in step) return this.#call(step, at);
    if ("jump" in step) return this.#goes(step) ? step.jump : undefined;
    if ("exit" in step) this.#status = step.exit;
    else if ("fail" in step) this.#fail(at, step.fail);
    else if ("set" in step) this.#slots.set(step.set, this.#read(step.to));
    else if ("tell" in step) {
      const value = Number(BigInt.asUintN(32, this.#read(step.value ?? 0)));
      this.#messages.push({ note: step.tell, value });
    }
    return undefined;
  }

  #call(step: SyscallStep, at: number): string | undefined {
    const result = this.#resultOf(step.call);
    const failed = typeof result === "string";
    if (step.save !== undefined) {
      this.#slots.set(step.save, failed ? BigInt(-errnoNumber(result)) : result);
    }
    if (!failed) return undefined;
    const label = step.on?.[result];
    if (label === undefined && !step.accept?.includes(result)) this.#fail(at, result);
    return label;
  }

  #goes({ when }: JumpStep): boolean {
    if (when === undefined) return true;
    const value = this.#read({ slot: when.slot });
    return "is" in when ? value === BigInt(when.is) : value !== BigInt(when.isNot);
  }

  #fail(at: number, errno: ErrnoName): void {
    this.#messages.push({ failed: at, errno });
    this.#status = 1;
  }

  #read(from: Arg): bigint {
    if (typeof from !== "object") return BigInt.asIntN(64, BigInt(from));
    if ("slot" in from) return this.#slots.get(from.slot) ?? 0n;
    if ("constant" in from) return BigInt(constantOn(from, this.#architecture));
    throw new Error("Addresses and descriptors have no meaning here");
  }
}
