/**
 * Classic BPF, as far as seccomp filters use it (linux/filter.h, linux/bpf_common.h).
 *
 * A program is built from its end to its start: every jump goes forward, so when an instruction is written, the distance
 * to its targets is known.
 *
 * @module
 */

const BPF_LD_W_ABS = 0x20;
const BPF_ALU_AND_K = 0x54;
const BPF_JA = 0x05;
const BPF_JEQ_K = 0x15;
const BPF_JGT_K = 0x25;
const BPF_JGE_K = 0x35;
const BPF_RET_K = 0x06;

/** The kernel's limit on a program (`BPF_MAXINSNS`). */
export const instructionsMax = 4096;

/** A comparison of the accumulator with a constant. */
export type Comparison = "equal" | "greater" | "greaterOrEqual";

const comparisons: Readonly<Record<Comparison, number>> = {
  equal: BPF_JEQ_K,
  greater: BPF_JGT_K,
  greaterOrEqual: BPF_JGE_K,
};

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** A place in the program under construction: how many instructions follow it. */
export type Place = number;

/** Builds a program backwards. Each method puts one thing in front of all that is there and returns its place. */
export class BpfBuilder {
  /** Last instruction first. */
  readonly #instructions: Instruction[] = [];
  readonly #returns = new Map<number, Place>();

  /** How many instructions there are. */
  get length(): number {
    return this.#instructions.length;
  }

  /** Ends the filter with a value; the same value is written once while it is in reach of a short jump. */
  answer(value: number): Place {
    const known = this.#returns.get(value);
    if (known !== undefined && this.#instructions.length - known < 200) return known;
    const place = this.#put({ code: BPF_RET_K, jt: 0, jf: 0, k: value });
    this.#returns.set(value, place);
    return place;
  }

  /** Goes on at a place: a jump when it is not what follows anyway. */
  goTo(place: Place): Place {
    const distance = this.#distance(place);
    return distance === 0 ? place : this.#put({ code: BPF_JA, jt: 0, jf: 0, k: distance });
  }

  /** Loads 32 bits of `struct seccomp_data` at an offset, then goes on at `next`. */
  load(offset: number, next: Place): Place {
    this.goTo(next);
    return this.#put({ code: BPF_LD_W_ABS, jt: 0, jf: 0, k: offset });
  }

  /** Masks the accumulator, then goes on at `next`. */
  and(mask: number, next: Place): Place {
    this.goTo(next);
    return this.#put({ code: BPF_ALU_AND_K, jt: 0, jf: 0, k: mask });
  }

  /** Compares the accumulator and goes on at one of two places. */
  compare(comparison: Comparison, value: number, yes: Place, no: Place): Place {
    // A conditional jump reaches 255 instructions; a plain one in between reaches any.
    const near = this.#reach(yes);
    const other = this.#reach(no);
    return this.#put({
      code: comparisons[comparison],
      jt: this.#distance(near),
      jf: this.#distance(other),
      k: value,
    });
  }

  /** Returns the program as an array of `struct sock_filter`, little-endian. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#instructions.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [index, { code, jt, jf, k }] of this.#instructions.toReversed().entries()) {
      view.setUint16(index * 8, code, true);
      view.setUint8(index * 8 + 2, jt);
      view.setUint8(index * 8 + 3, jf);
      view.setUint32(index * 8 + 4, k >>> 0, true);
    }
    return bytes;
  }

  #put(instruction: Instruction): Place {
    this.#instructions.push(instruction);
    return this.#instructions.length;
  }

  /** How many instructions the next one written would have to jump over to get to a place. */
  #distance(place: Place): number {
    return this.#instructions.length - place;
  }

  /** A place for the same thing that a conditional jump reaches, even with one more plain jump in between. */
  #reach(place: Place): Place {
    return this.#distance(place) <= 253
      ? place
      : this.#put({ code: BPF_JA, jt: 0, jf: 0, k: this.#distance(place) });
  }
}
