/** Cache and memory bandwidth. @see config-linux.md, "IntelRdt"; Documentation/arch/x86/resctrl.rst of Linux */

import type { Step } from "../../program/step.ts";
import { descriptor, purpose, writeText } from "../steps.ts";

/** Moves the process into groups of resctrl by way of their open files `tasks`: 0 is the process itself. */
export function intelRdtSteps(count = 0): Step[] {
  const why = purpose("/linux/intelRdt", "join the class of service");
  return Array.from({ length: count }, (_, index) =>
    writeText(why, descriptor(`resctrl-${index}`), "0"),
  );
}
