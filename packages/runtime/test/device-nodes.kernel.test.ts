/** Devices in a user namespace, where nobody may make a node. */

import { afterAll, describe, expect, test } from "bun:test";
import type { Config, LinuxDevice, LinuxIdMapping } from "@ctr/spec";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const whole: readonly LinuxIdMapping[] = [{ containerID: 0, hostID: 0, size: 65_536 }];
const shifted: readonly LinuxIdMapping[] = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

function withDevices(
  script: string,
  devices: readonly LinuxDevice[],
  mappings: readonly LinuxIdMapping[],
): Config {
  return bundle.config(script, (base) => ({
    ...base,
    linux: {
      ...base.linux,
      namespaces: [...(base.linux?.namespaces ?? []), { type: "user" }],
      uidMappings: [...mappings],
      gidMappings: [...mappings],
      devices: [...devices],
      resources: { ...base.linux?.resources, devices: [{ allow: true, access: "rwm" }] },
    },
  }));
}

const port: LinuxDevice = {
  path: "/dev/deep/port",
  type: "c",
  major: 1,
  minor: 5,
  fileMode: 0o646,
  uid: 10,
  gid: 11,
};

describe("a device in a user namespace", () => {
  test.each([
    ["whose root is the host's", whole],
    ["whose root is nobody on the host", shifted],
  ])(
    "%s has its owner and its mode, whether the host has such a node or not",
    async (_, mappings) => {
      // The rootfs of the test is root's, who is nobody in the second: /dev is a tmpfs.
      const { stdout, stderr } = await bundle.run(
        withDevices(
          'stat -c "%F %t:%T %u:%g %a" /dev/deep/port; head -c 3 /dev/deep/port | wc -c',
          [port],
          mappings,
        ),
      );

      expect(stderr).toBe("");
      expect(stdout).toBe("character special file 1:5 10:11 646\n3\n");
    },
  );

  test("leaves no mount behind, and may be listed beside a FIFO", async () => {
    const { stdout } = await bundle.run(
      withDevices(
        "stat -c %F /dev/pipe /dev/null; grep -c 'tmpfs devices' /proc/self/mountinfo; grep ' /dev/null ' /proc/self/mountinfo",
        [{ path: "/dev/pipe", type: "p" }, port],
        whole,
      ),
    );

    // The one line is the device's own mount.
    expect(stdout).toMatch(
      /^fifo\ncharacter special file\n1\n\S+ \S+ \S+ \S+ \/dev\/null rw,nosuid,noexec\b/,
    );
  });

  test("cannot belong to an id that the namespace lacks", async () => {
    const config = withDevices("true", [{ ...port, gid: 70_000 }], whole);

    await expect(bundle.run(config)).rejects.toMatchObject({
      code: "ERR_ID_MAPPING",
      pointer: "/linux/devices/0/gid",
    });
  });
});
