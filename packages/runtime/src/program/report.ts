/**
 * What a running program writes to its `report` descriptor: messages of eight bytes, little-endian.
 *
 * ```
 *   u32 index of the step that failed   u32 errno                  then the program ends
 *   u32 0x80000000 + number of a note   u32 value                  see `noteNames`
 * ```
 *
 * The end of file without a failure means that execve(2) replaced the program: the descriptor is close-on-exec.
 *
 * @module
 */

import { type ErrnoName, errnoName } from "../machine/errno.ts";
import { type NoteName, noteNames } from "./step.ts";

/** Size of one message. Writes of this size to a pipe are never mixed (pipe(7), PIPE_BUF). */
export const messageSize = 8;

const noteBit = 0x8000_0000;

/** A message of a program. */
export type Message =
  | { readonly failed: number; readonly errno: ErrnoName }
  | { readonly note: NoteName; readonly value: number };

/** Returns the number that marks a note on the wire. */
export function noteTag(name: NoteName): number {
  return noteBit + noteNames.indexOf(name);
}

/** Decodes whole messages. */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Message[] = [];
  for (let at = 0; at + messageSize <= bytes.byteLength; at += messageSize) {
    const tag = view.getUint32(at, true);
    const value = view.getUint32(at + 4, true);
    const note = tag >= noteBit ? noteNames[tag - noteBit] : undefined;
    if (note === undefined) messages.push({ failed: tag, errno: errnoName(value) });
    else messages.push({ note, value });
  }
  return messages;
}
