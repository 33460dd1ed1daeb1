import { realpathSync } from "node:fs";
import { defaultStateDirectory } from "./address.ts";

/**
 * Returns what follows the ids of a daemon's containers in what runtimes call them: nothing for the daemon of the usual state
 * directory, so that `bunc list` shows them as `ctr list` does. Others must not meet it: runtimes keep their containers in one
 * place for the whole machine, and call cgroups by their ids.
 *
 * @param stateDirectory a real path
 */
export function runtimeIdSuffix(stateDirectory: string): string {
  if (stateDirectory === realPath(defaultStateDirectory())) return "";
  return `-${new Bun.CryptoHasher("sha256").update(stateDirectory).digest("hex").slice(0, 8)}`;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
