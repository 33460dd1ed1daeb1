/**
 * What differs between two programs, as a unified diff of their explanations.
 *
 * @module
 */

import { formatLine, type Layout, type Line, layoutOf, linesOf } from "./explain.ts";
import type { Program } from "./step.ts";

/** How many steps that are the same stand around those that differ. */
const contextLines = 3;

interface Change {
  readonly sign: " " | "-" | "+";
  readonly line: Line;
  /** How many lines of each program stand before this one. */
  readonly before: readonly [first: number, second: number];
}

/**
 * Compares two programs, a line for each step that only one of them has, with a few steps around it.
 *
 * Steps are the same when they do the same for the same reason. Their number, the place of their field and the numbers
 * in names may differ, as long as what one program calls by one name the other does too: one more mount does not change
 * those after it.
 *
 * @returns a unified diff with the least lines; `""` when no step differs
 */
export function explainDifference(a: Program, b: Program): string {
  const [first, second] = [linesOf(a), linesOf(b)];
  const layout = layoutOf([...first, ...second]);
  return hunksOf(compare(first, second))
    .map((hunk) => formatHunk(hunk, layout))
    .join("");
}

function compare(first: readonly Line[], second: readonly Line[]): Change[] {
  const kinds = new Map<string, number>();
  const numbered = (lines: readonly Line[]): number[] =>
    lines.map(({ index, shape, does }) => {
      const key = JSON.stringify([index === undefined, shape, does]);
      const known = kinds.get(key);
      if (known !== undefined) return known;
      kinds.set(key, kinds.size);
      return kinds.size - 1;
    });
  const renaming = new Renaming();
  const changes: Change[] = [];
  let [x, y] = [0, 0];
  const take = (sign: Change["sign"]): void => {
    const line = sign === "+" ? second[y] : first[x];
    if (line !== undefined) changes.push({ sign, line, before: [x, y] });
    if (sign !== "+") x++;
    if (sign !== "-") y++;
  };
  for (const [commonX, commonY] of longestCommon(numbered(first), numbered(second))) {
    while (x < commonX) take("-");
    while (y < commonY) take("+");
    if (renaming.agrees(first[x]?.names ?? [], second[y]?.names ?? [])) take(" ");
    else {
      take("-");
      take("+");
    }
  }
  while (x < first.length) take("-");
  while (y < second.length) take("+");
  return changes;
}

/** What the second program calls the things of the first. */
class Renaming {
  readonly #there: Map<string, string> = new Map();
  readonly #back: Map<string, string> = new Map();

  /** Tells whether these names can mean the same things, given all that agreed before. */
  agrees(names: readonly string[], others: readonly string[]): boolean {
    const pairs = names.map((name, index) => [name, others[index] ?? ""] as const);
    const agree = pairs.every(
      ([name, other]) =>
        (this.#there.get(name) ?? other) === other && (this.#back.get(other) ?? name) === name,
    );
    if (!agree) return false;
    for (const [name, other] of pairs) {
      this.#there.set(name, other);
      this.#back.set(other, name);
    }
    return true;
  }
}

/**
 * Returns the pairs of places of a longest common subsequence.
 *
 * Source: Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), figure 2, with the paths kept.
 */
function longestCommon(a: readonly number[], b: readonly number[]): (readonly [number, number])[] {
  const middle = a.length + b.length + 1;
  // At middle + k: how far in `a` a path on diagonal k = x - y comes. What it was before each round is kept to walk back.
  const furthest = new Int32Array(2 * middle + 1).fill(-1);
  furthest[middle + 1] = 0;
  const rounds: Round[] = [];
  for (let differences = 0; ; differences++) {
    const round = new Round(furthest, middle, differences);
    rounds.push(round);
    for (let k = -differences; k <= differences; k += 2) {
      let x = round.start(k);
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(rounds, a.length, b.length);
    }
  }
}

/** How far the paths with one difference less than this round come. */
class Round {
  readonly #furthest: Int32Array;
  readonly #differences: number;

  constructor(furthest: Int32Array, middle: number, differences: number) {
    this.#furthest = furthest.slice(middle - differences - 1, middle + differences + 2);
    this.#differences = differences;
  }

  #at(k: number): number {
    return this.#furthest[k + this.#differences + 1] ?? -1;
  }

  /** Whether the path that gets furthest on a diagonal comes to it by a step of the second program. */
  isInsertion(k: number): boolean {
    const differences = this.#differences;
    return k === -differences || (k !== differences && this.#at(k - 1) < this.#at(k + 1));
  }

  /** Where that path comes to the diagonal. */
  start(k: number): number {
    return this.isInsertion(k) ? this.#at(k + 1) : this.#at(k - 1) + 1;
  }
}

function walkBack(
  rounds: readonly Round[],
  lengthA: number,
  lengthB: number,
): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let [x, y] = [lengthA, lengthB];
  for (const round of rounds.toReversed()) {
    const k = x - y;
    for (const began = round.start(k); x > began; ) pairs.push([--x, --y]);
    if (round.isInsertion(k)) y--;
    else x--;
  }
  return pairs.reverse();
}

/** Splits changes to runs that stand close together, each with its context. */
function hunksOf(changes: readonly Change[]): (readonly Change[])[] {
  const hunks: (readonly Change[])[] = [];
  let from = 0;
  let to = 0;
  for (const [at, { sign }] of changes.entries()) {
    if (sign === " ") continue;
    if (at - contextLines > to && to > 0) {
      hunks.push(changes.slice(from, to));
      to = 0;
    }
    if (to === 0) from = Math.max(0, at - contextLines);
    to = Math.min(changes.length, at + 1 + contextLines);
  }
  if (to > 0) hunks.push(changes.slice(from, to));
  return hunks;
}

function formatHunk(hunk: readonly Change[], layout: Layout): string {
  const [x, y] = hunk[0]?.before ?? [0, 0];
  const range = (begin: number, other: Change["sign"]): string => {
    const count = hunk.filter(({ sign }) => sign !== other).length;
    return `${count === 0 ? begin : begin + 1},${count}`;
  };
  const lines = hunk.map(({ sign, line }) => `${sign}${formatLine(line, layout)}`.trimEnd());
  return [`@@ -${range(x, "+")} +${range(y, "-")} @@`, ...lines, ""].join("\n");
}
