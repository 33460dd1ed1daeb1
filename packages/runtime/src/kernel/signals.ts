import { ContainerError } from "@ctr/spec";

/** Signals of Linux on x86-64 and arm64 (signal(7)), by number from 1. */
const names = [
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
] as const;

const aliases: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29 };
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/**
 * Reads a signal as people write it: `15`, `TERM`, `SIGTERM`, `RTMIN+3`, in any case.
 *
 * @returns the signal's number, 1 to 64; 0 for `0`, which sends nothing and tells whether the process is there (kill(2))
 * @throws {ContainerError} ERR_INVALID_SIGNAL
 */
export function parseSignal(text: string | number): number {
  const written = String(text);
  const name = written.toUpperCase().replace(/^SIG/, "");
  const number = /^\d+$/.test(name)
    ? Number(name)
    : (realTime(name) ?? aliases[name] ?? byName(name));
  if ((number >= 1 && number <= SIGRTMAX) || /^0+$/.test(name)) return number;
  throw new ContainerError(`Cannot read the signal "${written}": unknown signal`, {
    code: "ERR_INVALID_SIGNAL",
    kind: "invalid",
    hint: "Give a name (TERM, SIGKILL, RTMIN+1) or a number from 1 to 64",
  });
}

/** Returns a signal's name with its prefix, for example `SIGTERM`. */
export function signalName(number: number): string {
  const name = names[number - 1];
  if (name !== undefined) return `SIG${name}`;
  return number >= SIGRTMIN && number <= SIGRTMAX
    ? `SIGRTMIN+${number - SIGRTMIN}`
    : `SIG${number}`;
}

function byName(name: string): number {
  return (names as readonly string[]).indexOf(name) + 1;
}

function realTime(name: string): number | undefined {
  const [, end, sign, distance] = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  const number =
    (end === "MIN" ? SIGRTMIN : SIGRTMAX) + (sign === "-" ? -1 : 1) * Number(distance ?? 0);
  return number < SIGRTMIN ? 0 : number;
}
