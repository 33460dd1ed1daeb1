import { connectionError } from "./http.ts";

/**
 * Reads the lines of an answer as they arrive, without their line ends. Stopping early closes the connection.
 *
 * @throws {ContainerError} ERR_DAEMON_GONE when the connection breaks.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array> | null,
  socketPath: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(socketPath, error);
  } finally {
    // Bun closes the connection; when it is broken already there is nothing to close.
    await reader.cancel().catch(() => undefined);
  }
}
