import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { sysctlPath, sysctlSteps } from "./sysctl.ts";

test.each([
  ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
  ["net/ipv4/ip_forward", "net/ipv4/ip_forward"],
  // A name with a dot in it, both ways that sysctl(8) takes.
  ["net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"],
  ["net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"],
  ["kernel.shmmax", "kernel/shmmax"],
])("sysctlPath() finds %s at %s", (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});

test("sysctlSteps() writes each value to the host's /proc, opened before any mount", () => {
  const steps = sysctlSteps({ "net.ipv4.ip_forward": "1", "fs/mqueue/a~b": "é" });

  expect(planLines(steps)).toEqual([
    '/linux/sysctl/net.ipv4.ip_forward: $sysctl-0 = openat($proc, "sys/net/ipv4/ip_forward", O_WRONLY|O_CLOEXEC, 0)',
    '/linux/sysctl/net.ipv4.ip_forward: write($sysctl-0, "1", 1)',
    "/linux/sysctl/net.ipv4.ip_forward: close($sysctl-0)",
    '/linux/sysctl/fs~1mqueue~1a~0b: $sysctl-1 = openat($proc, "sys/fs/mqueue/a~b", O_WRONLY|O_CLOEXEC, 0)',
    '/linux/sysctl/fs~1mqueue~1a~0b: write($sysctl-1, "é", 2)',
    "/linux/sysctl/fs~1mqueue~1a~0b: close($sysctl-1)",
  ]);
  expect(sysctlSteps()).toEqual([]);
});
