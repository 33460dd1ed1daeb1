/**
 * Runs OCI containers: a library first, `bunc` second.
 *
 * @module
 */

export type { ConsoleTarget } from "./container/console.ts";
export { Container, load } from "./container/container.ts";
export { type CreateOptions, create, type ProcessOptions, type Stdio } from "./container/create.ts";
export { ContainerProcess, type ExecOptions } from "./container/exec.ts";
export { type ContainerSummary, list } from "./container/list.ts";
export { type RunningContainer, type RunOptions, run } from "./container/run.ts";
export type { RuntimeOptions } from "./container/runtime-options.ts";
export type { Status } from "./container/state.ts";
export type { ExitStatus } from "./kernel/wait.ts";
