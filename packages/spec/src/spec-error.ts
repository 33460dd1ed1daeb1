import { ContainerError, type ErrorCode } from "./error.ts";
import { formatProblems, type Problem } from "./problem.ts";

/**
 * A document that breaks a specification. Its message lists every problem, its pointer is the
 * first one's.
 */
export class SpecError extends ContainerError {
  static {
    SpecError.prototype.name = "SpecError";
  }
  /** What is wrong, in the order of the document. */
  readonly problems: readonly Problem[];

  /** Makes the error of a document that is called `what`, with at least one problem. */
  constructor(what: string, code: ErrorCode, problems: readonly Problem[], options?: ErrorOptions) {
    const [first] = problems;
    const count = problems.length === 1 ? ": " : `, ${problems.length} problems:\n`;
    super(`Cannot use this ${what}${count}${formatProblems(problems)}`, {
      ...options,
      code,
      kind: "invalid",
      ...(first === undefined ? {} : { pointer: first.pointer }),
    });
    this.problems = problems;
  }
}
