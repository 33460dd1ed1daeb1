import { z } from "zod";
import { int64, objectOf, uint64 } from "../../../schema-parts.ts";
import type { LinuxCpu } from "./cpu.ts";

/** Schema of {@linkcode LinuxCpu}. */
export const linuxCpuSchema: z.ZodType<LinuxCpu> = objectOf<LinuxCpu>()({
  cpus: z.string().exactOptional(),
  mems: z.string().exactOptional(),
  period: uint64.exactOptional(),
  quota: int64.exactOptional(),
  burst: uint64.exactOptional(),
  realtimePeriod: uint64.exactOptional(),
  realtimeRuntime: int64.exactOptional(),
  shares: uint64.exactOptional(),
  idle: int64.exactOptional(),
});
