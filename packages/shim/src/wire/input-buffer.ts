import { ContainerError } from "@ctr/spec";
import { frameHeaderLength } from "../protocol.ts";

/** A frame as it arrived. */
export interface Frame {
  readonly type: number;
  /** Valid until the next `push()`. */
  readonly payload: Uint8Array;
}

const nothing = new Uint8Array(0);
const newline = 10;
const decoder = new TextDecoder();

/** Bytes that arrived on a socket, to be taken as lines or frames. It holds no memory while it is empty. */
export class InputBuffer {
  #bytes: Uint8Array = nothing;
  #start = 0;
  #end = 0;
  /** How far a newline was searched for in vain. */
  #searched = 0;

  /** Whether nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Adds bytes that arrived. */
  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    const length = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (length + chunk.length));
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = larger;
      this.#searched = Math.max(this.#searched - this.#start, 0);
      this.#start = 0;
      this.#end = length;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Takes a line without its newline; `undefined` when none is complete.
   *
   * @throws {ContainerError} ERR_SHIM_PROTOCOL when it is longer than `lengthMax` bytes.
   */
  takeLine(lengthMax: number): string | undefined {
    const from = Math.max(this.#start, this.#searched);
    const found = this.#bytes.subarray(0, this.#end).indexOf(newline, from);
    const lineEnd = found === -1 ? this.#end : found;
    if (lineEnd - this.#start > lengthMax) throw tooLong("line", lengthMax);
    this.#searched = this.#end;
    if (found === -1) return undefined;
    const line = decoder.decode(this.#bytes.subarray(this.#start, found));
    this.#take(found + 1);
    return line;
  }

  /**
   * Takes a frame; `undefined` when none is complete.
   *
   * @throws {ContainerError} ERR_SHIM_PROTOCOL when its payload is longer than `payloadMax` bytes.
   */
  takeFrame(payloadMax: number): Frame | undefined {
    if (this.#end - this.#start < frameHeaderLength) return undefined;
    const header = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#start);
    const length = header.getUint32(4);
    if (length > payloadMax) throw tooLong("frame", payloadMax);
    const payloadStart = this.#start + frameHeaderLength;
    if (this.#end - payloadStart < length) return undefined;
    const payload = this.#bytes.subarray(payloadStart, payloadStart + length);
    const type = header.getUint8(0);
    this.#take(payloadStart + length);
    return { type, payload };
  }

  #take(upTo: number): void {
    this.#start = upTo;
    this.#searched = upTo;
    if (upTo === this.#end) {
      this.#bytes = nothing;
      this.#start = this.#end = this.#searched = 0;
    }
  }
}

function tooLong(what: string, max: number): ContainerError {
  return new ContainerError(
    `Cannot read a ${what} of the shim's protocol: longer than ${max} bytes`,
    {
      code: "ERR_SHIM_PROTOCOL",
      kind: "invalid",
    },
  );
}
