import { ContainerError } from "@ctr/spec";

/**
 * Does something in several steps, and undoes them in reverse order when one fails.
 *
 * @param action gets the stack to put each undoing on
 * @throws what `action` threw; when undoing fails, too, its message says so
 */
export async function undoing<Result>(
  action: (undo: AsyncDisposableStack) => Promise<Result>,
): Promise<Result> {
  const undo = new AsyncDisposableStack();
  try {
    return await action(undo);
  } catch (error) {
    try {
      await undo.disposeAsync();
    } catch (second) {
      throw alsoFailed(error, second);
    }
    throw error;
  }
}

function alsoFailed(error: unknown, second: unknown): ContainerError {
  const first = error instanceof Error ? error : new Error(String(error));
  const details = error instanceof ContainerError ? error.toDocument() : undefined;
  return new ContainerError(
    `${first.message}; what was done could not be undone: ${String(second)}`,
    {
      code: details?.code ?? "ERR_UNDO_FAILED",
      kind: details?.kind ?? "internal",
      hint: details?.hint ?? '"bunc delete --force" tries again',
      cause: new SuppressedError(second, error),
    },
  );
}
