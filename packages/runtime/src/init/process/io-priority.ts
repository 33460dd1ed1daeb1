/** I/O priority. @see config.md, "Process", `ioPriority`; ioprio_set(2) */

import type { IoPriority, IoPriorityClass } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

const classes: Readonly<Record<IoPriorityClass, number>> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};
const classShift = 13;

/** Sets class and priority. */
export function ioPrioritySteps(ioPriority: IoPriority | undefined, origin: string): Step[] {
  if (ioPriority === undefined) return [];
  const { class: name, priority = 0 } = ioPriority;
  const value = (classes[name] << classShift) + priority;
  return [
    call(
      purpose(`${origin}/ioPriority`, `set the I/O priority to ${name} ${priority}`),
      "ioprio_set",
      [constant("IOPRIO_WHO_PROCESS"), 0, value],
    ),
  ];
}
