/** Longest line that is kept, in characters; the rest of a longer one is dropped. */
const lineLengthMax = 4096;

/** Cuts pieces of text into lines and hands each on without its newline. */
export function linesOf(onLine: (line: string) => void): (data: Uint8Array) => void {
  const decoder = new TextDecoder();
  let begun = "";
  return (data) => {
    const pieces = (begun + decoder.decode(data, { stream: true })).split("\n");
    begun = (pieces.pop() ?? "").slice(0, lineLengthMax);
    for (const line of pieces) onLine(line);
  };
}
