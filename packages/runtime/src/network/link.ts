/** Network devices. @see rtnetlink(7), RTM_NEWLINK */

import { isErrno } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";
import {
  decodeAttributes,
  type NetlinkMessage,
  type NetlinkSocket,
  numberAttribute,
  textAttribute,
  viewOf,
} from "./netlink.ts";

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFLA_IFNAME = 3;
const IFLA_NET_NS_FD = 28;

/** Size of `struct ifinfomsg`: u8 family, u8 pad, u16 type, i32 index, u32 flags, u32 change. */
const infoSize = 16;

/** A network device. */
export interface Link {
  /** Its number in its namespace. */
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
}

/** Finds a device by its name. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    const [answer] = socket.request(RTM_GETLINK, [], info(0), [textAttribute(IFLA_IFNAME, name)]);
    return answer === undefined ? undefined : linkOf(answer);
  } catch (error) {
    if (isErrno(error, "ENODEV")) return undefined;
    throw error;
  }
}

/** Lists all devices of a namespace. */
export function listLinks(socket: NetlinkSocket): Link[] {
  return socket.request(RTM_GETLINK, ["NLM_F_DUMP"], info(0)).map(linkOf);
}

function linkOf({ body }: NetlinkMessage): Link {
  const view = viewOf(body);
  const attributes = decodeAttributes(body.subarray(infoSize));
  const name = attributes.find(({ type }) => type === IFLA_IFNAME)?.data ?? new Uint8Array();
  return {
    index: view.getInt32(4, true),
    name: new TextDecoder().decode(name).replace(/\0.*$/, ""),
    isUp: (view.getUint32(8, true) & value("IFF_UP")) !== 0,
  };
}

/**
 * Moves a device into another namespace and gives it a name there, both or neither.
 *
 * @param name one that ends with `%d` is completed by the kernel
 * @param namespace descriptor of the other namespace
 */
export function moveLink(
  socket: NetlinkSocket,
  index: number,
  name: string,
  namespace: number,
): void {
  socket.request(RTM_NEWLINK, [], info(index), [
    textAttribute(IFLA_IFNAME, name),
    numberAttribute(IFLA_NET_NS_FD, namespace),
  ]);
}

/** Lets a device send and receive. */
export function setLinkUp(socket: NetlinkSocket, index: number): void {
  socket.request(RTM_NEWLINK, [], info(index, value("IFF_UP"), value("IFF_UP")));
}

function info(index: number, flags = 0, change = 0): Uint8Array {
  const bytes = new Uint8Array(infoSize);
  const view = viewOf(bytes);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}
