import { z } from "zod";
import { anyInteger, objectOf, strings, uint64 } from "../schema-parts.ts";
import { capabilitiesSchema } from "./capabilities-schema.ts";
import { execCpuAffinitySchema } from "./exec-cpu-affinity-schema.ts";
import { ioPrioritySchema } from "./io-priority-schema.ts";
import type { ConsoleSize, Process } from "./process.ts";
import { rlimitSchema } from "./rlimit-schema.ts";
import { schedulerSchema } from "./scheduler-schema.ts";
import { userSchema } from "./user-schema.ts";

/** Schema of {@linkcode ConsoleSize}. */
export const consoleSizeSchema: z.ZodType<ConsoleSize> = objectOf<ConsoleSize>()({
  height: uint64,
  width: uint64,
});

/** Schema of {@linkcode Process}. */
export const processSchema: z.ZodType<Process> = objectOf<Process>()({
  terminal: z.boolean().exactOptional(),
  consoleSize: consoleSizeSchema.exactOptional(),
  user: userSchema.exactOptional(),
  args: strings.exactOptional(),
  commandLine: z.string().exactOptional(),
  env: strings.exactOptional(),
  cwd: z.string(),
  capabilities: capabilitiesSchema.exactOptional(),
  rlimits: z.array(rlimitSchema).exactOptional(),
  noNewPrivileges: z.boolean().exactOptional(),
  apparmorProfile: z.string().exactOptional(),
  oomScoreAdj: anyInteger.exactOptional(),
  selinuxLabel: z.string().exactOptional(),
  ioPriority: ioPrioritySchema.exactOptional(),
  scheduler: schedulerSchema.exactOptional(),
  execCPUAffinity: execCpuAffinitySchema.exactOptional(),
});
