/**
 * The door to the kernel, what goes through it often, and the two doors that tests use instead.
 *
 * @module
 */

export { type ConstantName, value } from "../machine/constants.ts";
export { openExecutable } from "./executable-image.ts";
export { execute } from "./execute.ts";
export { FaultingKernel } from "./faulting.ts";
export { FileDescriptor } from "./fd.ts";
export {
  type DirectoryEntry,
  exists,
  listDirectory,
  makeDirectories,
  makeDirectory,
  makeFifo,
  open,
  readAll,
  readLink,
  readText,
  readTextIfExists,
  remove,
  removeDirectory,
  writeAll,
  writeAtomically,
  writeValue,
} from "./file.ts";
export {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "./kernel.ts";
export { linuxKernel } from "./linux.ts";
export { waitReadable } from "./poll.ts";
export { isProcessAlive, type ProcessStat, readProcessStat } from "./process-stat.ts";
export { type RecordedCall, RecordingKernel } from "./recording.ts";
export { parseSignal, signalName } from "./signals.ts";
export { isErrno, reasonOf } from "./system-call-error.ts";
export {
  connectUnixSocket,
  receiveDescriptor,
  sendDescriptor,
  socketPair,
} from "./unix-socket.ts";
export { type ExitStatus, reap } from "./wait.ts";
