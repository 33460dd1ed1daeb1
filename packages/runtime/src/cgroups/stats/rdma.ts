import type { ControlFiles } from "../control-files.ts";
import type { RdmaEntry, RdmaStats } from "./stats.ts";
import { parseUint64 } from "./uint64.ts";

/** Reads limits and usage of RDMA devices, the same on both versions; `undefined` when there are none. */
export function readRdma(files: ControlFiles): RdmaStats | undefined {
  const limit = parseRdma(files.readIfExists("rdma.max") ?? "");
  const current = parseRdma(files.readIfExists("rdma.current") ?? "");
  return limit.length === 0 && current.length === 0 ? undefined : { limit, current };
}

function parseRdma(text: string): RdmaEntry[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [device = "", ...pairs] = line.split(" ");
      const values = new Map(pairs.map((pair) => pair.split("=") as [string, string]));
      return {
        device,
        hcaHandles: parseUint64(values.get("hca_handle") ?? "0"),
        hcaObjects: parseUint64(values.get("hca_object") ?? "0"),
      };
    });
}
