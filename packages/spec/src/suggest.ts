/**
 * Returns which of `names` was likely meant by `text`, or `undefined` when none is close.
 *
 * Letter case, `-` for `_` and a missing prefix up to an underscore (`NET_RAW` for `CAP_NET_RAW`)
 * do not count, and the beginning of one name only will do; otherwise about a third of the characters
 * may differ, or letters be left out.
 */
export function suggest(text: string, names: readonly string[]): string | undefined {
  const wanted = normalise(text);
  if (wanted === "" || wanted.length > 64) {
    return undefined;
  }
  const same = names.find((name) => isSameName(wanted, normalise(name)));
  if (same !== undefined) {
    return same;
  }
  const completions = names.filter(
    (name) => wanted.length > 2 && normalise(name).startsWith(wanted),
  );
  if (completions.length === 1) {
    return completions[0];
  }
  let best: string | undefined;
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const name of names) {
    const distance = editDistance(wanted, normalise(name), bestDistance);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best ?? names.find((name) => wanted.length > 1 && isAbbreviation(wanted, normalise(name)));
}

function normalise(text: string): string {
  return text.toUpperCase().replaceAll("-", "_");
}

function isSameName(wanted: string, name: string): boolean {
  return name === wanted || name.endsWith(`_${wanted}`);
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
