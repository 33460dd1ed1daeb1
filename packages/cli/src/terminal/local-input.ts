/** Where standard input goes. */
export interface InputHandlers {
  /** Takes a piece; no other comes before it resolves. */
  data(piece: Uint8Array): Promise<void>;
  /** There is no more. */
  end(): Promise<void>;
  /** One of the others failed. */
  failed(error: unknown): void;
}

/** Reads standard input piece by piece until it is disposed of; then it keeps the process alive no longer. */
export function readLocalInput(handlers: InputHandlers): Disposable {
  // Not process.stdin: with Bun 1.4.5 a pipe that was paused does not always resume.
  const reader = Bun.stdin.stream().getReader();
  let isDisposed = false;
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (isDisposed) return;
      if (done) return await handlers.end();
      await handlers.data(value);
    }
  };
  read().catch((error: unknown) => {
    if (!isDisposed) handlers.failed(error);
  });
  return {
    [Symbol.dispose]: () => {
      isDisposed = true;
      void reader.cancel().catch(() => undefined);
    },
  };
}
