/** A sample's median with its spread. */
export interface Summary {
  readonly runs: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/** Summarizes a sample of at least one number. */
export function summarize(sample: readonly number[]): Summary {
  const sorted = [...sample].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { runs: sorted.length, median: at(0.5), p10: at(0.1), p90: at(0.9) };
}

/** One line of a table: what was measured, its summary and what it is compared with. */
export function row(what: string, sample: readonly number[], unit: string, ratio?: string): string {
  const { runs, median, p10, p90 } = summarize(sample);
  const digits = median < 10 ? 2 : 1;
  const shown = [median, p10, p90].map((value) => value.toFixed(digits));
  return `| ${what} | ${shown[0]} ${unit} | ${shown[1]} – ${shown[2]} | ${runs} | ${ratio ?? ""} |`;
}

export const header =
  "| what | median | p10 – p90 | runs | compared |\n| --- | --- | --- | --- | --- |";
