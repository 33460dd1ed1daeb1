import { namesForWord } from "./other-words.ts";

/** A name that may have been meant. */
interface Candidate {
  readonly name: string;
  /** The name in capitals, without the prefix that all of the names have. */
  readonly short: string;
}

/**
 * Returns which of `names` was likely meant by `text`, or `undefined` when none is close, or several
 * are.
 *
 * Letter case, `-` and spaces for `_`, and a prefix that the names have (`NET_RAW` for `CAP_NET_RAW`) do
 * not count, nor do they make names alike. Words of other programs are known, such as `tty`; the beginning
 * or the end of one name will do; otherwise about a third of the characters may differ, or letters be
 * left out.
 */
export function suggest(text: string, names: readonly string[]): string | undefined {
  const whole = normalise(text);
  if (whole === "" || whole.length > 64) {
    return undefined;
  }
  const prefix = commonPrefix(names.map(normalise));
  const wanted = withoutPrefix(whole, prefix);
  const candidates = names.map((name) => ({
    name,
    short: withoutPrefix(normalise(name), prefix),
  }));
  const meant = namesForWord(wanted);
  const where = (matches: (short: string) => boolean): readonly Candidate[] =>
    candidates.filter(({ short }) => matches(short));
  return (
    candidates.find(({ name, short }) => isSame(whole, name) || isSame(wanted, short)) ??
    candidates.find(({ name }) => meant.includes(name)) ??
    only(where((short) => short.endsWith(`_${wanted}`))) ??
    only(where((short) => wanted.length > 2 && short.startsWith(wanted))) ??
    nearest(wanted, candidates) ??
    longest(where((short) => prefix !== "" && wanted.endsWith(`_${short}`))) ??
    longest(where((short) => isMostOf(short, wanted))) ??
    longest(where((short) => short.endsWith(wanted) && isMostOf(wanted, short))) ??
    only(where((short) => wanted.length > 1 && isAbbreviation(wanted, short)))
  )?.name;
}

/** Whether two texts are the same but for case and underscores. */
function isSame(a: string, b: string): boolean {
  return a.replaceAll("_", "") === normalise(b).replaceAll("_", "");
}

function normalise(text: string): string {
  return text
    .trim()
    .toUpperCase()
    .replaceAll(/[-\s]+/g, "_");
}

/** Returns what all names begin with, up to an underscore; of a single name nothing. */
function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let end = others.length === 0 ? 0 : first.lastIndexOf("_") + 1;
  while (end > 0 && !others.every((name) => name.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf("_", end - 2) + 1;
  }
  return first.slice(0, end);
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) && text !== prefix ? text.slice(prefix.length) : text;
}

function only(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.length === 1 ? candidates[0] : undefined;
}

function longest(candidates: readonly Candidate[]): Candidate | undefined {
  const most = Math.max(...candidates.map(({ short }) => short.length));
  return only(candidates.filter(({ short }) => short.length === most));
}

/** Whether `part` is the beginning or the end of `whole`, at least half of it, and not what it denies. */
function isMostOf(part: string, whole: string): boolean {
  const isPart = whole.startsWith(part) || whole.endsWith(part);
  const isDenied = whole === `NO${part}` || whole === `NO_${part}`;
  return isPart && !isDenied && part.length > 2 && part.length * 2 >= whole.length;
}

/** Returns the candidate that differs least from `wanted`, and by about a third at most. */
function nearest(wanted: string, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate[] = [];
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.short, bestDistance + 1);
    if (distance < bestDistance) {
      best = [candidate];
      bestDistance = distance;
    } else if (distance === bestDistance && best.length > 0) {
      best.push(candidate);
    }
  }
  return best[0];
}

/** Whether `name` begins with the first letter of `short` and has the others in that order. */
function isAbbreviation(short: string, name: string): boolean {
  if (short.length >= name.length || short[0] !== name[0]) {
    return false;
  }
  let from = 0;
  for (const letter of short) {
    from = name.indexOf(letter, from) + 1;
    if (from === 0) {
      return false;
    }
  }
  return true;
}

/** Insertions, deletions, replacements and exchanges of neighbours that make `b` of `a`; `limit` or more as `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const shifted = Math.min(at(previous, column), at(current, column - 1)) + 1;
      const isExchange = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const exchanged = isExchange ? at(before, column - 2) + 1 : limit;
      current.push(Math.min(replaced, shifted, exchanged));
    }
    [before, previous] = [previous, current];
  }
  return Math.min(at(previous, b.length), limit);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY;
}
