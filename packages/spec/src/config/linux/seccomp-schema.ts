import { z } from "zod";
import { type SchemaOf, uint32, uint64 } from "../../schema-parts.ts";
import {
  type LinuxSeccomp,
  type LinuxSeccompArg,
  type LinuxSyscall,
  seccompActions,
  seccompArchitectures,
  seccompFlags,
  seccompOperators,
} from "./seccomp.ts";

/** Schema of {@linkcode LinuxSeccompArg}. */
export const linuxSeccompArgSchema: z.ZodType<LinuxSeccompArg> = z.looseObject({
  index: uint32,
  value: uint64,
  valueTwo: uint64.exactOptional(),
  op: z.enum(seccompOperators),
} satisfies SchemaOf<LinuxSeccompArg>);

/** Schema of {@linkcode LinuxSyscall}. */
export const linuxSyscallSchema: z.ZodType<LinuxSyscall> = z.looseObject({
  names: z.array(z.string()).min(1),
  action: z.enum(seccompActions),
  errnoRet: uint32.exactOptional(),
  args: z.array(linuxSeccompArgSchema).exactOptional(),
} satisfies SchemaOf<LinuxSyscall>);

/** Schema of {@linkcode LinuxSeccomp}. */
export const linuxSeccompSchema: z.ZodType<LinuxSeccomp> = z.looseObject({
  defaultAction: z.enum(seccompActions),
  defaultErrnoRet: uint32.exactOptional(),
  flags: z.array(z.enum(seccompFlags)).exactOptional(),
  listenerPath: z.string().exactOptional(),
  listenerMetadata: z.string().exactOptional(),
  architectures: z.array(z.enum(seccompArchitectures)).exactOptional(),
  syscalls: z.array(linuxSyscallSchema).exactOptional(),
} satisfies SchemaOf<LinuxSeccomp>);
