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

/** Connects to a stream socket at a path of any length. */
export function connectUnixSocket(kernel: Kernel, path: string): FileDescriptor {
  using socket = new FileDescriptor(
    kernel,
    kernel.call("socket", value("AF_UNIX"), value("SOCK_STREAM", "SOCK_CLOEXEC"), 0),
  );
  // A socket's address holds 107 bytes; a descriptor of its directory makes any path short.
  const slash = path.lastIndexOf("/");
  if (new TextEncoder().encode(path).length <= pathMax) {
    connect(kernel, socket.number, path);
  } else {
    using directory = open(kernel, path.slice(0, slash) || "/", ["O_PATH"]);
    connect(kernel, socket.number, `/proc/self/fd/${directory.number}/${path.slice(slash + 1)}`);
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

/** Receives one descriptor, close-on-exec; `undefined` when the other end closed without sending one. */
export function receiveDescriptor(kernel: Kernel, socket: number): FileDescriptor | undefined {
  const { message, control } = rights(new Uint8Array(64), 0);
  kernel.call("recvmsg", socket, message, value("MSG_CMSG_CLOEXEC"));
  const view = new DataView(control.buffer);
  const received =
    view.getUint32(8, true) === value("SOL_SOCKET") &&
    view.getUint32(12, true) === value("SCM_RIGHTS");
  return received ? new FileDescriptor(kernel, view.getInt32(16, true)) : undefined;
}

/** Sends a descriptor with a text beside it. */
export function sendDescriptor(
  kernel: Kernel,
  socket: number,
  descriptor: number,
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  const { message, control } = rights(bytes, bytes.length);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, 20n, true);
  view.setUint32(8, value("SOL_SOCKET"), true);
  view.setUint32(12, value("SCM_RIGHTS"), true);
  view.setInt32(16, descriptor, true);
  kernel.call("sendmsg", socket, message, value("MSG_NOSIGNAL"));
}

/**
 * Lays out `struct msghdr` for one buffer and one descriptor.
 * SAFETY: the result holds what the header points to; callers keep it until the call has returned.
 */
function rights(
  bytes: Uint8Array,
  length: number,
): { message: BigUint64Array; control: Uint8Array; keep: unknown } {
  const control = new Uint8Array(24);
  const vector = new BigUint64Array([
    BigInt(ptr(bytes)),
    BigInt(length === 0 ? bytes.length : length),
  ]);
  const message = new BigUint64Array([
    0n,
    0n,
    BigInt(ptr(vector)),
    1n,
    BigInt(ptr(control)),
    24n,
    0n,
  ]);
  return { message, control, keep: [vector, bytes] };
}
