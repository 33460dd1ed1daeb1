/** Addresses of network devices. @see rtnetlink(7), RTM_NEWADDR */

import {
  type Attribute,
  decodeAttributes,
  type NetlinkMessage,
  type NetlinkSocket,
  numberAttribute,
  viewOf,
} from "./netlink.ts";

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const IFA_LABEL = 3;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const RT_SCOPE_UNIVERSE = 0;

/** What somebody set, and the kernel did not find out: IFA_F_NODAD, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE, MCAUTOJOIN. */
const settableFlags = 0x02 | 0x10 | 0x100 | 0x200 | 0x400;
const IFA_F_PERMANENT = 0x80;

/** Size of `struct ifaddrmsg`: u8 family, u8 prefix length, u8 flags, u8 scope, u32 index. */
const messageSize = 8;

/** An address of a device. */
export interface Address {
  /** `AF_INET` or `AF_INET6`. */
  readonly family: number;
  readonly prefixLength: number;
  readonly scope: number;
  readonly flags: number;
  /** The address itself, its peer, broadcast address, priority. */
  readonly attributes: readonly Attribute[];
}

/** Returns the addresses of a device that are meant to stay and to be reached from elsewhere. */
export function listLastingAddresses(socket: NetlinkSocket, index: number): Address[] {
  return socket
    .request(RTM_GETADDR, ["NLM_F_DUMP"], new Uint8Array(messageSize))
    .filter(({ body }) => viewOf(body).getUint32(4, true) === index)
    .map(addressOf)
    .filter(({ flags, scope }) => (flags & IFA_F_PERMANENT) !== 0 && scope === RT_SCOPE_UNIVERSE);
}

function addressOf({ body }: NetlinkMessage): Address {
  const view = viewOf(body);
  const attributes = decodeAttributes(body.subarray(messageSize));
  const flags = attributes.find(({ type }) => type === IFA_FLAGS)?.data;
  return {
    family: view.getUint8(0),
    prefixLength: view.getUint8(1),
    // The 8 bits of the struct were too few for all flags.
    flags: flags === undefined ? view.getUint8(2) : viewOf(flags).getUint32(0, true),
    scope: view.getUint8(3),
    // A label begins with the device's name, which may be another then.
    attributes: attributes.filter(
      ({ type }) => type !== IFA_FLAGS && type !== IFA_LABEL && type !== IFA_CACHEINFO,
    ),
  };
}

/** Gives a device an address. */
export function addAddress(socket: NetlinkSocket, index: number, address: Address): void {
  const message = new Uint8Array(messageSize);
  const view = viewOf(message);
  view.setUint8(0, address.family);
  view.setUint8(1, address.prefixLength);
  view.setUint8(3, address.scope);
  view.setUint32(4, index, true);
  socket.request(RTM_NEWADDR, ["NLM_F_CREATE", "NLM_F_EXCL"], message, [
    ...address.attributes,
    numberAttribute(IFA_FLAGS, address.flags & settableFlags),
  ]);
}
