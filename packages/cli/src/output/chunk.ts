/** A piece of a process' output, as `--json` prints it. */
export interface OutputChunk {
  readonly stream: "stdout" | "stderr";
  /** The piece, when it is UTF-8. */
  readonly text?: string;
  /** The piece, when it is not. */
  readonly base64?: string;
}

/** Returns a piece of output as a JSON document that loses nothing. */
export function encodeChunk(stream: OutputChunk["stream"], data: Uint8Array): OutputChunk {
  try {
    return {
      stream,
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data),
    };
  } catch {
    return { stream, base64: Buffer.from(data).toString("base64") };
  }
}
