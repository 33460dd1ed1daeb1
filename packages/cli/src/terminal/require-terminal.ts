import { ContainerError } from "@ctr/spec";

/**
 * Makes sure that there is a terminal to type at.
 *
 * @throws {ContainerError} ERR_NO_TERMINAL.
 */
export function requireTerminal(): void {
  if (process.stdin.isTTY) return;
  throw new ContainerError("Cannot use -i and -t together: standard input is no terminal", {
    code: "ERR_NO_TERMINAL",
    kind: "invalid",
    hint: "Leave out -t to pass on what standard input holds",
  });
}
