import { linuxKernel } from "@ctr/runtime/kernel";
import { closeFile, makePipe } from "../system/file.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const pageSize = 4096;

/**
 * Receives one descriptor over a Unix socket (unix(7), SCM_RIGHTS), close-on-exec; `undefined` when none was sent.
 *
 * The message header holds addresses, so it lies in a page from mmap(2), whose address is known; bytes go into the page
 * and out of it through a pipe.
 */
export function receiveDescriptor(socket: number): number | undefined {
  const kernel = linuxKernel();
  const page = kernel.call("mmap", null, pageSize, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  const [readEnd, writeEnd] = makePipe();
  try {
    const header = messageHeader(page);
    kernel.call("write", writeEnd, header, header.byteLength);
    kernel.call("read", readEnd, page, header.byteLength);
    kernel.call("recvmsg", socket, page, MSG_CMSG_CLOEXEC);
    const control = new Uint8Array(24);
    kernel.call("write", writeEnd, page + controlAt, control.length);
    kernel.call("read", readEnd, control, control.length);
    const view = new DataView(control.buffer);
    const received =
      view.getUint32(8, true) === SOL_SOCKET && view.getUint32(12, true) === SCM_RIGHTS;
    return received ? view.getInt32(16, true) : undefined;
  } finally {
    closeFile(readEnd);
    closeFile(writeEnd);
    kernel.call("munmap", page, pageSize);
  }
}

const vectorAt = 64;
const controlAt = 128;
const bytesAt = 256;

/** `struct msghdr` for a page at an address, followed by the `struct iovec` that it points to. */
function messageHeader(page: number): BigUint64Array {
  const words = new BigUint64Array(10);
  words.set([0n, 0n, BigInt(page + vectorAt), 1n, BigInt(page + controlAt), 24n, 0n]);
  words.set([BigInt(page + bytesAt), 64n], vectorAt / 8);
  return words;
}
