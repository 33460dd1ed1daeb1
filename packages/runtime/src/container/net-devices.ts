/** Network devices that move into the container. @see config-linux.md, "Network Devices" */

import { type Config, ContainerError } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import { open } from "../kernel/file.ts";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { addAddress, listLastingAddresses } from "../network/address.ts";
import { findLink, type Link, listLinks, moveLink, setLinkUp } from "../network/link.ts";
import { NetlinkSocket } from "../network/netlink.ts";

/** One of two network namespaces. */
interface Side {
  readonly namespace: FileDescriptor;
  readonly socket: NetlinkSocket;
}

/** Devices that have been moved, and go back when this is disposed of before they are kept. */
export class MovedNetDevices implements Disposable {
  readonly #kernel: Kernel;
  /** What holds on to both namespaces, whatever becomes of the container's process. */
  readonly #open: DisposableStack = new DisposableStack();
  readonly #back: DisposableStack = new DisposableStack();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Moves the devices of a configuration into the network namespace of a process, with their lasting addresses, and sets
   * them up.
   *
   * @throws {ContainerError} ERR_NET_DEVICE
   */
  move(config: Config, pid: number): void {
    const devices = Object.entries(config.linux?.netDevices ?? {});
    if (devices.length === 0) return;
    const kernel = this.#kernel;
    const ours = this.#open.use(open(kernel, "/proc/self/ns/net", ["O_RDONLY"]));
    const theirs = this.#open.use(open(kernel, `/proc/${pid}/ns/net`, ["O_RDONLY"]));
    const host = { namespace: ours, socket: this.#open.use(NetlinkSocket.open(kernel)) };
    const container = {
      namespace: theirs,
      socket: this.#open.use(NetlinkSocket.openIn(kernel, ours.number, theirs.number)),
    };
    for (const [name, { name: newName = "" }] of devices) {
      new Move(host, container, name, newName === "" ? name : newName).run(this.#back);
    }
  }

  /** Leaves them where they are: what happens to them from now on is the business of who owns the namespace. */
  keep(): void {
    this.#back.move();
    this.#open.dispose();
  }

  [Symbol.dispose](): void {
    try {
      this.#back.dispose();
    } finally {
      this.#open.dispose();
    }
  }
}

/** The way of one device. */
class Move {
  readonly #host: Side;
  readonly #container: Side;
  readonly #name: string;
  readonly #newName: string;

  constructor(host: Side, container: Side, name: string, newName: string) {
    this.#host = host;
    this.#container = container;
    this.#name = name;
    this.#newName = newName;
  }

  run(undo: DisposableStack): void {
    const { socket } = this.#host;
    const link = this.#explained(() => findLink(socket, this.#name));
    if (link === undefined) throw this.#failed("there is no such device", "notFound");
    const isTemplate = this.#newName.endsWith("%d");
    if (!isTemplate && this.#explained(() => findLink(this.#container.socket, this.#newName))) {
      throw this.#failed(`the container has a device "${this.#newName}" already`, "conflict");
    }
    const moved = this.#explained(() =>
      transfer(this.#host, this.#container, link, this.#newName, (index) =>
        undo.defer(() => this.#bringBack(index, link)),
      ),
    );
    this.#explained(() => setLinkUp(this.#container.socket, moved));
  }

  #bringBack(index: number, before: Link): void {
    const link = listLinks(this.#container.socket).find((each) => each.index === index);
    if (link === undefined) return;
    const back = transfer(this.#container, this.#host, link, before.name, () => undefined);
    if (before.isUp) setLinkUp(this.#host.socket, back);
  }

  #explained<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      throw this.#failed(reasonOf(error), "invalid", error);
    }
  }

  #failed(why: string, kind: "notFound" | "conflict" | "invalid", cause?: unknown): ContainerError {
    const pointer = `/linux/netDevices/${this.#name}`;
    return new ContainerError(
      `Cannot move the network device "${this.#name}" into the container (${pointer}): ${why}`,
      {
        code: "ERR_NET_DEVICE",
        kind,
        pointer,
        ...(cause === undefined ? {} : { cause }),
        hint: "Devices that belong to their namespace, such as lo and bridges, cannot be moved",
      },
    );
  }
}

/**
 * Moves a device and gives it the addresses that it had.
 *
 * @param moved is told its new number as soon as it is on the other side
 * @returns its new number
 */
function transfer(
  from: Side,
  to: Side,
  link: Link,
  name: string,
  moved: (index: number) => void,
): number {
  // They are gone once the device is down, which moving does.
  const addresses = listLastingAddresses(from.socket, link.index);
  const before = new Set(listLinks(to.socket).map(({ index }) => index));
  moveLink(from.socket, link.index, name, to.namespace.number);
  const index = before.has(link.index) ? newcomer(to.socket, before) : link.index;
  moved(index);
  for (const address of addresses) addAddress(to.socket, index, address);
  return index;
}

/** The kernel keeps a device's number unless another has it. */
function newcomer(socket: NetlinkSocket, before: ReadonlySet<number>): number {
  const found = listLinks(socket).find(({ index }) => !before.has(index));
  if (found === undefined) throw new SystemCallError("sendto", "ENODEV");
  return found.index;
}
