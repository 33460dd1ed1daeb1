const kept: { value: unknown } = { value: undefined };

/**
 * Keeps a value from the garbage collector until here. Its memory is otherwise free once its last use in JavaScript is
 * behind, even while the kernel still reads what a number points to.
 */
export function keepAlive(value: unknown): void {
  kept.value = value;
  kept.value = undefined;
}
