/** One record of a log: a line, or a part of one. */
export interface LogRecord {
  /** RFC 3339 with nanoseconds, UTC; absent in a raw log. */
  readonly timestamp?: string;
  readonly stream: "stdout" | "stderr";
  /** The line without its newline. Bytes that are not UTF-8 are in `base64` instead. */
  readonly text?: string;
  /** The line, when it is not UTF-8. */
  readonly base64?: string;
  /** Whether the line goes on in the next record of its stream. */
  readonly partial?: true;
}

/** What of a log is wanted. */
export interface LogsQuery {
  /** The process. @default "init" */
  readonly processId?: string;
  /** Whether the answer goes on until the process has ended. @default false */
  readonly follow?: boolean;
  /** How many lines at the end; all when absent. */
  readonly tail?: number;
  /** Those from this time on: RFC 3339, or seconds since 1970. Not in a raw log. */
  readonly since?: string;
  /** Those before this time: RFC 3339, or seconds since 1970. Not in a raw log. */
  readonly until?: string;
  /** Whether lines of the standard output are wanted. @default true */
  readonly stdout?: boolean;
  /** Whether lines of the standard error are wanted. @default true */
  readonly stderr?: boolean;
  /** `ndjson`: a {@linkcode LogRecord} a line. `text`: the lines as they are. @default "ndjson" */
  readonly format?: "ndjson" | "text";
  /** Whether each line of `text` begins with its time. @default false */
  readonly timestamps?: boolean;
}
