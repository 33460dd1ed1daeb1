/** What goes to stdout and stderr, in runc's forms. */

import { linuxKernel } from "../kernel/linux.ts";
import { isErrno } from "../kernel/system-call-error.ts";

/** Writes a text to stdout, all of it, before it returns. */
export function print(text: string): void {
  writeAll(1, text);
}

/** Writes a text to stderr. */
export function printError(text: string): void {
  writeAll(2, text);
}

function writeAll(descriptor: number, text: string): void {
  const kernel = linuxKernel();
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += kernel.call("write", descriptor, bytes.subarray(at), bytes.length - at);
    } catch (error) {
      // Whoever read us has gone.
      if (isErrno(error, "EPIPE")) return;
      if (!isErrno(error, "EAGAIN", "EINTR")) throw error;
    }
  }
}

const cellMin = 12;
const padding = 3;

/** Formats a table as Go's tabwriter does for runc: columns at least 12 wide, 3 blanks between. */
export function table(rows: readonly (readonly string[])[]): string {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(cellMin, ...rows.map((row) => Bun.stringWidth(row[column] ?? "") + padding)),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === row.length - 1
          ? cell
          : cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)),
      );
      return `${cells.join("")}\n`;
    })
    .join("");
}

/** Formats JSON as Go's MarshalIndent does for runc. */
export function prettyJson(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
