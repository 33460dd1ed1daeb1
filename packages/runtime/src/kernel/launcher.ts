/**
 * Starts processes: the memory, the descriptors and the pipe around the instructions of `trampoline.ts`.
 *
 * @module
 */

import { FFIType, linkSymbols } from "bun:ffi";
import { value } from "../machine/constants.ts";
import { errnoName } from "../machine/errno.ts";
import { nativeArchitecture } from "../machine/syscalls.ts";
import { openExecutable } from "./executable-image.ts";
import { FileDescriptor } from "./fd.ts";
import {
  type Kernel,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "./kernel.ts";
import { mapSharedLow, NativeCode, type SharedMemory } from "./native-code.ts";
import { isErrno } from "./system-call-error.ts";
import {
  board,
  type ChildStep,
  childSteps,
  cloneArgsSize,
  type TrampolineRequest,
  trampoline,
} from "./trampoline.ts";

const CLONE_CLEAR_SIGHAND = 0x1_0000_0000n;
const architecture = nativeArchitecture();
const allSignals = new Uint8Array(8).fill(0xff);

/** Starts processes, one at a time: what the kernel and the child read lies in one piece of shared memory. */
export class Launcher {
  readonly #kernel: Kernel;
  readonly #memory: SharedMemory = mapSharedLow();
  readonly #code: NativeCode = new NativeCode();
  readonly #trampoline: () => number | bigint;

  /** @param kernel makes the system calls around the launch */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const { symbols } = linkSymbols({
      trampoline: { ptr: this.#code.address, args: [], returns: FFIType.i64_fast },
    });
    this.#trampoline = symbols.trampoline;
  }

  /** See {@linkcode Kernel.launch}. */
  launch(request: LaunchRequest): LaunchedProcess {
    using stack = new DisposableStack();
    const kernel = this.#kernel;
    const count = request.descriptors.length;
    // Sources move out of the way of the places that they and others go to.
    const clear = (source: number, target?: number): number => {
      if (source >= count || source === target || source < 0) return source;
      const copy = kernel.call("fcntl", source, value("F_DUPFD_CLOEXEC"), count);
      return stack.use(new FileDescriptor(kernel, copy)).number;
    };
    const image = stack.use(
      new FileDescriptor(kernel, openExecutable(kernel, request.image, request.name)),
    );
    const descriptors = request.descriptors.map(clear);
    const sources = { descriptors, image: clear(image.number) };
    return request.writeIdMappings === undefined
      ? this.#launchAtOnce(request, sources)
      : this.#launchMapped(request, sources, request.writeIdMappings);
  }

  #launchAtOnce(request: LaunchRequest, sources: TrampolineRequest): LaunchedProcess {
    const steps = childSteps(sources, this.#memory.address);
    const launched = this.#clone(request, steps, value("CLONE_VM", "CLONE_VFORK"));
    this.#throwIfFailed(steps, launched);
    return launched;
  }

  #launchMapped(
    request: LaunchRequest,
    sources: TrampolineRequest,
    writeIdMappings: (pid: number) => void,
  ): LaunchedProcess {
    const [readEnd, writeEnd] = this.#pipeAbove(request.descriptors.length);
    using ours = writeEnd;
    let steps: ChildStep[];
    let launched: LaunchedProcess;
    {
      using theirs = readEnd;
      const handshake = { readEnd: theirs.number, writeEnd: ours.number };
      steps = childSteps({ ...sources, handshake }, this.#memory.address);
      launched = this.#clone(request, steps, 0);
    }
    try {
      writeIdMappings(launched.pid);
      this.#letGo(ours.number);
    } catch (error) {
      this.#abandon(launched);
      throw error;
    }
    this.#throwIfFailed(steps, launched);
    return launched;
  }

  /** Lets the child go on, and waits until it has executed its image or died: nobody holds the read end any more then. */
  #letGo(writeEnd: number): void {
    this.#kernel.call("write", writeEnd, new Uint8Array(1), 1);
    const poll = new Int32Array([writeEnd, 0]);
    for (;;) {
      try {
        this.#kernel.call("ppoll", poll, 1, null, null, 0);
        return;
      } catch (error) {
        if (!isErrno(error, "EINTR")) throw error;
      }
    }
  }

  /** Makes a pipe whose ends are no descriptors below `count`, and leaves no copy of an end there. */
  #pipeAbove(count: number): readonly [FileDescriptor, FileDescriptor] {
    const kernel = this.#kernel;
    const ends = new Int32Array(2);
    kernel.call("pipe2", ends, value("O_CLOEXEC"));
    using stack = new DisposableStack();
    const read = stack.use(new FileDescriptor(kernel, ends[0] ?? -1));
    const write = stack.use(new FileDescriptor(kernel, ends[1] ?? -1));
    const above = (end: FileDescriptor): FileDescriptor =>
      end.number >= count
        ? new FileDescriptor(kernel, end.release())
        : new FileDescriptor(
            kernel,
            kernel.call("fcntl", end.number, value("F_DUPFD_CLOEXEC"), count),
          );
    const readAbove = stack.use(above(read));
    const writeAbove = above(write);
    return [new FileDescriptor(kernel, readAbove.release()), writeAbove];
  }

  #clone(request: LaunchRequest, steps: readonly ChildStep[], mode: number): LaunchedProcess {
    const { view, address } = this.#memory;
    this.#writeBoard(request, mode);
    this.#code.write(trampoline(architecture, steps, address));
    // A signal handler of ours must not run in a child that shares our memory.
    const mask = new Uint8Array(8);
    this.#kernel.call("rt_sigprocmask", value("SIG_SETMASK"), allSignals, mask, 8);
    let pid: number;
    try {
      // SAFETY: `trampoline` returns in the parent only; the child execs or exits without touching the stack.
      pid = Number(this.#trampoline());
    } finally {
      this.#kernel.call("rt_sigprocmask", value("SIG_SETMASK"), mask, null, 8);
    }
    if (pid < 0) throw new SystemCallError("clone3", errnoName(-pid));
    return { pid, pidfd: view.getInt32(board.pidfd, true) };
  }

  #writeBoard(request: LaunchRequest, mode: number): void {
    const { view, bytes, address } = this.#memory;
    bytes.fill(0, 0, board.name + 64);
    let flags = request.namespaces | BigInt(mode + value("CLONE_PIDFD")) | CLONE_CLEAR_SIGHAND;
    if (request.cgroup !== undefined) {
      flags |= BigInt(value("CLONE_INTO_CGROUP"));
      view.setBigUint64(board.cloneArgs + cloneArgsSize - 8, BigInt(request.cgroup), true);
    }
    view.setBigUint64(board.cloneArgs, flags, true);
    view.setUint32(board.cloneArgs + 8, address + board.pidfd, true);
    view.setUint32(board.cloneArgs + 32, value("SIGCHLD"), true);
    view.setUint32(board.argv, address + board.name, true);
    new TextEncoder().encodeInto(request.name, bytes.subarray(board.name, board.name + 63));
  }

  #throwIfFailed(steps: readonly ChildStep[], launched: LaunchedProcess): void {
    const failed = this.#memory.view.getUint32(board.failedStep, true);
    if (failed === 0) return;
    const errno = this.#memory.view.getUint32(board.failedErrno, true);
    this.#abandon(launched);
    const call = steps[failed - 1]?.call ?? "execveat";
    throw new SystemCallError(call, errno === 0 ? "EPIPE" : errnoName(errno));
  }

  #abandon({ pidfd }: LaunchedProcess): void {
    try {
      this.#kernel.call("pidfd_send_signal", pidfd, value("SIGKILL"), null, 0);
    } catch {
      // It has exited by itself.
    }
    this.#kernel.call("waitid", value("P_PIDFD"), pidfd, null, value("WEXITED"), null);
    this.#kernel.call("close", pidfd);
  }
}
