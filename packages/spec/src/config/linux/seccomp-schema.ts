import { z } from "zod";
import { objectOf, uint32, uint64 } from "../../schema-parts.ts";
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
export const linuxSeccompArgSchema: z.ZodType<LinuxSeccompArg> = objectOf<LinuxSeccompArg>()({
  index: uint32,
  value: uint64,
  valueTwo: uint64.exactOptional(),
  op: z.enum(seccompOperators),
});

/** Schema of {@linkcode LinuxSyscall}. */
export const linuxSyscallSchema: z.ZodType<LinuxSyscall> = objectOf<LinuxSyscall>()({
  names: z.array(z.string()).min(1),
  action: z.enum(seccompActions),
  errnoRet: uint32.exactOptional(),
  args: z.array(linuxSeccompArgSchema).exactOptional(),
});

/** Schema of {@linkcode LinuxSeccomp}. */
export const linuxSeccompSchema: z.ZodType<LinuxSeccomp> = objectOf<LinuxSeccomp>()({
  defaultAction: z.enum(seccompActions),
  defaultErrnoRet: uint32.exactOptional(),
  flags: z.array(z.enum(seccompFlags)).exactOptional(),
  listenerPath: z.string().exactOptional(),
  listenerMetadata: z.string().exactOptional(),
  architectures: z.array(z.enum(seccompArchitectures)).exactOptional(),
  syscalls: z.array(linuxSyscallSchema).exactOptional(),
});
