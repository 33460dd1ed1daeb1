import type { LinuxRdma } from "@ctr/spec";
import type { ControlFiles } from "../control-files.ts";

/** Limits what is used of RDMA devices; the same on both versions. */
export function applyRdma(files: ControlFiles, limits: Readonly<Record<string, LinuxRdma>>): void {
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(limits)) {
    const words = [device];
    if (hcaHandles !== undefined) words.push(`hca_handle=${hcaHandles}`);
    if (hcaObjects !== undefined) words.push(`hca_object=${hcaObjects}`);
    files.set("rdma.max", words.join(" "), { path: `rdma.${device}`, name: "RDMA limits" });
  }
}
