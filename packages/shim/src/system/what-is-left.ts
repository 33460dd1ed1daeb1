import { readdirSync, readlinkSync } from "node:fs";
import { isErrno, linuxKernel, value } from "@ctr/runtime/kernel";

/** Returns what each open descriptor refers to, as /proc/self/fd has it. */
export function openDescriptors(): ReadonlyMap<number, string> {
  return new Map(readdirSync("/proc/self/fd").flatMap((name) => entry(name)));
}

/** The descriptor that the list is read by has no target any more. */
function entry(name: string): [number, string][] {
  try {
    return [[Number(name), readlinkSync(`/proc/self/fd/${name}`)]];
  } catch {
    return [];
  }
}

/** Tells whether this process has children, ended or not. */
export function hasChildren(): boolean {
  const options = value("WEXITED", "WNOHANG", "WNOWAIT");
  try {
    linuxKernel().call("waitid", P_ALL, 0, new Int32Array(32), options, null);
    return true;
  } catch (error) {
    if (isErrno(error, "ECHILD")) return false;
    throw error;
  }
}

const P_ALL = 0;
