/**
 * Which devices a container may make and open: what mknod(2) and open(2) answer inside, with the lists that engines
 * write, under us and under runc. On version 2 that is what our eBPF program decides.
 */

import { afterAll, describe, expect, test } from "bun:test";
import type { Config, LinuxDeviceCgroup } from "@ctr/spec";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const denyAll: LinuxDeviceCgroup = { allow: false, access: "rwm" };
const character = (major: number, minor?: number, access = "rwm"): LinuxDeviceCgroup => ({
  allow: true,
  type: "c",
  major,
  ...(minor === undefined ? {} : { minor }),
  access,
});

const lists: Readonly<Record<string, readonly LinuxDeviceCgroup[]>> = {
  "podman's": [denyAll],
  "podman's with --device /dev/fuse and /dev/kmsg:r": [
    denyAll,
    character(10, 229),
    character(1, 11, "r"),
  ],
  "Docker's": [
    denyAll,
    ...[5, 3, 9, 8].map((minor) => character(1, minor)),
    ...[0, 1].map((minor) => character(5, minor)),
    { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
  ],
  "containerd's": [
    denyAll,
    { allow: true, type: "c", access: "m" },
    { allow: true, type: "b", access: "m" },
    ...[3, 8, 7, 5, 9].map((minor) => character(1, minor)),
    ...[0, 1, 2].map((minor) => character(5, minor)),
    character(136),
  ],
  "of a privileged container": [{ allow: true, access: "rwm" }],
  "all but memory": [
    { allow: true, access: "rwm" },
    { allow: false, type: "c", major: 1, minor: 1, access: "rwm" },
  ],
  "all of one number": [denyAll, character(10), { allow: true, type: "b", major: 7, access: "rw" }],
};

const devices = [
  ...["c 1 1", "c 1 3", "c 1 7", "c 1 11", "c 5 0", "c 5 2"],
  ...["c 10 200", "c 10 229", "c 136 0", "b 7 0", "b 7 1"],
];

/** One line a device: what each call said; a device that there is not answers otherwise than one that is forbidden. */
const probe = `
say() { case $1 in
  *"not permitted"*) echo -n " EPERM";;
  "") echo -n " ok";;
  *"No such device"*) echo -n " none";;
  *) echo -n " other";;
esac; }
for device in ${devices.map((device) => device.replaceAll(" ", ":")).join(" ")}; do
  numbers=$(echo $device | tr : ' ')
  echo -n "$device"
  say "$(mknod /mnt/node $numbers 2>&1)"
  if [ -e /mnt/node ]; then
    say "$( (: < /mnt/node) 2>&1)"
    say "$( (: >> /mnt/node) 2>&1)"
    rm /mnt/node
  fi
  echo
done
mknod /mnt/fifo p && echo fifo ok
`;

function configWith(list: readonly LinuxDeviceCgroup[]): Config {
  const capabilities = Object.fromEntries(
    ["bounding", "permitted", "effective"].map((set) => [
      set,
      ["CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYSLOG"] as const,
    ]),
  );
  return bundle.config(probe, (base) =>
    withLinux(
      withProcess(
        {
          ...base,
          mounts: [
            ...(base.mounts ?? []),
            { destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["dev"] },
          ],
        },
        { capabilities },
      ),
      { resources: { devices: list } },
    ),
  );
}

/** The devices beside memory that are forbidden in part or wholly, of those lists where that is the same everywhere. */
const closed: Readonly<Record<string, readonly string[]>> = {
  "Docker's": ["c:1:11", "c:10:229", "b:7:0", "b:7:1"],
  "of a privileged container": [],
  "all but memory": [],
};

describe("devices with the list", () => {
  test.each(Object.keys(lists))(
    "%s are those that runc lets through",
    async (name) => {
      const config = configWith(lists[name] ?? []);
      const ours = await bundle.run(config);
      const theirs = await bundle.runUnder("runc", config);
      expect([ours.stderr, theirs.stderr]).toEqual(["", ""]);
      expect(ours.stdout).toBe(theirs.stdout);
      expect(ours.stdout).toContain("fifo ok");
      expect(ours.stdout).toMatch(/^c:1:3 ok ok ok$/m);
      if (name === "all but memory") expect(ours.stdout).toMatch(/^c:1:1 EPERM$/m);
      const lines = ours.stdout.split("\n").filter((line) => line.includes("EPERM"));
      const found = lines.map((line) => line.split(" ")[0] ?? "");
      if (closed[name] === undefined) return;
      // Where there is a /dev/mem, it takes CAP_SYS_RAWIO besides.
      expect(found.filter((device) => device !== "c:1:1")).toEqual([...closed[name]]);
    },
    120_000,
  );
});
