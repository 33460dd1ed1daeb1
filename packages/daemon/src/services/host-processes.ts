import { readFile } from "node:fs/promises";
import type { HostProcess } from "../contract/process.ts";

/**
 * Returns what the kernel shows of a process; `undefined` when it is gone.
 *
 * @see proc_pid_status(5), proc_pid_cmdline(5)
 */
export async function readHostProcess(pid: number): Promise<HostProcess | undefined> {
  try {
    const [status, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/status`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    const field = (name: string): string =>
      new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)?.[1] ?? "";
    const command = commandLine.replace(/\0+$/, "").split("\0");
    return {
      pid,
      parentPid: Number(field("PPid")),
      // Real, effective, saved and file system uid.
      uid: Number(field("Uid").split("\t")[1]),
      command: commandLine === "" ? [`[${field("Name")}]`] : command,
    };
  } catch {
    return undefined;
  }
}
