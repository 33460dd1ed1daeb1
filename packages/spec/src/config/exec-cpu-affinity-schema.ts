import { z } from "zod";
import { objectOf } from "../schema-parts.ts";
import type { ExecCpuAffinity } from "./exec-cpu-affinity.ts";

const cpuList = z.string().regex(/^[0-9, -]*$/);

/** Schema of {@linkcode ExecCpuAffinity}. */
export const execCpuAffinitySchema: z.ZodType<ExecCpuAffinity> = objectOf<ExecCpuAffinity>()({
  initial: cpuList.exactOptional(),
  final: cpuList.exactOptional(),
});
