import { isErrno } from "../../kernel/system-call-error.ts";
import type { ControlFiles } from "../control-files.ts";
import type { Pressure, PressureStats } from "./stats.ts";
import { parseUint64 } from "./uint64.ts";

/**
 * Reads `cpu.pressure` and the like of version 2; `undefined` where the kernel does not measure it.
 *
 * @see Documentation/accounting/psi.rst of Linux
 */
export function readPressure(files: ControlFiles, name: string): PressureStats | undefined {
  let text: string | undefined;
  try {
    text = files.readIfExists(name);
  } catch (error) {
    // Switched off at boot.
    if (isErrno(error, "EOPNOTSUPP")) return undefined;
    throw error;
  }
  if (text === undefined) return undefined;
  const some = parsePressure(text, "some");
  const full = parsePressure(text, "full");
  return { ...(some === undefined ? {} : { some }), ...(full === undefined ? {} : { full }) };
}

function parsePressure(text: string, kind: "some" | "full"): Pressure | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${kind} `));
  if (line === undefined) return undefined;
  const values = new Map(line.split(" ").map((word) => word.split("=") as [string, string]));
  return {
    avg10: Number(values.get("avg10") ?? 0),
    avg60: Number(values.get("avg60") ?? 0),
    avg300: Number(values.get("avg300") ?? 0),
    total: parseUint64(values.get("total") ?? "0"),
  };
}
