import { ptr } from "bun:ffi";
import { value } from "../machine/constants.ts";
import { keepAlive } from "./keep-alive.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Replaces this process by another program: same pid, same children, same working directory. Descriptors that are not
 * close-on-exec stay open, signals that are ignored stay ignored, and the signal mask is the calling thread's.
 *
 * @param executable descriptor of the program's file
 * @param environment `NAME=value`
 * @throws {SystemCallError} when it fails; otherwise nothing of us is left to return to
 * @see execveat(2)
 */
export function execute(
  kernel: Kernel,
  executable: number,
  args: readonly string[],
  environment: readonly string[],
): void {
  const argv = new TextArray(args);
  const envp = new TextArray(environment);
  kernel.call("execveat", executable, "", argv.pointers, envp.pointers, value("AT_EMPTY_PATH"));
  keepAlive([argv, envp]);
}

/** `char *texts[]`, with a null pointer at its end. */
class TextArray {
  readonly pointers: BigUint64Array;
  /** What the pointers lead to, kept alive with them. */
  readonly texts: readonly Uint8Array[];

  constructor(texts: readonly string[]) {
    const encoder = new TextEncoder();
    this.texts = texts.map((text) => encoder.encode(`${text}\0`));
    // SAFETY: typed arrays do not move, and `texts` keeps them as long as the pointers.
    this.pointers = new BigUint64Array([...this.texts.map((text) => BigInt(ptr(text))), 0n]);
  }
}
