import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { loopbackSteps } from "./loopback.ts";

test('loopbackSteps() brings "lo" up by a struct ifreq of 40 bytes', () => {
  const name = `6c6f${"00".repeat(14)}`;

  expect(planLines(loopbackSteps())).toEqual([
    "/linux/namespaces: $network = socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, 0)",
    `/linux/namespaces: ioctl($network, SIOCSIFFLAGS, {x"${name}", u16 IFF_UP, pad 22})`,
    "/linux/namespaces: close($network)",
  ]);
});
