/**
 * What a request takes over from config.json. It is checked by the specification's own checks, which say more and load faster than
 * its zod schemas; those describe it in the OpenAPI document.
 *
 * @module
 */

import {
  type ConsoleSize,
  checkLinuxResources,
  checkProcess,
  formatProblems,
  fromPointer,
  type LinuxResources,
  type Process,
  SpecError,
  type User,
} from "@ctr/spec";
import { z } from "zod";
import { type SchemaOf, terminalLength } from "./schema-parts.ts";

/** Schema of a whole process. */
export const processSchema: z.ZodType<Process> = checkedBy(checkProcess, "Process");

/** Schema of limits. */
export const linuxResourcesSchema: z.ZodType<LinuxResources> = checkedBy(
  checkLinuxResources,
  "LinuxResources",
);

/** A uid or gid in the container; 4294967295 is "no change" to the kernel. */
const containerId: z.ZodType<number> = z
  .int()
  .min(0)
  .max(2 ** 32 - 2);

/** Schema of whom a process runs as. */
export const userSchema: z.ZodType<User> = z
  .strictObject({
    uid: containerId.exactOptional(),
    gid: containerId.exactOptional(),
    umask: z.int().min(0).max(0o777).exactOptional(),
    additionalGids: z.array(containerId).exactOptional(),
    username: z.string().exactOptional(),
  } satisfies SchemaOf<User>)
  .meta({ id: "User", description: "Whom a process runs as." });

/** Schema of the size of a terminal. */
export const consoleSizeSchema: z.ZodType<ConsoleSize> = z
  .strictObject({
    height: terminalLength,
    width: terminalLength,
  } satisfies SchemaOf<ConsoleSize>)
  .meta({ id: "ConsoleSize", description: "Size of a terminal in characters." });

function checkedBy<T>(check: (value: unknown) => T, id: string): z.ZodType<T> {
  return z
    .custom<T>()
    .superRefine((value, context) => {
      for (const problem of problemsOf(check, value)) context.addIssue(problem);
    })
    .meta({ id });
}

function problemsOf(
  check: (value: unknown) => unknown,
  value: unknown,
): readonly { readonly code: "custom"; readonly path: string[]; readonly message: string }[] {
  try {
    check(value);
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map((problem) => ({
      code: "custom",
      path: [...fromPointer(problem.pointer)],
      // Without the pointer: that of the request is told.
      message: formatProblems([problem]).replace(/^[^:]*: /, ""),
    }));
  }
}
