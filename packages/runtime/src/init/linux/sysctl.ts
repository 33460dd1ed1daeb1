/** Kernel parameters of the container's namespaces. @see config-linux.md, "Sysctl"; sysctl(8) */

import type { Step } from "../../program/step.ts";
import { call, openProc, purpose, slot, writeText } from "../steps.ts";

/** Writes each parameter. */
export function sysctlSteps(sysctl: Readonly<Record<string, string>> = {}): Step[] {
  return Object.entries(sysctl).flatMap(([name, value], index) => {
    const origin = `/linux/sysctl/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const why = purpose(origin, `set the kernel parameter "${name}" to "${value}"`);
    const file = `sysctl-${index}`;
    return [
      openProc(why, `sys/${sysctlPath(name)}`, ["O_WRONLY"], { save: file }),
      writeText(why, slot(file), value),
      call(why, "close", [slot(file)]),
    ];
  });
}

/** A dot separates, a slash stands for a dot in a name: `net.ipv4.conf.eth0/100.forwarding`; or the other way round. */
export function sysctlPath(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first === "/") return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
