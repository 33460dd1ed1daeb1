/** The loopback interface of a new network namespace, which is down at first. @see netdevice(7) */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { call, purpose, slot } from "../steps.ts";

/** Size of `ifr_name` in `struct ifreq`. */
const nameSize = 16;

/** Brings `lo` up. */
export function loopbackSteps(): Step[] {
  const why = purpose("/linux/namespaces", 'bring the interface "lo" up');
  const name = new Uint8Array(nameSize);
  new TextEncoder().encodeInto("lo", name);
  return [
    call(why, "socket", [constant("AF_INET"), constant("SOCK_DGRAM", "SOCK_CLOEXEC"), 0], {
      save: "network",
    }),
    call(why, "ioctl", [
      slot("network"),
      constant("SIOCSIFFLAGS"),
      { struct: [{ inline: name }, { u16: constant("IFF_UP") }, { pad: 22 }] },
    ]),
    call(why, "close", [slot("network")]),
  ];
}
