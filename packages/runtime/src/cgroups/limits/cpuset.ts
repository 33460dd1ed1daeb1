import type { LinuxCpu } from "@ctr/spec";
import type { ControlFiles, LimitField } from "../control-files.ts";

const cpusField: LimitField = { path: "cpu.cpus", name: "CPUs" };
const memsField: LimitField = { path: "cpu.mems", name: "memory nodes" };

/** Sets the CPUs and memory nodes; the same on both versions. An empty list is none given. */
export function applyCpuset(files: ControlFiles, cpu: LinuxCpu): void {
  if (cpu.cpus) files.set(cpusetFile(files, "cpus"), cpu.cpus, cpusField);
  if (cpu.mems) files.set(cpusetFile(files, "mems"), cpu.mems, memsField);
}

/**
 * Gives a cgroup of version 1 the CPUs and memory nodes of its parent where it has none: nothing may join it before.
 *
 * @param wanted what it is going to be given instead; the parent's could conflict with `cpuset.cpu_exclusive` of others
 * @see cpuset(7)
 */
export function inheritCpuset(
  files: ControlFiles,
  parent: ControlFiles,
  wanted: Pick<LinuxCpu, "cpus" | "mems"> = {},
): void {
  for (const kind of ["cpus", "mems"] as const) {
    if (wanted[kind]) continue;
    const file = cpusetFile(files, kind);
    if (files.read(file) === "") files.put(file, parent.read(file));
  }
}

/** A hierarchy that is mounted with `noprefix` has `cpus` where others have `cpuset.cpus`. */
export function cpusetFile(files: ControlFiles, name: string): string {
  return files.has(`cpuset.${name}`) || !files.has(name) ? `cpuset.${name}` : name;
}
