const result = /^\((pass|fail|skip|todo)\) /;
/** bun names the tests that failed once more at the end. */
const summary = /^\d+ tests? (failed|skipped|todo):$/;
/** What comes before a test's result: its output, and the end of it is the error. */
const lastLines = 40;

/** Returns what `bun test` printed of each test that failed: the last lines before its result, and that. */
export function failureReasons(output: string): string[] {
  const reasons: string[] = [];
  let before: string[] = [];
  for (const line of output.split("\n")) {
    if (summary.test(line)) break;
    if (result.test(line)) {
      if (line.startsWith("(fail)")) reasons.push([...before.slice(-lastLines), line].join("\n"));
      before = [];
    } else if (line.trim() !== "") before.push(line);
  }
  return reasons;
}
