import type { ProblemDocument } from "./problem.ts";
import type { ProcessExit, ResizeRequest } from "./process.ts";

/**
 * What is said on the WebSocket of an attached process.
 *
 * Bytes of stdio are binary messages; the first byte of each says which stream. Everything else is a text message with
 * one JSON document.
 *
 * ```
 * client                                              daemon
 *   |  <------ {"type":"attached","terminal":false}     |
 *   |  [0] standard input ------------------------->    |
 *   |  <------ {"type":"written","bytes":12}            |   so much of the input was taken
 *   |  <------ [1|2] output                             |
 *   |  {"type":"read","bytes":512} ---------------->    |   with `window`: so much of the output was used
 *   |  {"type":"resize","columns":80,"rows":24} --->    |
 *   |  {"type":"closeStdin"} ---------------------->    |
 *   |  <------ {"type":"exit","exit":{...}}             |   the last message
 * ```
 */
export const attachStreams = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** How many bytes of input may be on their way before the daemon closes the connection. */
export const stdinWindowBytes: number = 1024 * 1024;

/** How a client attaches: the query of `GET /v1/containers/{id}/processes/{processId}/attach`. */
export interface AttachQuery {
  /** Whether input may be sent. @default true */
  readonly stdin?: boolean;
  /** Whether output is wanted. @default true */
  readonly output?: boolean;
  /** What happens when the client does not read: its connection ends, or the process waits. @default "detach" */
  readonly whenSlow?: "detach" | "wait";
  /** How many bytes of output may be on their way without a `read`. Default: as many as the socket takes. */
  readonly window?: number;
}

/** A text message from a client. */
export type AttachClientMessage =
  | ({ readonly type: "resize" } & ResizeRequest)
  | { readonly type: "closeStdin" }
  /** So many more bytes of the output were used. */
  | { readonly type: "read"; readonly bytes: number };

/** A text message from the daemon. */
export type AttachServerMessage =
  | {
      readonly type: "attached";
      readonly processId: string;
      readonly terminal: boolean;
      /** Host pid, of an exec that this attach has started. */
      readonly pid?: number;
    }
  /** So many more bytes of the input were taken. */
  | { readonly type: "written"; readonly bytes: number }
  | { readonly type: "exit"; readonly exit: ProcessExit }
  /** The connection ends; the process may go on. */
  | { readonly type: "problem"; readonly problem: ProblemDocument };
