/** How bad a {@linkcode Finding} is. */
export type FindingLevel =
  /** As it should be. */
  | "ok"
  /** Something that not everybody needs is not there. */
  | "missing"
  /** Containers run, but not all of them or not as well. */
  | "warning"
  /** Containers cannot run. */
  | "error";

/** One thing that the doctor has looked at. */
export interface Finding {
  /** What was looked at, a few words. */
  readonly name: string;
  readonly level: FindingLevel;
  /** What is there. */
  readonly found: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Makes a finding that is fine. */
export function ok(name: string, found: string): Finding {
  return { name, level: "ok", found };
}
