/**
 * Programs of eBPF that the kernel runs for us (bpf(2)).
 *
 * @module
 */

import { ptr } from "bun:ffi";
import { value } from "../machine/constants.ts";
import { FileDescriptor } from "./fd.ts";
import { type Kernel, SystemCallError } from "./kernel.ts";
import { isErrno } from "./system-call-error.ts";

const license = new TextEncoder().encode("Apache-2.0\0");
/** The kernel lets a signal interrupt the verifier, and then wants to be asked again. */
const loadTries = 30;
const logBytes = 256 * 1024;
/** How many programs of one kind a cgroup can have (`BPF_CGROUP_MAX_PROGS`). */
const programsMax = 64;

/**
 * Loads a program that decides about devices (`BPF_PROG_TYPE_CGROUP_DEVICE`).
 *
 * @param instructions 8 bytes each
 * @throws {SystemCallError} with what the verifier said
 */
export function loadDeviceProgram(kernel: Kernel, instructions: Uint8Array): FileDescriptor {
  try {
    return load(kernel, instructions);
  } catch (error) {
    if (!isErrno(error, "EINVAL", "EACCES")) throw error;
    const log = new Uint8Array(logBytes);
    try {
      return load(kernel, instructions, log);
    } catch (again) {
      const said = new TextDecoder().decode(log.subarray(0, log.indexOf(0))).trim();
      if (again instanceof SystemCallError) again.message += `: ${said}`;
      throw again;
    }
  }
}

/**
 * SAFETY: `instructions`, `license` and `log` are held by the callers and this module until the call has returned.
 */
function load(kernel: Kernel, instructions: Uint8Array, log?: Uint8Array): FileDescriptor {
  // union bpf_attr of BPF_PROG_LOAD: u32 type, count; u64 instructions, license; u32 log level, size; u64 log
  const attributes = new DataView(new ArrayBuffer(40));
  attributes.setUint32(0, value("BPF_PROG_TYPE_CGROUP_DEVICE"), true);
  attributes.setUint32(4, instructions.length / 8, true);
  attributes.setBigUint64(8, BigInt(ptr(instructions)), true);
  attributes.setBigUint64(16, BigInt(ptr(license)), true);
  if (log !== undefined) {
    attributes.setUint32(24, 1, true);
    attributes.setUint32(28, log.length, true);
    attributes.setBigUint64(32, BigInt(ptr(log)), true);
  }
  for (let tries = 1; ; tries++) {
    try {
      return new FileDescriptor(kernel, bpf(kernel, "BPF_PROG_LOAD", attributes));
    } catch (error) {
      if (!isErrno(error, "EAGAIN") || tries >= loadTries) throw error;
    }
  }
}

/**
 * Puts a device program on a cgroup beside others; all of them must allow an access.
 *
 * @param replace takes the place of this one, which is on the cgroup
 */
export function attachDeviceProgram(
  kernel: Kernel,
  cgroup: number,
  program: number,
  replace?: number,
): void {
  // u32 target, program, type, flags, program to replace
  const attributes = new DataView(new ArrayBuffer(20));
  attributes.setUint32(0, cgroup, true);
  attributes.setUint32(4, program, true);
  attributes.setUint32(8, value("BPF_CGROUP_DEVICE"), true);
  const flags = replace === undefined ? 0 : value("BPF_F_REPLACE");
  attributes.setUint32(12, value("BPF_F_ALLOW_MULTI") | flags, true);
  attributes.setUint32(16, replace ?? 0, true);
  bpf(kernel, "BPF_PROG_ATTACH", attributes);
}

/** Takes a device program off a cgroup. */
export function detachDeviceProgram(kernel: Kernel, cgroup: number, program: number): void {
  const attributes = new DataView(new ArrayBuffer(12));
  attributes.setUint32(0, cgroup, true);
  attributes.setUint32(4, program, true);
  attributes.setUint32(8, value("BPF_CGROUP_DEVICE"), true);
  bpf(kernel, "BPF_PROG_DETACH", attributes);
}

/** Returns the ids of the device programs that are on a cgroup itself. */
export function listDevicePrograms(kernel: Kernel, cgroup: number): number[] {
  const ids = new Uint8Array(programsMax * 4);
  // u32 target, type, query flags, attach flags; u64 ids; u32 count
  const attributes = new DataView(new ArrayBuffer(32));
  attributes.setUint32(0, cgroup, true);
  attributes.setUint32(4, value("BPF_CGROUP_DEVICE"), true);
  // SAFETY: `ids` is held until the call has returned.
  attributes.setBigUint64(16, BigInt(ptr(ids)), true);
  attributes.setUint32(24, programsMax, true);
  bpf(kernel, "BPF_PROG_QUERY", attributes);
  const count = attributes.getUint32(24, true);
  const view = new DataView(ids.buffer);
  return Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
}

/** Opens a loaded program. */
export function openProgram(kernel: Kernel, id: number): FileDescriptor {
  const attributes = new DataView(new ArrayBuffer(12));
  attributes.setUint32(0, id, true);
  return new FileDescriptor(kernel, bpf(kernel, "BPF_PROG_GET_FD_BY_ID", attributes));
}

type BpfCommand =
  | "BPF_PROG_LOAD"
  | "BPF_PROG_ATTACH"
  | "BPF_PROG_DETACH"
  | "BPF_PROG_GET_FD_BY_ID"
  | "BPF_PROG_QUERY";

function bpf(kernel: Kernel, command: BpfCommand, attributes: DataView): number {
  const bytes = new Uint8Array(attributes.buffer);
  return kernel.call("bpf", value(command), bytes, bytes.length);
}
