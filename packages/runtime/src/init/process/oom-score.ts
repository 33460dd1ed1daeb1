/** How likely the kernel ends the process when memory is short. @see proc_pid_oom_score_adj(5) */

import type { Step } from "../../program/step.ts";
import { call, openProc, purpose, slot, writeText } from "../steps.ts";

/** Writes `oomScoreAdj`. */
export function oomScoreSteps(oomScoreAdj: number | undefined, origin: string): Step[] {
  if (oomScoreAdj === undefined) return [];
  const why = purpose(
    `${origin}/oomScoreAdj`,
    `set the OOM score adjustment to ${oomScoreAdj}`,
    "Less than now needs CAP_SYS_RESOURCE",
  );
  return [
    openProc(why, "self/oom_score_adj", ["O_WRONLY"], { save: "oom" }),
    writeText(why, slot("oom"), String(oomScoreAdj)),
    call(why, "close", [slot("oom")]),
  ];
}
