import { ContainerError } from "./error.ts";

/** Longest container id, in characters. */
export const containerIdLengthMax = 1024;

const pattern = /^[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/;

/**
 * Returns a container id as it was given, once it is known to be safe as the name of a file.
 *
 * Allowed are 1 to 1024 letters, digits, `_`, `+`, `-` and `.`, the first of them not a `.`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_ID`.
 *
 * @example
 * ```ts
 * import { parseContainerId } from "@ctr/spec";
 *
 * console.log(parseContainerId("redis-1")); // "redis-1"
 * ```
 */
export function parseContainerId(text: string): string {
  if (text.length > containerIdLengthMax) {
    throw new ContainerError(
      `Cannot use a container id of ${text.length} characters: the longest is ${containerIdLengthMax}`,
      { code: "ERR_INVALID_ID", kind: "invalid" },
    );
  }
  if (!pattern.test(text)) {
    throw new ContainerError(`Cannot use ${JSON.stringify(text)} as a container id: ${why(text)}`, {
      code: "ERR_INVALID_ID",
      kind: "invalid",
      hint: "Use letters, digits, _, +, - and . only, and do not begin with a .",
    });
  }
  return text;
}

/** In words that crun's users look for. */
function why(text: string): string {
  if (text === "") return "it is empty";
  const character = /[^A-Za-z0-9_+.-]/u.exec(text)?.[0] ?? ".";
  const place = text.startsWith(character) ? " at the start of a" : " in a";
  return `invalid character ${JSON.stringify(character)}${place} container ID`;
}
