import { readdirSync, readlinkSync } from "node:fs";
import { type ConstantName, linuxKernel, open, value } from "@ctr/runtime/kernel";

/** `lseek`: from the end of the file. */
const SEEK_END = 2;

/** Opens a file, close-on-exec; the caller closes it. */
export function openFile(path: string, flags: readonly ConstantName[], mode = 0): number {
  return open(linuxKernel(), path, flags, mode).release();
}

/** Closes a descriptor. */
export function closeFile(descriptor: number): void {
  linuxKernel().call("close", descriptor);
}

/** Returns another descriptor of the same open file, close-on-exec. */
export function duplicate(descriptor: number): number {
  return linuxKernel().call("fcntl", descriptor, value("F_DUPFD_CLOEXEC"), 0);
}

/** Makes a descriptor, such as a standard stream of ours, stand for a file, which is made with mode 0600 if the flags say so. */
export function redirect(path: string, flags: readonly ConstantName[], descriptor: number): void {
  const opened = openFile(path, flags, 0o600);
  linuxKernel().call("dup3", opened, descriptor, 0);
  closeFile(opened);
}

/** Makes reads and writes of a descriptor return instead of wait. */
export function setNonBlocking(descriptor: number): void {
  const flags = linuxKernel().call("fcntl", descriptor, value("F_GETFL"));
  linuxKernel().call("fcntl", descriptor, value("F_SETFL"), flags | value("O_NONBLOCK"));
}

/** Makes a pipe, both ends close-on-exec: `[read end, write end]`. */
export function makePipe(): readonly [number, number] {
  const ends = new Int32Array(2);
  linuxKernel().call("pipe2", ends, value("O_CLOEXEC"));
  return [ends[0] ?? -1, ends[1] ?? -1];
}

/** Goes to the end of an open file; returns how many bytes it has. */
export function seekToEnd(descriptor: number): number {
  return linuxKernel().call("lseek", descriptor, 0, SEEK_END);
}

/** Returns what each of our open descriptors refers to, as /proc/self/fd has it. */
export function openDescriptors(): ReadonlyMap<number, string> {
  return new Map(readdirSync("/proc/self/fd").flatMap(targetOf));
}

/** The descriptor that the list is read by has no target any more. */
function targetOf(name: string): [number, string][] {
  try {
    return [[Number(name), readlinkSync(`/proc/self/fd/${name}`)]];
  } catch {
    return [];
  }
}
