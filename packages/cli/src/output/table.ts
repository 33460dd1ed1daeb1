/** Widths of a table's columns. */
export interface TableOptions {
  /** Least width of a column with what separates it from the next, in characters. @default 0 */
  readonly widthMin?: number;
  /** Spaces after the longest cell of a column. @default 3 */
  readonly padding?: number;
}

/** Returns rows as lines of aligned columns, a newline after each; the last column is not padded. */
export function formatTable(
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const { widthMin = 0, padding = 3 } = options;
  const shown = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? widthMin, Bun.stringWidth(cell) + padding);
    }
  }
  return shown
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

/** Returns text that cannot steer a terminal: control characters become `\x1b` and the like. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    return `\\x${code}`;
  });
}
