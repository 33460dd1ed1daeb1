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
  const { stdin } = process;
  let isDisposed = false;
  const onData = (piece: Uint8Array): void => {
    stdin.pause();
    handlers
      .data(piece)
      .then(() => {
        if (!isDisposed) stdin.resume();
      })
      .catch(handlers.failed);
  };
  const onEnd = (): void => {
    handlers.end().catch(handlers.failed);
  };
  stdin.on("data", onData);
  stdin.on("end", onEnd);
  stdin.resume();
  return {
    [Symbol.dispose]: () => {
      isDisposed = true;
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.pause();
      stdin.unref();
    },
  };
}
