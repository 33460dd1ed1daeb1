import {
  FileDescriptor,
  isErrno,
  linuxKernel,
  receiveDescriptor,
  remove,
  value,
} from "@ctr/runtime/kernel";
import { closeFile, openFile } from "../system/descriptor.ts";

const name = "console.sock";

/** The socket on which a runtime hands over the master of a terminal (`--console-socket`). */
export class ConsoleSocket implements Disposable {
  readonly #directory: number;
  readonly #file: string;
  readonly #socket: number;
  /** Path for the runtime: short, however deep the directory lies, because a socket's address holds 107 bytes. */
  readonly path: string;

  /** Listens in a directory. */
  constructor(directory: string) {
    using undo = new DisposableStack();
    this.#file = `${directory}/${name}`;
    this.#directory = undo.adopt(openFile(directory, ["O_PATH"]), closeFile);
    this.path = `/proc/${process.pid}/fd/${this.#directory}/${name}`;
    const type = value("SOCK_STREAM", "SOCK_NONBLOCK", "SOCK_CLOEXEC");
    this.#socket = undo.adopt(linuxKernel().call("socket", value("AF_UNIX"), type, 0), closeFile);
    // One that a killed shim left behind.
    remove(linuxKernel(), this.#file);
    const address = socketAddress(this.path);
    linuxKernel().call("bind", this.#socket, address, address.length);
    linuxKernel().call("listen", this.#socket, 1);
    undo.move();
  }

  /** Takes the master that the runtime, which has ended by now, has sent; `undefined` when it sent none. */
  takeMaster(): number | undefined {
    const kernel = linuxKernel();
    const flags = value("SOCK_CLOEXEC", "SOCK_NONBLOCK");
    try {
      const accepted = kernel.call("accept4", this.#socket, null, null, flags);
      using connection = new FileDescriptor(kernel, accepted);
      return receiveDescriptor(kernel, connection.number)?.release();
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return undefined;
      throw error;
    }
  }

  /** Stops listening and removes the socket's file. */
  [Symbol.dispose](): void {
    closeFile(this.#socket);
    remove(linuxKernel(), this.#file);
    closeFile(this.#directory);
  }
}

/** `struct sockaddr_un`. */
function socketAddress(path: string): Uint8Array {
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
  new TextEncoder().encodeInto(path, address.subarray(2));
  return address;
}
