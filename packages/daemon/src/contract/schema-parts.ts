/**
 * The simple types of the API as zod schemas.
 *
 * @module
 */

import { containerIdLengthMax } from "@ctr/spec";
import { z } from "zod";
import { parseTime } from "../parse-time.ts";

/**
 * The schemas of an object's fields: exactly the fields of `T`, those that are optional in `T` optional, the others
 * not. Use it with `satisfies`, so that the compiler compares both ways.
 */
export type SchemaOf<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? z.ZodExactOptional<z.ZodType<T[K]>>
    : z.ZodType<T[K]>;
};

/** Id of a container, or name of a process: safe as the name of a file. */
export const idSchema: z.ZodType<string> = z
  .string()
  .max(containerIdLengthMax)
  .regex(
    /^[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/,
    "must be letters, digits, _, +, - and . only, and must not begin with a .",
  );

/** An absolute path. */
export const absolutePath: z.ZodType<string> = z
  .string()
  .max(4095)
  .refine((text) => text.startsWith("/") && !text.includes("\0"), "must be an absolute path")
  .meta({ pattern: "^/" });

/** Text that execve(2) takes: without a NUL. */
export const argument: z.ZodType<string> = z
  .string()
  .refine((text) => !text.includes("\0"), "must not hold a NUL character");

/** A file's size or a number of bytes. */
export const byteCount: z.ZodType<number> = z.int().min(1);

/** A time in ms that a timer takes. */
export const milliseconds: z.ZodType<number> = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** A host uid or gid. */
export const hostId: z.ZodType<number> = z
  .int()
  .min(0)
  .max(2 ** 32 - 2);

/** A host pid. */
export const hostPid: z.ZodType<number> = z.int().min(1);

/** Width or height of a terminal in characters. */
export const terminalLength: z.ZodType<number> = z.int().min(1).max(65_535);

/** A signal's name or number. */
export const signalSchema: z.ZodType<string | number> = z.union([
  z.string().min(1).max(16),
  z.int().min(1).max(64),
]);

/** RFC 3339, UTC, as the daemon writes it. */
export const timestamp: z.ZodType<string> = z.string().meta({ format: "date-time" });

/** A point in time as a query writes it. */
export const timeSchema: z.ZodType<string> = z
  .string()
  .refine(
    (text) => parseTime(text) !== undefined,
    "must be an RFC 3339 time or seconds since 1970",
  );

/** How a process ended, as a number. */
export const exitStatus: z.ZodType<number> = z.int().min(0).max(255);

/** `true` or `false` in a query. */
export const booleanParameter: z.ZodType<boolean> = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean({ error: "must be true or false" }),
);

/** A whole number in a query. */
export const countParameter: z.ZodType<number> = z.preprocess(
  (value) => (typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value),
  z.int({ error: "must be a whole number" }).min(0),
);

/** A parameter of a query that can be given more than once. */
export function repeatedParameter<T>(value: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.preprocess((given) => (typeof given === "string" ? [given] : given), z.array(value));
}
