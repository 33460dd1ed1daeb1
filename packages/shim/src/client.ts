/**
 * How a supervisor starts shims, talks to them, and cleans up after one that died.
 *
 * @module
 */

export type { AttachedProcess, AttachOptions, OutputFrame } from "./client/attached-process.ts";
export {
  connectShim,
  type ProcessFiles,
  readShim,
  type ShimDirectory,
} from "./client/connect-shim.ts";
export { isFrozen } from "./client/is-frozen.ts";
export { type RecoverOptions, recoverShim } from "./client/recover-shim.ts";
export { type AttachedExec, type ExecOptions, ShimClient } from "./client/shim-client.ts";
export { shimCommand } from "./client/shim-command.ts";
export { SpareShim, type SpareShimOptions } from "./client/spare-shim.ts";
export { type StartShimOptions, startShim } from "./client/start-shim.ts";
