/**
 * Turns a list such as `0-2,7` into the bits that systemd takes, the lowest first.
 *
 * @throws {SyntaxError} when it is not such a list, or empty
 */
export function cpuListToBits(list: string): Uint8Array {
  const bits: number[] = [];
  for (const part of list.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first)) {
      throw new SyntaxError(`"${part}" is no number or range`);
    }
    for (let bit = Number(first); bit <= Number(last); bit++) {
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  if (bits.length === 0) throw new SyntaxError("it is empty");
  return Uint8Array.from(bits, (byte) => byte ?? 0);
}
