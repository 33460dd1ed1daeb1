/**
 * The few instructions of eBPF that a device program needs.
 *
 * @see Documentation/bpf/standardization/instruction-set.rst of Linux
 * @module
 */

/** A register; r0 is the answer, r1 the context. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5;

/** Numbers of the instructions, under the kernel's names; K is a number in the instruction, X a register. */
export const opcodes = {
  LDX_MEM_W: 0x61,
  ALU32_AND_K: 0x54,
  ALU32_RSH_K: 0x74,
  ALU32_MOV_X: 0xbc,
  ALU64_MOV_K: 0xb7,
  JMP32_JNE_K: 0x56,
  JMP32_JSET_K: 0x46,
  JMP_JA: 0x05,
  EXIT: 0x95,
} as const;

interface Instruction {
  readonly opcode: number;
  readonly destination: Register;
  readonly source?: Register;
  offset?: number;
  readonly immediate?: number;
}

/** A place further down that jumps go to. */
export class Label {
  /** Instructions that jump here. */
  readonly jumps: number[] = [];
}

/** Writes a program from its start to its end; jumps go forward only. */
export class EbpfAssembler {
  readonly #instructions: Instruction[] = [];

  /** destination = 32 bits of memory at source + offset. */
  load(destination: Register, source: Register, offset: number): void {
    this.#instructions.push({ opcode: opcodes.LDX_MEM_W, destination, source, offset });
  }

  /** destination = source, 32 bits. */
  copy(destination: Register, source: Register): void {
    this.#instructions.push({ opcode: opcodes.ALU32_MOV_X, destination, source });
  }

  /** destination &= mask, 32 bits. */
  and(destination: Register, mask: number): void {
    this.#instructions.push({ opcode: opcodes.ALU32_AND_K, destination, immediate: mask });
  }

  /** destination >>= bits, 32 bits, without sign. */
  shiftRight(destination: Register, bits: number): void {
    this.#instructions.push({ opcode: opcodes.ALU32_RSH_K, destination, immediate: bits });
  }

  /** Goes to a label when the register is not this number, 32 bits. */
  jumpIfNot(destination: Register, immediate: number, label: Label): void {
    this.#jump({ opcode: opcodes.JMP32_JNE_K, destination, immediate }, label);
  }

  /** Goes to a label when the register has none of these bits. */
  jumpIfNone(destination: Register, bits: number, label: Label): void {
    // The instruction jumps when it has any: over a jump to the label.
    this.#instructions.push({
      opcode: opcodes.JMP32_JSET_K,
      destination,
      immediate: bits,
      offset: 1,
    });
    this.#jump({ opcode: opcodes.JMP_JA, destination: 0 }, label);
  }

  /** Ends the program with an answer. */
  answer(value: number): void {
    this.#instructions.push({ opcode: opcodes.ALU64_MOV_K, destination: 0, immediate: value });
    this.#instructions.push({ opcode: opcodes.EXIT, destination: 0 });
  }

  /** Puts a label here. */
  place(label: Label): void {
    const here = this.#instructions.length;
    for (const at of label.jumps) {
      const jump = this.#instructions[at];
      if (jump !== undefined) jump.offset = here - at - 1;
    }
  }

  #jump(instruction: Instruction, label: Label): void {
    label.jumps.push(this.#instructions.length);
    this.#instructions.push(instruction);
  }

  /** Returns the program as an array of `struct bpf_insn`, little-endian. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#instructions.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [index, instruction] of this.#instructions.entries()) {
      const { opcode, destination, source = 0, offset = 0, immediate = 0 } = instruction;
      view.setUint8(index * 8, opcode);
      view.setUint8(index * 8 + 1, destination | (source << 4));
      view.setInt16(index * 8 + 2, offset, true);
      view.setUint32(index * 8 + 4, immediate >>> 0, true);
    }
    return bytes;
  }
}
