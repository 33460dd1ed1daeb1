/** What somebody asks for by a line in the FIFO `control`. */
export type ControlRequest =
  | { readonly kind: "closeStdin" }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number };

/** Reads a line of the FIFO `control`, as containerd 0.2 writes them; `undefined` when it means nothing. */
export function parseControlLine(line: string): ControlRequest | undefined {
  const [, kind, first, second] = /^\s*([01]) (\d{1,5}) (\d{1,5})\s*$/.exec(line) ?? [];
  if (kind === "0") return { kind: "closeStdin" };
  const [columns, rows] = [Number(first), Number(second)];
  if (kind !== "1" || columns > 0xffff || rows > 0xffff) return undefined;
  return { kind: "resize", columns, rows };
}
