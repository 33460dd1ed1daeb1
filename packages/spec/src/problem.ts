/** How much a {@linkcode Problem} matters. */
export type ProblemLevel =
  /** The document breaks the specification: no runtime can be expected to take it. */
  | "error"
  /** The document goes against the advice of the specification, or asks for nothing sensible. */
  | "warning"
  /** Something to know, such as a field that no version of the specification has. */
  | "note";

/** One thing that is wrong with a document. */
export interface Problem {
  /** Where: a JSON pointer (RFC 6901), empty for the whole document. */
  readonly pointer: string;
  /** What kind of problem, a stable name: one of the parser's, or the name of a rule. */
  readonly code: string;
  /** How much it matters. */
  readonly level: ProblemLevel;
  /** What is there, shortened. */
  readonly found: string;
  /** What may be there. */
  readonly allowed: string;
  /** What was likely meant, when there is a good guess. */
  readonly meant?: string;
}

const lengthMax = 80;

/** Returns what `value` is, in a few words for a {@linkcode Problem.found}. */
export function describeValue(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  if (typeof value === "object" && value !== null) {
    return "an object";
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** Returns the JSON pointer of a path of keys and indices. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${escapeKey(String(key))}`).join("");
}

function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Returns the keys of a JSON pointer. */
export function fromPointer(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Orders pointers as the parts of a document: keys by name, indices by number. */
export function comparePointers(left: string, right: string): number {
  const [a, b] = [left.split("/"), right.split("/")];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareKeys(a[index] ?? "", b[index] ?? "");
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

function compareKeys(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  const bothNumbers = /^\d+$/.test(a) && /^\d+$/.test(b);
  if (bothNumbers && Number(a) !== Number(b)) {
    return Number(a) - Number(b);
  }
  return a < b ? -1 : 1;
}

/** Returns problems in the order of the document, equal ones once; one part may have several of a kind. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length < 2) {
    return problems;
  }
  const sorted = problems.toSorted(
    (a, b) => comparePointers(a.pointer, b.pointer) || compareKeys(a.code, b.code),
  );
  return sorted.filter((problem, index) => {
    for (let at = index - 1; isAbout(sorted[at], problem); at--) {
      if (sorted[at]?.found === problem.found && sorted[at]?.allowed === problem.allowed) {
        return false;
      }
    }
    return true;
  });
}

function isAbout(earlier: Problem | undefined, { pointer, code }: Problem): boolean {
  return earlier?.pointer === pointer && earlier.code === code;
}

/**
 * Returns problems as text for people, one a line.
 *
 * @example
 * ```ts
 * import { formatProblems } from "@ctr/spec";
 *
 * const text = formatProblems([
 *   {
 *     pointer: "/linux/namespaces/0/type",
 *     code: "unknown-value",
 *     level: "error",
 *     found: '"mnt"',
 *     allowed: '"mount" or "pid"',
 *     meant: '"mount"',
 *   },
 * ]);
 * console.log(text);
 * // /linux/namespaces/0/type: found "mnt", allowed is "mount" or "pid"; did you mean "mount"?
 * ```
 */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join("\n");
}

function formatProblem(problem: Problem): string {
  const level = problem.level === "error" ? "" : `${problem.level}: `;
  const meant = problem.meant === undefined ? "" : `; did you mean ${problem.meant}?`;
  const pointer = problem.pointer === "" ? "the document" : problem.pointer;
  return `${level}${pointer}: found ${problem.found}, allowed is ${problem.allowed}${meant}`;
}

/** The JSON form of what was found in a document. */
export interface ProblemReport {
  /** Whether there is no error; there may be warnings and notes. */
  readonly valid: boolean;
  /** How many problems there are of each level. */
  readonly counts: Readonly<Record<ProblemLevel, number>>;
  /** What was found, in the order of the document. */
  readonly problems: readonly Problem[];
}

/**
 * Returns problems as a plain value for JSON.
 *
 * @example
 * ```ts
 * import { reportProblems, validateConfig } from "@ctr/spec";
 *
 * const report = reportProblems(validateConfig({ ociVersion: "1.3.0", mounts: null }));
 * console.log(JSON.stringify(report.counts)); // {"error":1,"warning":0,"note":0}
 * ```
 */
export function reportProblems(problems: readonly Problem[]): ProblemReport {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { level } of problems) {
    counts[level] += 1;
  }
  return { valid: counts.error === 0, counts, problems };
}
