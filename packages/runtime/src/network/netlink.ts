/**
 * Requests to rtnetlink, the kernel's interface to network devices and their addresses.
 *
 * @see netlink(7), rtnetlink(7)
 * @module
 */

import { FileDescriptor } from "../kernel/fd.ts";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { value } from "../machine/constants.ts";
import { errnoName } from "../machine/errno.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

const flagBits = {
  NLM_F_REQUEST: 0x1,
  NLM_F_ACK: 0x4,
  NLM_F_EXCL: 0x200,
  NLM_F_CREATE: 0x400,
  NLM_F_DUMP: 0x300,
} as const;

/** A flag of a request. */
export type NetlinkFlag = keyof typeof flagBits;

/** An attribute: a number that says what it is, and bytes. */
export interface Attribute {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A message, taken apart. */
export interface NetlinkMessage {
  readonly type: number;
  /** What follows `struct nlmsghdr`. */
  readonly body: Uint8Array;
}

const headerSize = 16;
const attributeHeaderSize = 4;
/** The kernel answers in pieces of at most 32 KiB. */
const answerMax = 0x1_0000;

/** A socket to the network namespace that it was opened in. */
export class NetlinkSocket implements Disposable {
  readonly #kernel: Kernel;
  readonly #socket: FileDescriptor;
  #sequence = 0;

  private constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const type = SOCK_RAW + value("SOCK_CLOEXEC");
    this.#socket = new FileDescriptor(
      kernel,
      kernel.call("socket", AF_NETLINK, type, NETLINK_ROUTE),
    );
  }

  /** Opens one in our own network namespace. */
  static open(kernel: Kernel): NetlinkSocket {
    return new NetlinkSocket(kernel);
  }

  /**
   * Opens one in another network namespace, which this thread enters for that long.
   *
   * @param own descriptor of our network namespace
   * @param other descriptor of the other one
   */
  static openIn(kernel: Kernel, own: number, other: number): NetlinkSocket {
    kernel.call("setns", other, value("CLONE_NEWNET"));
    try {
      return new NetlinkSocket(kernel);
    } finally {
      kernel.call("setns", own, value("CLONE_NEWNET"));
    }
  }

  /**
   * Sends a request and returns the answers.
   *
   * @param flags beside those that every request has
   * @param body a struct such as `ifinfomsg`
   * @throws {SystemCallError} what the kernel answered
   */
  request(
    type: number,
    flags: readonly NetlinkFlag[],
    body: Uint8Array,
    attributes: readonly Attribute[] = [],
  ): NetlinkMessage[] {
    this.#sequence++;
    const all: readonly NetlinkFlag[] = ["NLM_F_REQUEST", "NLM_F_ACK", ...flags];
    const bits = all.reduce((sum, flag) => sum | flagBits[flag], 0);
    const message = encodeMessage(type, bits, this.#sequence, body, attributes);
    this.#kernel.call("sendto", this.#socket.number, message, message.length, 0, null, 0);
    return this.#answers();
  }

  #answers(): NetlinkMessage[] {
    const answers: NetlinkMessage[] = [];
    const buffer = new Uint8Array(answerMax);
    for (;;) {
      const length = this.#kernel.call(
        "recvfrom",
        this.#socket.number,
        buffer,
        buffer.length,
        0,
        null,
        null,
      );
      for (const { type, body } of decodeMessages(buffer.slice(0, length))) {
        if (type === NLMSG_DONE) return answers;
        if (type !== NLMSG_ERROR) answers.push({ type, body });
        else if (errnoOf(body) === 0) return answers;
        else
          throw new SystemCallError(
            "sendto",
            errnoName(errnoOf(body)),
            `rtnetlink: ${errnoName(errnoOf(body))}`,
          );
      }
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** `struct nlmsgerr` begins with a negative errno, or 0 for success. */
function errnoOf(body: Uint8Array): number {
  return -viewOf(body).getInt32(0, true);
}

/** Writes `struct nlmsghdr`, a body and attributes behind it, each aligned to 4 bytes. */
export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  body: Uint8Array,
  attributes: readonly Attribute[],
): Uint8Array {
  const sizes = attributes.map(({ data }) => aligned(attributeHeaderSize + data.length));
  const length = sizes.reduce((sum, size) => sum + size, headerSize + aligned(body.length));
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint32(0, length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, headerSize);
  let at = headerSize + aligned(body.length);
  for (const [index, attribute] of attributes.entries()) {
    view.setUint16(at, attributeHeaderSize + attribute.data.length, true);
    view.setUint16(at + 2, attribute.type, true);
    bytes.set(attribute.data, at + attributeHeaderSize);
    at += sizes[index] ?? 0;
  }
  return bytes;
}

/** Takes what one read returned apart. */
export function decodeMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + headerSize <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < headerSize) break;
    const type = view.getUint16(at + 4, true);
    messages.push({ type, body: bytes.subarray(at + headerSize, at + length) });
    at += aligned(length);
  }
  return messages;
}

/** Takes the attributes behind a struct apart; flags in their types are left out. */
export function decodeAttributes(bytes: Uint8Array): Attribute[] {
  const view = viewOf(bytes);
  const attributes: Attribute[] = [];
  for (let at = 0; at + attributeHeaderSize <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < attributeHeaderSize) break;
    const type = view.getUint16(at + 2, true) & 0x3fff;
    attributes.push({ type, data: bytes.subarray(at + attributeHeaderSize, at + length) });
    at += aligned(length);
  }
  return attributes;
}

/** A text with its NUL. */
export function textAttribute(type: number, text: string): Attribute {
  return { type, data: new TextEncoder().encode(`${text}\0`) };
}

/** A 32-bit number. */
export function numberAttribute(type: number, number: number): Attribute {
  return { type, data: new Uint8Array(new Uint32Array([number]).buffer) };
}

/** A view of bytes that may lie in the middle of others. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
