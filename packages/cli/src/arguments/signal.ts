import { constants } from "node:os";
import { suggest } from "@ctr/spec";
import { usageError } from "./usage-error.ts";

/** Highest signal of Linux: SIGRTMAX. */
const signalMax = 64;

/**
 * Reads a signal: a name with or without SIG in any letters, a number, or a real-time signal (`RTMIN+3`). Returns a
 * name with SIG, or a number.
 *
 * @throws {ContainerError} ERR_INVALID_SIGNAL.
 */
export function parseSignal(text: string): string | number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= signalMax) return Number(text);
  const name = `SIG${text.toUpperCase().replace(/^SIG/, "")}`;
  if (Object.hasOwn(constants.signals, name)) return name;
  const realTime = /^SIGRT(?:MIN(?:\+(\d+))?|MAX(?:-(\d+))?)$/.exec(name);
  if (realTime !== null) {
    const number = name.startsWith("SIGRTMIN")
      ? 34 + Number(realTime[1] ?? 0)
      : signalMax - Number(realTime[2] ?? 0);
    if (number >= 34 && number <= signalMax) return number;
  }
  const meant = suggest(name, Object.keys(constants.signals));
  throw usageError(
    `Cannot use "${text}" as a signal`,
    "ERR_INVALID_SIGNAL",
    meant === undefined
      ? `Write a name such as TERM, or 1 to ${signalMax}`
      : `Did you mean ${meant}?`,
  );
}
