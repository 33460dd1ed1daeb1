/**
 * Runs OCI containers: a library first, `bunc` second.
 *
 * @module
 */

export type { Stats } from "./cgroups/stats/stats.ts";
export { stringifyStats } from "./cgroups/stats/uint64.ts";
export { Container, load } from "./container/container.ts";
export { create } from "./container/create.ts";
export type { CreateOptions, ProcessOptions, Stdio } from "./container/create-options.ts";
export { ContainerProcess, type ExecOptions } from "./container/exec.ts";
export {
  type PlanExecutionOptions,
  type PlanOptions,
  plan,
  planExecution,
} from "./container/explain.ts";
export { type ContainerSummary, list, summaryOf } from "./container/list.ts";
export type { ConsoleTarget } from "./container/process/console.ts";
export type { PipeInput } from "./container/process/pipes.ts";
export { cgroupOfProcess } from "./container/process/process-cgroup.ts";
export { type RunningContainer, type RunOptions, run } from "./container/run.ts";
export type { RuntimeOptions } from "./container/runtime-options.ts";
export type { Status } from "./container/state/state.ts";
export { warm } from "./container/warm.ts";
export { features } from "./features.ts";
export type { ExitStatus } from "./kernel/wait.ts";
export { assemble } from "./program/assemble.ts";
export { describeProgram, explainProgram } from "./program/explain.ts";
export { explainDifference } from "./program/explain-diff.ts";
export type { Program, Step } from "./program/step.ts";
