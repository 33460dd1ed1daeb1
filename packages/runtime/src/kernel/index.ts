/**
 * The door to the kernel, and the two that tests use instead of it.
 *
 * @module
 */

export { FaultingKernel } from "./faulting.ts";
export {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "./kernel.ts";
export { linuxKernel } from "./linux.ts";
export { type RecordedCall, RecordingKernel } from "./recording.ts";
export { parseSignal, signalName } from "./signals.ts";
export type { ExitStatus } from "./wait.ts";
