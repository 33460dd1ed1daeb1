import type { OutputStream } from "../stdio/output-stream.ts";

const newline = 10;
const encoder = new TextEncoder();
/** Longest text of a record, in bytes, as in containerd's CRI plugin. */
export const recordTextMax: number = 16 * 1024;

/**
 * Writes output as CRI log records, one a line: `TIME STREAM F|P text`.
 *
 * A line of output that goes on beyond the piece at hand, or is too long for a record, becomes several records: `P`,
 * `P`, ..., `F`. Whoever joins the texts, with a newline after each `F`, gets the output back byte for byte.
 *
 * Source: the CRI log format, kubernetes/design-proposals, kubelet-cri-logging.md.
 */
export function criRecords(stream: OutputStream, data: Uint8Array, time: string): Uint8Array {
  const full = encoder.encode(`${time} ${stream} F `);
  const partial = encoder.encode(`${time} ${stream} P `);
  const target = new Uint8Array(recordsLengthMax(data, full.length));
  let length = 0;
  for (let at = 0; at < data.length; ) {
    const lineEnd = endOfRecord(data, at);
    const isFull = data[lineEnd] === newline;
    target.set(isFull ? full : partial, length);
    length += full.length;
    target.set(data.subarray(at, lineEnd), length);
    length += lineEnd - at;
    target[length++] = newline;
    at = isFull ? lineEnd + 1 : lineEnd;
  }
  return target.subarray(0, length);
}

/** Where the record that begins at `at` ends: its newline, or the last byte it may have. */
function endOfRecord(data: Uint8Array, at: number): number {
  const limit = Math.min(at + recordTextMax, data.length);
  const found = data.subarray(at, limit + 1).indexOf(newline);
  return found === -1 ? limit : at + found;
}

function recordsLengthMax(data: Uint8Array, prefixLength: number): number {
  let records = Math.ceil(data.length / recordTextMax) + 1;
  for (let at = data.indexOf(newline); at !== -1; at = data.indexOf(newline, at + 1)) records++;
  return data.length + records * (prefixLength + 1);
}
