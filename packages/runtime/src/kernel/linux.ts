/**
 * The real kernel, through bun:ffi.
 *
 * @module
 */

import { FFIType, linkSymbols, ptr } from "bun:ffi";
import { describeErrno, type ErrnoName, errnoName } from "../machine/errno.ts";
import { nativeArchitecture, type SyscallName, syscallNumber } from "../machine/syscalls.ts";
import { keepAlive } from "./keep-alive.ts";
import {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "./kernel.ts";
import { Launcher } from "./launcher.ts";
import { NativeCode } from "./native-code.ts";
import { syscallStub } from "./syscall-stub.ts";

const architecture = nativeArchitecture();

/** Returns the kernel that this process runs on. What it needs is made at the first call. */
export function linuxKernel(): Kernel {
  singleton ??= new LinuxKernel();
  return singleton;
}

let singleton: LinuxKernel | undefined;

type Operand = number | bigint;
type SyscallOperands = [Operand, Operand, Operand, Operand, Operand, Operand, Operand];

class LinuxKernel implements Kernel {
  readonly #syscall: (...args: SyscallOperands) => number | bigint;
  /** Texts are laid out here for the time of a call. */
  readonly #texts: Uint8Array = new Uint8Array(new ArrayBuffer(0x4000));
  readonly #textsAddress: number = ptr(this.#texts);
  readonly #encoder: TextEncoder = new TextEncoder();
  #launcher: Launcher | undefined;

  constructor() {
    const code = new NativeCode();
    code.write(syscallStub(architecture));
    const { i64_fast: long } = FFIType;
    const { symbols } = linkSymbols({
      syscall: {
        ptr: code.address,
        args: [long, long, long, long, long, long, long],
        returns: long,
      },
    });
    this.#syscall = symbols.syscall;
  }

  /**
   * `long syscall(long number, ...)` — syscall(2).
   * SAFETY: texts lie in `#texts` or, as typed arrays do, in memory that is kept alive until the call has returned; the
   * kernel keeps no pointer of any call in `machine/syscalls.ts` beyond it. Lengths are the caller's to get right, as in C.
   */
  call(name: SyscallName, ...args: readonly KernelArg[]): number {
    const longTexts: Uint8Array[] = [];
    let used = 0;
    const operand = (arg: KernelArg | undefined): Operand => {
      if (typeof arg === "number" || typeof arg === "bigint") return arg;
      if (arg === null || arg === undefined) return 0;
      if (typeof arg !== "string") return arg.byteLength === 0 ? 0 : ptr(arg);
      if (arg.includes("\0"))
        throw new SystemCallError(name, "EINVAL", `${name}: a text contains a NUL`);
      if (used + arg.length * 3 + 1 > this.#texts.length) {
        const long = this.#encoder.encode(`${arg}\0`);
        longTexts.push(long);
        return ptr(long);
      }
      const at = used;
      used += this.#encoder.encodeInto(arg, this.#texts.subarray(at)).written;
      this.#texts[used++] = 0;
      return this.#textsAddress + at;
    };
    const result = Number(
      this.#syscall(
        syscallNumber(name, architecture),
        operand(args[0]),
        operand(args[1]),
        operand(args[2]),
        operand(args[3]),
        operand(args[4]),
        operand(args[5]),
      ),
    );
    keepAlive(args);
    keepAlive(longTexts);
    if (result < 0 && result >= -4095) throw refused(name, errnoName(-result), args);
    return result;
  }

  launch(request: LaunchRequest): LaunchedProcess {
    this.#launcher ??= new Launcher(this);
    return this.#launcher.launch(request);
  }
}

/** Names what the call was given as text, paths mostly: `openat "/etc/x": permission denied (EACCES)`. */
function refused(name: SyscallName, errno: ErrnoName, args: readonly KernelArg[]): SystemCallError {
  const texts = args.filter((arg) => typeof arg === "string" && arg !== "");
  const call = [name, ...texts.map((text) => `"${text}"`)].join(" ");
  return new SystemCallError(name, errno, `${call}: ${describeErrno(errno)}`);
}
