import type { SeccompArchitecture } from "@ctr/spec";
import type { CallTable } from "./syscall-numbers.ts";

/** A kernel's architecture that we run on. */
export type NativeArchitecture = "x86-64" | "arm64";

/** What a filter sees of programs of one `AUDIT_ARCH_*`; x32 programs share that of x86-64. */
export interface AuditArchitecture {
  /** `AUDIT_ARCH_*` of linux/audit.h, the `arch` field of `struct seccomp_data`. */
  readonly audit: number;
  readonly table: CallTable;
}

/** The bit that marks the calls of x32 programs (`__X32_SYSCALL_BIT`). */
export const x32Bit = 0x4000_0000;

const auditArchitectures: Readonly<Record<Exclude<CallTable, "x32">, number>> = {
  "x86-64": 0xc000_003e,
  x86: 0x4000_0003,
  arm64: 0xc000_00b7,
  arm: 0x4000_0028,
};

const tables: Readonly<Partial<Record<SeccompArchitecture, CallTable>>> = {
  SCMP_ARCH_X86_64: "x86-64",
  SCMP_ARCH_X86: "x86",
  SCMP_ARCH_X32: "x32",
  SCMP_ARCH_AARCH64: "arm64",
  SCMP_ARCH_ARM: "arm",
};

const runsOn: Readonly<Record<NativeArchitecture, readonly CallTable[]>> = {
  "x86-64": ["x86-64", "x86", "x32"],
  arm64: ["arm64", "arm"],
};

/**
 * Returns the tables that a filter needs on a kernel: its own always, as libseccomp does, and those of the listed
 * architectures whose programs it can execute. The others never make a system call there, so they need no rules.
 */
export function filterTables(
  native: NativeArchitecture,
  architectures: readonly SeccompArchitecture[] | undefined,
): CallTable[] {
  const listed = new Set((architectures ?? []).map((name) => tables[name]));
  return runsOn[native].filter((table) => table === native || listed.has(table));
}

/** Returns what the kernel calls a table's architecture. */
export function auditArchitecture(table: CallTable): AuditArchitecture {
  return { table, audit: auditArchitectures[table === "x32" ? "x86-64" : table] };
}
