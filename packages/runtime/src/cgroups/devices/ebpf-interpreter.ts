import { opcodes } from "./ebpf.ts";

/** What a device program is asked about: `struct bpf_cgroup_dev_ctx`. */
export interface DeviceAccess {
  /** `BPF_DEVCG_DEV_BLOCK` (1) or `BPF_DEVCG_DEV_CHAR` (2). */
  readonly type: number;
  /** `BPF_DEVCG_ACC_*`. */
  readonly access: number;
  readonly major: number;
  readonly minor: number;
}

/** Runs a device program as the kernel would, for tests; returns whether it allows the access. */
export function runDeviceProgram(program: Uint8Array, asked: DeviceAccess): boolean {
  const context = [asked.type + asked.access * 0x1_0000, asked.major, asked.minor];
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const registers = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < code.byteLength / 8; at++) {
    const destination = code.getUint8(at * 8 + 1) & 0xf;
    const source = code.getUint8(at * 8 + 1) >> 4;
    const offset = code.getInt16(at * 8 + 2, true);
    const immediate = code.getUint32(at * 8 + 4, true);
    const current = registers[destination] ?? 0;
    switch (code.getUint8(at * 8)) {
      case opcodes.LDX_MEM_W:
        registers[destination] = context[offset / 4] ?? Number.NaN;
        break;
      case opcodes.ALU32_MOV_X:
        registers[destination] = registers[source] ?? 0;
        break;
      case opcodes.ALU32_AND_K:
        registers[destination] = (current & immediate) >>> 0;
        break;
      case opcodes.ALU32_RSH_K:
        registers[destination] = current >>> immediate;
        break;
      case opcodes.ALU64_MOV_K:
        registers[destination] = immediate;
        break;
      case opcodes.JMP32_JNE_K:
        if (current !== immediate) at += offset;
        break;
      case opcodes.JMP32_JSET_K:
        if ((current & immediate) !== 0) at += offset;
        break;
      case opcodes.JMP_JA:
        at += offset;
        break;
      case opcodes.EXIT:
        return registers[0] !== 0;
      default:
        throw new RangeError(`Unknown instruction at ${at}`);
    }
  }
  throw new RangeError("The program ends without an answer");
}
