/**
 * From device rules to a program of eBPF that the kernel asks at every open(2) and mknod(2) of a device.
 *
 * @module
 */

import { EbpfAssembler, Label } from "./ebpf.ts";
import { access, type DeviceRule } from "./rule.ts";

const contextRegister = 1;
const typeRegister = 2;
/** The bits of the access that no rule has decided yet. */
const accessRegister = 3;
const majorRegister = 4;
const minorRegister = 5;

const BPF_DEVCG_DEV_BLOCK = 1;
const BPF_DEVCG_DEV_CHAR = 2;

/**
 * Compiles rules: for each of read, write and mknod, the last rule that matches decides; none allows nothing. An access
 * is allowed when every part of it is.
 *
 * @returns an array of `struct bpf_insn`
 */
export function compileDeviceProgram(rules: readonly DeviceRule[]): Uint8Array {
  const assembler = new EbpfAssembler();
  // struct bpf_cgroup_dev_ctx: u32 access in the upper and type in the lower half, u32 major, u32 minor
  assembler.load(typeRegister, contextRegister, 0);
  assembler.copy(accessRegister, typeRegister);
  assembler.and(typeRegister, 0xffff);
  assembler.shiftRight(accessRegister, 16);
  assembler.load(majorRegister, contextRegister, 4);
  assembler.load(minorRegister, contextRegister, 8);
  for (const rule of rules.toReversed()) {
    if (rule.type === "a") {
      // It is about every device and every access: what comes before it in the list never matters.
      assembler.answer(rule.allow ? 1 : 0);
      return assembler.toBytes();
    }
    compileRule(assembler, rule);
  }
  assembler.answer(0);
  return assembler.toBytes();
}

function compileRule(assembler: EbpfAssembler, rule: DeviceRule): void {
  const next = new Label();
  const type = rule.type === "b" ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  assembler.jumpIfNot(typeRegister, type, next);
  if (rule.major !== -1) assembler.jumpIfNot(majorRegister, rule.major, next);
  if (rule.minor !== -1) assembler.jumpIfNot(minorRegister, rule.minor, next);
  if (rule.access !== access.all) {
    if (rule.allow) {
      assembler.and(accessRegister, access.all & ~rule.access);
      assembler.jumpIfNot(accessRegister, 0, next);
    } else assembler.jumpIfNone(accessRegister, rule.access, next);
  }
  assembler.answer(rule.allow ? 1 : 0);
  assembler.place(next);
}
