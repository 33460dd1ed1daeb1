import { ContainerError, type ErrorDocument, errorKinds } from "@ctr/spec";
import { printable } from "./table.ts";

/** How an error is printed. */
export interface ErrorOptions {
  readonly json: boolean;
  /** Whether the stack and the causes are wanted. */
  readonly debug: boolean;
}

/** Returns the exit code that tells scripts what kind of error it was. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ContainerError
    ? errorKinds[error.kind].exitCode
    : errorKinds.internal.exitCode;
}

/** Returns an error as text for standard error, a newline at its end. */
export function formatError(error: unknown, options: ErrorOptions): string {
  const document = documentOf(error);
  if (options.json) return `${JSON.stringify(document)}\n`;
  const lines = [`ctr: ${printableLines(document.message)} (${document.code})`];
  if (document.hint !== undefined) lines.push(`hint: ${printableLines(document.hint)}`);
  if (options.debug) lines.push(...stackOf(error));
  return `${lines.join("\n")}\n`;
}

/** Names of files and what other programs said must not steer the terminal. */
function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function documentOf(error: unknown): ErrorDocument {
  if (error instanceof ContainerError) return error.toDocument();
  return {
    code: "ERR_INTERNAL",
    kind: "internal",
    message: error instanceof Error ? error.message : String(error),
    hint: "This is a defect: run it again with --debug, and report what it prints",
  };
}

function stackOf(error: unknown): string[] {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    lines.push(`${depth === 0 ? "" : "caused by "}${current.stack ?? current.message}`);
    current = current.cause;
  }
  return lines;
}
