import { describe, expect, test } from "bun:test";
import { FakeCgroupfs } from "../../test/fake-cgroupfs.ts";
import { detectCgroupLayout, parseCgroupLayout } from "./layout.ts";

const systemdV1 = String.raw`
25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 25 0:26 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755
31 30 0:27 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup rw,xattr,name=systemd
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 /docker/abc /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory
34 25 0:29 / /mnt/copy\040of\040memory rw - cgroup cgroup rw,memory
`;

describe("parseCgroupLayout()", () => {
  test("finds joined, named and bind-mounted hierarchies of version 1", () => {
    const own = "4:memory:/docker/abc/inner\n3:cpu,cpuacct:/user.slice\n1:name=systemd:/a:b\n";
    expect(parseCgroupLayout(systemdV1, own)).toEqual({
      mode: "v1",
      hierarchies: [
        {
          controllers: ["name=systemd"],
          name: "systemd",
          aliases: [],
          mountpoint: "/sys/fs/cgroup/systemd",
          mountRoot: "/",
          own: "/sys/fs/cgroup/systemd/a:b",
          version: 1,
        },
        {
          controllers: ["cpu", "cpuacct"],
          name: "cpu,cpuacct",
          aliases: ["cpu", "cpuacct"],
          mountpoint: "/sys/fs/cgroup/cpu,cpuacct",
          mountRoot: "/",
          own: "/sys/fs/cgroup/cpu,cpuacct/user.slice",
          version: 1,
        },
        {
          controllers: ["memory"],
          name: "memory",
          aliases: [],
          mountpoint: "/sys/fs/cgroup/memory",
          mountRoot: "/docker/abc",
          own: "/sys/fs/cgroup/memory/inner",
          version: 1,
        },
      ],
    });
  });

  test("takes the copy of a hierarchy when the usual place has none", () => {
    const [hierarchy] = parseCgroupLayout(
      systemdV1.split("\n").slice(6).join("\n"),
      "4:memory:/x\n",
    ).hierarchies;
    expect(hierarchy?.mountpoint).toBe("/mnt/copy of memory");
  });

  test("is v2 when the usual place is a mount of version 2, whatever else there is", () => {
    const mounts =
      "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n31 25 0:2 / /mnt/net rw - cgroup cgroup rw,net_cls\n";
    const { mode, hierarchies } = parseCgroupLayout(
      mounts,
      "2:net_cls:/\n0::/user.slice/s.scope\n",
    );
    expect(mode).toBe("v2");
    expect(hierarchies).toMatchObject([
      {
        controllers: [""],
        name: "",
        aliases: [],
        own: "/sys/fs/cgroup/user.slice/s.scope",
        version: 2,
      },
    ]);
  });

  test("sees only the last mount on a place", () => {
    const mounts =
      "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n31 25 0:9 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n";
    expect(() => parseCgroupLayout(mounts, "0::/\n")).toThrow(
      "Cannot use control groups: none are mounted",
    );
  });

  test("stays below the mount's root when our own cgroup is above it", () => {
    const mounts = "30 25 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    expect(parseCgroupLayout(mounts, "0::/\n").hierarchies[0]?.own).toBe("/sys/fs/cgroup");
  });
});

describe("detectCgroupLayout()", () => {
  test("does without what is listed and covered: its files would be no control files", () => {
    const kernel = new FakeCgroupfs({ mode: "hybrid" });
    kernel.covered.add("/sys/fs/cgroup/memory").add("/sys/fs/cgroup/unified");
    const { mode, hierarchies } = detectCgroupLayout(kernel);

    expect(mode).toBe("v1");
    expect(hierarchies.map(({ name }) => name)).toContain("pids");
    expect(hierarchies.map(({ name }) => name)).not.toContain("memory");
  });

  test("asks the kernel once", () => {
    const kernel = new FakeCgroupfs({ mode: "hybrid" });
    const layout = detectCgroupLayout(kernel);
    expect(layout.mode).toBe("hybrid");
    expect(layout.hierarchies.at(-1)).toMatchObject({
      name: "unified",
      controllers: [""],
      version: 2,
    });
    kernel.refuse = () => "EIO";
    expect(detectCgroupLayout(kernel)).toBe(layout);
  });
});
