import { findShapeProblems, type Shape } from "./shape.ts";
import { SpecError } from "./spec-error.ts";

/**
 * Makes sure that `value`, which is called `what`, has a shape: the one generated for `T`.
 *
 * @throws {SpecError} with the code.
 */
export function assertShape<T>(
  value: unknown,
  shape: () => Shape,
  what: string,
  code: `ERR_INVALID_${Uppercase<string>}`,
): asserts value is T {
  const problems = findShapeProblems(value, shape());
  if (problems.length > 0) {
    throw new SpecError(what, code, problems);
  }
}
