import { z } from "zod";
import type {
  ContainerProcess,
  ExecRequest,
  HostProcess,
  KillContainerRequest,
  KillRequest,
  LogOptions,
  PidList,
  ProcessExit,
  ProcessList,
  ResizeRequest,
  StdioOptions,
} from "./process.ts";
import { initProcessId } from "./process.ts";
import {
  absolutePath,
  argument,
  exitStatus,
  hostPid,
  idSchema,
  milliseconds,
  type SchemaOf,
  signalSchema,
  terminalLength,
  timestamp,
} from "./schema-parts.ts";
import { consoleSizeSchema, processSchema, userSchema } from "./spec-schema.ts";

/** Schema of {@linkcode ProcessExit}. */
export const processExitSchema: z.ZodType<ProcessExit> = z
  .strictObject({
    processId: idSchema,
    status: exitStatus,
    exitedAt: timestamp,
  } satisfies SchemaOf<ProcessExit>)
  .meta({ id: "ProcessExit", description: "How a process ended." });

/** Schema of {@linkcode ContainerProcess}. */
export const containerProcessSchema: z.ZodType<ContainerProcess> = z
  .strictObject({
    processId: idSchema,
    status: z.enum(["created", "running", "stopped"]),
    pid: hostPid.exactOptional(),
    terminal: z.boolean().exactOptional(),
    exit: processExitSchema.exactOptional(),
  } satisfies SchemaOf<ContainerProcess>)
  .meta({ id: "ContainerProcess", description: "A process that the daemon knows by name." });

/** Schema of {@linkcode ProcessList}. */
export const processListSchema: z.ZodType<ProcessList> = z
  .strictObject({
    processes: z.array(containerProcessSchema),
  } satisfies SchemaOf<ProcessList>)
  .meta({ id: "ProcessList" });

/** Schema of {@linkcode LogOptions}. */
const logOptionsSchema: z.ZodType<LogOptions> = z
  .strictObject({
    format: z.enum(["cri", "raw", "none"]).exactOptional(),
    path: absolutePath.exactOptional(),
    sizeBytesMax: z.int().min(0).exactOptional(),
    filesMax: z.int().min(1).max(1000).exactOptional(),
  } satisfies SchemaOf<LogOptions>)
  .meta({ id: "LogOptions", description: "How the output of a process is kept." });

/** The fields of {@linkcode StdioOptions}. */
export const stdioFields: SchemaOf<StdioOptions> = {
  stdin: absolutePath.exactOptional(),
  stdout: absolutePath.exactOptional(),
  stderr: absolutePath.exactOptional(),
  openStdin: z.boolean().exactOptional(),
  stdinOnce: z.boolean().exactOptional(),
  log: logOptionsSchema.exactOptional(),
  drainTimeoutMs: milliseconds.exactOptional(),
};

const partsOfProcess = [
  "args",
  "env",
  "cwd",
  "user",
  "terminal",
  "consoleSize",
  "capabilities",
  "noNewPrivileges",
  "apparmorProfile",
  "selinuxLabel",
] as const satisfies readonly (keyof ExecRequest)[];

/** Schema of {@linkcode ExecRequest}. */
export const execRequestSchema: z.ZodType<ExecRequest> = z
  .strictObject({
    ...stdioFields,
    processId: idSchema
      .refine((name) => name !== initProcessId, 'must not be "init"')
      .exactOptional(),
    args: z.array(argument).min(1).exactOptional(),
    env: z
      .array(argument.refine((text) => /^[^=]+=/.test(text), "must be NAME=value"))
      .exactOptional(),
    cwd: absolutePath.exactOptional(),
    user: userSchema.exactOptional(),
    terminal: z.boolean().exactOptional(),
    consoleSize: consoleSizeSchema.exactOptional(),
    capabilities: z.array(z.string()).exactOptional(),
    noNewPrivileges: z.boolean().exactOptional(),
    apparmorProfile: z.string().exactOptional(),
    selinuxLabel: z.string().exactOptional(),
    process: processSchema.exactOptional(),
    start: z.boolean().exactOptional(),
    removeOnExit: z.boolean().exactOptional(),
  } satisfies SchemaOf<ExecRequest>)
  .superRefine((request: ExecRequest, context) => {
    if (request.process === undefined) {
      if (request.args === undefined) {
        context.addIssue({ code: "custom", path: ["args"], message: "must be given, or process" });
      }
      return;
    }
    for (const name of partsOfProcess) {
      if (request[name] !== undefined) {
        context.addIssue({
          code: "custom",
          path: [name],
          message: "must not be given together with process",
        });
      }
    }
  })
  .meta({ id: "ExecRequest", description: "What is executed in a container." });

/** Schema of {@linkcode KillRequest}. */
export const killRequestSchema: z.ZodType<KillRequest> = z
  .strictObject({
    signal: signalSchema.exactOptional(),
  } satisfies SchemaOf<KillRequest>)
  .meta({ id: "KillRequest" });

/** Schema of {@linkcode KillContainerRequest}. */
export const killContainerRequestSchema: z.ZodType<KillContainerRequest> = z
  .strictObject({
    signal: signalSchema.exactOptional(),
    all: z.boolean().exactOptional(),
  } satisfies SchemaOf<KillContainerRequest>)
  .meta({ id: "KillContainerRequest" });

/** Schema of {@linkcode ResizeRequest}. */
export const resizeRequestSchema: z.ZodType<ResizeRequest> = z
  .strictObject({
    columns: terminalLength,
    rows: terminalLength,
  } satisfies SchemaOf<ResizeRequest>)
  .meta({ id: "ResizeRequest" });

const hostProcessSchema: z.ZodType<HostProcess> = z
  .strictObject({
    pid: hostPid,
    parentPid: z.int().min(0),
    uid: z.int().min(0),
    command: z.array(z.string()),
    processId: idSchema.exactOptional(),
  } satisfies SchemaOf<HostProcess>)
  .meta({
    id: "HostProcess",
    description: "Any process of a container, as the kernel shows it.",
  });

/** Schema of {@linkcode PidList}. */
export const pidListSchema: z.ZodType<PidList> = z
  .strictObject({ pids: z.array(hostProcessSchema) } satisfies SchemaOf<PidList>)
  .meta({ id: "PidList" });
