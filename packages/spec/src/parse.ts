import type { z } from "zod";
import type { Config } from "./config/config.ts";
import { configSchema } from "./config/config-schema.ts";
import { configShape } from "./config/config-shape.ts";
import { describeValue, type Problem, sortProblems, toPointer } from "./problem.ts";
import { findShapeProblemAt } from "./shape.ts";
import { SpecError } from "./spec-error.ts";

/**
 * Returns a configuration as `configSchema` parses it: a copy, with unknown fields kept.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG`, a `SpecError` that lists every problem.
 *
 * @example
 * ```ts
 * import { parseConfig } from "@ctr/spec/schema";
 *
 * const config = parseConfig({ ociVersion: "1.3.0", root: { path: "rootfs" } });
 * console.log(config.root?.path); // "rootfs"
 * ```
 */
export function parseConfig(value: unknown): Config {
  const result = configSchema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  throw new SpecError("configuration", "ERR_INVALID_CONFIG", toProblems(result.error, value));
}

/**
 * Returns everything in which `value` is not a configuration, in the order of the document; empty
 * when it is one.
 *
 * What is wrong is for `configSchema` to say; the words are those of `checkConfig`.
 *
 * @example
 * ```ts
 * import { findProblems } from "@ctr/spec/schema";
 *
 * const [problem] = findProblems({ ociVersion: "1.3.0", process: { cwd: 7 } });
 * console.log(problem?.pointer, problem?.found); // "/process/cwd" "7"
 * ```
 */
export function findProblems(value: unknown): readonly Problem[] {
  const result = configSchema.safeParse(value);
  return result.success ? [] : toProblems(result.error, value);
}

function toProblems(error: z.ZodError, value: unknown): readonly Problem[] {
  return sortProblems(
    error.issues.map(
      (issue) =>
        findShapeProblemAt(value, configShape(), issue.path) ?? {
          pointer: toPointer(issue.path),
          code: issue.code,
          level: "error",
          found: describeValue(issue.input),
          allowed: issue.message,
        },
    ),
  );
}
