/** Host and domain name. @see config.md, "Hostname", "Domainname"; sethostname(2) */

import type { Config } from "@ctr/spec";
import type { Step } from "../program/step.ts";
import { call, purpose, sequence, text } from "./steps.ts";

/** Sets the names of the uts namespace. */
export function hostnameSteps({
  hostname,
  domainname,
}: Pick<Config, "hostname" | "domainname">): Step[] {
  return sequence(
    hostname !== undefined &&
      hostname !== "" &&
      call(purpose("/hostname", `set the host name to "${hostname}"`), "sethostname", [
        text(hostname),
        lengthOf(hostname),
      ]),
    domainname !== undefined &&
      domainname !== "" &&
      call(purpose("/domainname", `set the domain name to "${domainname}"`), "setdomainname", [
        text(domainname),
        lengthOf(domainname),
      ]),
  );
}

function lengthOf(name: string): number {
  return new TextEncoder().encode(name).length;
}
