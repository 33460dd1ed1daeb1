/**
 * Whether a program printed what a page says. Numbers, names that are made up and how long ago something was differ from
 * run to run and match any others, spaces match any spaces, `...` matches anything: on a line of its own any lines, or
 * none.
 */
export function matchesOutput(expected: string, actual: string): boolean {
  const lines = normalised(expected).split("\n");
  const hasOpenEnd = lines.at(-1)?.trim() === "...";
  const pattern = lines.slice(0, hasOpenEnd ? -1 : undefined).map((line, index) => {
    const newline = index === 0 ? "" : "\\n";
    if (line.trim() !== "...") return `${newline}${linePattern(line)}[ \\t]*`;
    return index === 0 ? "(?:[^\\n]*(?=\\n))?(?:\\n[^\\n]*)*?" : "(?:\\n[^\\n]*)*";
  });
  const end = hasOpenEnd ? "(?:\\n[^\\n]*)*" : "";
  return new RegExp(`^${pattern.join("")}${end}$`).test(normalised(actual));
}

function linePattern(line: string): string {
  return line
    .trimEnd()
    .split(/(\.\.\.|\b[0-9a-f]{8}\b|\d+(?:\.\d+)*|\s+)/)
    .map((part, index) => {
      if (index % 2 === 0) return RegExp.escape(part);
      if (part === "...") return ".*";
      if (/^\s+$/.test(part)) return "[ \\t]+";
      return /^[0-9a-f]{8}$/.test(part) ? "[0-9a-f]{8}" : "\\d+(?:\\.\\d+)*";
    })
    .join("");
}

function normalised(text: string): string {
  return text
    .replaceAll("\r", "")
    .replace(/\n+$/, "")
    .replace(/\b\d+ (second|minute)s? ago\b/g, "just now");
}
