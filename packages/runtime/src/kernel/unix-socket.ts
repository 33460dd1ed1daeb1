/**
 * Unix sockets and the descriptors that travel over them (unix(7), SCM_RIGHTS).
 *
 * @module
 */

import { ptr } from "bun:ffi";
import { value } from "../machine/constants.ts";
import { FileDescriptor } from "./fd.ts";
import { open } from "./file.ts";
import type { Kernel } from "./kernel.ts";

const pathMax = 107;

/** Connects to a socket at a path of any length. */
export function connectUnixSocket(
  kernel: Kernel,
  path: string,
  type: "SOCK_STREAM" | "SOCK_DGRAM" = "SOCK_STREAM",
): FileDescriptor {
  using socket = new FileDescriptor(
    kernel,
    kernel.call("socket", value("AF_UNIX"), value(type, "SOCK_CLOEXEC"), 0),
  );
  if (new TextEncoder().encode(path).length <= pathMax) {
    connect(kernel, socket.number, path);
  } else {
    // A socket's address holds 107 bytes; a descriptor makes any path short.
    using file = open(kernel, path, ["O_PATH"]);
    connect(kernel, socket.number, `/proc/self/fd/${file.number}`);
  }
  return new FileDescriptor(kernel, socket.release());
}

function connect(kernel: Kernel, socket: number, path: string): void {
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
  new TextEncoder().encodeInto(path, address.subarray(2));
  kernel.call("connect", socket, address, address.length);
}

/** Makes two connected stream sockets, close-on-exec. */
export function socketPair(kernel: Kernel): readonly [FileDescriptor, FileDescriptor] {
  const ends = new Int32Array(2);
  kernel.call("socketpair", value("AF_UNIX"), value("SOCK_STREAM", "SOCK_CLOEXEC"), 0, ends);
  return [new FileDescriptor(kernel, ends[0] ?? -1), new FileDescriptor(kernel, ends[1] ?? -1)];
}

/**
 * Receives one descriptor, close-on-exec; `undefined` when the other end closed, or sent something else.
 *
 * More descriptors than one in the same message are closed.
 */
export function receiveDescriptor(kernel: Kernel, socket: number): FileDescriptor | undefined {
  const message = new Message(new Uint8Array(receivedTextMax));
  kernel.call("recvmsg", socket, message.header, value("MSG_CMSG_CLOEXEC"));
  const [first, ...others] = message.descriptors();
  for (const other of others) kernel.call("close", other);
  return first === undefined ? undefined : new FileDescriptor(kernel, first);
}

/** Sends a descriptor with a text beside it, which may not be empty: a stream carries descriptors with bytes only. */
export function sendDescriptor(
  kernel: Kernel,
  socket: number,
  descriptor: number,
  text: string,
): void {
  const message = new Message(new TextEncoder().encode(text));
  message.setDescriptor(descriptor);
  kernel.call("sendmsg", socket, message.header, value("MSG_NOSIGNAL"));
}

const receivedTextMax = 4096;
const controlHeaderSize = 16;
/** Room for two descriptors, which is what a control message for one is rounded up to. */
const controlSize = 24;

/** Where a message has what (offsets in bytes). */
const layout = { control: 0, vector: 24, header: 40, text: 96 } as const;

/**
 * `struct msghdr` for one text and one descriptor.
 * SAFETY: the header, and all that it points to, lie in one buffer, so that whoever holds the header holds all.
 */
class Message {
  /** The struct itself. */
  readonly header: Uint8Array;
  readonly #view: DataView;

  constructor(text: Uint8Array) {
    const bytes = new Uint8Array(new ArrayBuffer(layout.text + text.length));
    const address = ptr(bytes);
    const view = new DataView(bytes.buffer);
    bytes.set(text, layout.text);
    // struct iovec: u64 base, u64 length
    view.setBigUint64(layout.vector, BigInt(address + layout.text), true);
    view.setBigUint64(layout.vector + 8, BigInt(text.length), true);
    // struct msghdr: u64 name, u32 its length, pad, u64 vector, u64 its count, u64 control, u64 its length, u32 flags
    view.setBigUint64(layout.header + 16, BigInt(address + layout.vector), true);
    view.setBigUint64(layout.header + 24, 1n, true);
    view.setBigUint64(layout.header + 32, BigInt(address + layout.control), true);
    view.setBigUint64(layout.header + 40, BigInt(controlSize), true);
    this.#view = view;
    this.header = bytes.subarray(layout.header, layout.text);
  }

  /** Puts a descriptor beside the text. */
  setDescriptor(descriptor: number): void {
    const view = this.#view;
    // struct cmsghdr: u64 length, u32 level, u32 type; then the descriptors
    view.setBigUint64(layout.control, BigInt(controlHeaderSize + 4), true);
    view.setUint32(layout.control + 8, value("SOL_SOCKET"), true);
    view.setUint32(layout.control + 12, value("SCM_RIGHTS"), true);
    view.setInt32(layout.control + controlHeaderSize, descriptor, true);
  }

  /** Returns the descriptors that came with a message. */
  descriptors(): number[] {
    const view = this.#view;
    const length = Number(view.getBigUint64(layout.control, true));
    const isRights =
      view.getUint32(layout.control + 8, true) === value("SOL_SOCKET") &&
      view.getUint32(layout.control + 12, true) === value("SCM_RIGHTS");
    if (!isRights) return [];
    return Array.from({ length: Math.floor((length - controlHeaderSize) / 4) }, (_, index) =>
      view.getInt32(layout.control + controlHeaderSize + 4 * index, true),
    );
  }
}
