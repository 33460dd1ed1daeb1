/**
 * Runs a seccomp filter on one call, as the kernel would: for tests, and to explain what a profile does.
 *
 * @module
 */

/** What a filter sees of a call: `struct seccomp_data`. */
export interface SeccompData {
  readonly nr: number;
  /** `AUDIT_ARCH_*`. */
  readonly arch: number;
  readonly args: readonly bigint[];
}

/** What a filter answered and how many instructions that took. */
export interface FilterResult {
  readonly returns: number;
  readonly steps: number;
}

/** Runs a program of `struct sock_filter` as {@linkcode compileSeccomp} makes them. */
export function runFilter(program: Uint8Array, { nr, arch, args }: SeccompData): FilterResult {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, nr >>> 0, true);
  data.setUint32(4, arch, true);
  for (let index = 0; index < 6; index++)
    data.setBigUint64(16 + 8 * index, args[index] ?? 0n, true);
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  let steps = 0;
  for (let at = 0; at < code.byteLength / 8; at++) {
    steps++;
    const operation = code.getUint16(at * 8, true);
    const k = code.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean): number => code.getUint8(at * 8 + (holds ? 2 : 3));
    switch (operation) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        at += jump(accumulator === k);
        break;
      case 0x25:
        at += jump(accumulator > k);
        break;
      case 0x35:
        at += jump(accumulator >= k);
        break;
      case 0x45:
        at += jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return { returns: k, steps };
      default:
        throw new RangeError(`Unknown instruction 0x${operation.toString(16)} at ${at}`);
    }
  }
  throw new RangeError("The filter ends without an answer");
}
