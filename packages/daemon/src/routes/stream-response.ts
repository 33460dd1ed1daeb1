/**
 * Makes an answer of pieces as they come. Pieces are asked for only as fast as the client reads.
 *
 * @param begin is called at once; its signal says when nobody reads any more.
 */
export function streamResponse(
  request: Request,
  shutdown: AbortSignal,
  headers: Readonly<Record<string, string>>,
  begin: (signal: AbortSignal) => AsyncIterable<string | Uint8Array>,
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, request.signal, shutdown]);
  const pieces = begin(signal)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        for (;;) {
          const { value, done } = await pieces.next();
          if (done === true) {
            // A stream that is cut short by our end must not look complete.
            if (shutdown.aborted) controller.error(new Error("The daemon ends"));
            else controller.close();
            return;
          }
          if (value.length === 0) continue;
          controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
          return;
        }
      } catch (error) {
        controller.error(error);
      }
    },
    cancel: () => {
      gone.abort();
      // What it waits for has ended with the signal, so that it closes its files.
      void pieces.return?.();
    },
  });
  return new Response(body, { headers: { "cache-control": "no-store", ...headers } });
}
