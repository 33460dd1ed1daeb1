import { describe, expect, test } from "bun:test";
import { ContainerError, type LinuxResources } from "@ctr/spec";
import { FakeCgroupfs, type FakeMachine } from "../../test/fake-cgroupfs.ts";
import type { Cgroup } from "./cgroup.ts";
import { type CgroupRequest, createCgroup } from "./create.ts";
import { detectCgroupLayout } from "./layout.ts";

const create = (kernel: FakeCgroupfs, request: Partial<CgroupRequest> = {}): Cgroup =>
  createCgroup(kernel, detectCgroupLayout(kernel), { id: "redis", rootless: false, ...request });

const fake = (mode: FakeMachine["mode"], more: Omit<FakeMachine, "mode"> = {}): FakeCgroupfs =>
  new FakeCgroupfs({ mode, ...more });

const failure = (run: () => unknown): ContainerError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ContainerError) return error;
    throw error;
  }
  throw new Error("it did not fail");
};

const madeBelow = (kernel: FakeCgroupfs, name: string): string[] =>
  [...kernel.directories.keys()].filter((path) => path.includes(name));

describe("createCgroup() on version 1", () => {
  test("makes a directory in every hierarchy, below our own cgroup", () => {
    const kernel = fake("v1", {
      controllers: ["cpu", "devices", "memory", "name=systemd"],
      own: "1:cpu:/\n2:devices:/\n3:memory:/ours\n4:name=systemd:/\n",
    });
    kernel.make("memory/ours");
    expect(create(kernel).paths).toEqual({
      cpu: "/sys/fs/cgroup/cpu/redis",
      devices: "/sys/fs/cgroup/devices/redis",
      memory: "/sys/fs/cgroup/memory/ours/redis",
      "name=systemd": "/sys/fs/cgroup/systemd/redis",
    });
  });

  test("starts at the mounts with an absolute path and never leads out of them", () => {
    const kernel = fake("hybrid", {
      controllers: ["cpu", "devices"],
      own: "1:cpu:/ours\n2:devices:/\n0::/elsewhere\n",
    });
    expect(create(kernel, { path: "/../pods/./a//b/../c" }).paths).toEqual({
      cpu: "/sys/fs/cgroup/cpu/pods/a/c",
      devices: "/sys/fs/cgroup/devices/pods/a/c",
      "": "/sys/fs/cgroup/unified/pods/a/c",
    });
  });

  test("gives every new cpuset what its parent has, but what is asked for at the end", () => {
    const kernel = fake("v1");
    create(kernel, { path: "/a/b", resources: { cpu: { cpus: "1" } } });
    expect(kernel.file("cpuset/a/cpuset.cpus")).toBe("0-3");
    expect(kernel.file("cpuset/a/cpuset.mems")).toBe("0");
    expect(kernel.file("cpuset/a/b/cpuset.cpus")).toBe("1");
    expect(kernel.file("cpuset/a/b/cpuset.mems")).toBe("0");
    expect(kernel.writes.filter(([path]) => path === "cpuset/a/b/cpuset.cpus")).toHaveLength(1);
  });

  test("allows the default devices alone, after the rules that are given", () => {
    const kernel = fake("v1");
    create(kernel, {
      resources: {
        devices: [
          { allow: false, access: "rwm" },
          { allow: true, type: "c", major: 10, minor: 229, access: "rwm" },
          { allow: false, type: "c", major: 1, minor: 3, access: "w" },
        ],
      },
    });
    expect(kernel.file("devices/redis/devices.list")?.split("\n").sort()).toEqual(
      [
        "",
        "b *:* m",
        "c *:* m",
        "c 10:200 rwm",
        "c 10:229 rwm",
        "c 136:* rwm",
        "c 1:3 rwm",
        "c 1:5 rwm",
        "c 1:7 rwm",
        "c 1:8 rwm",
        "c 1:9 rwm",
        "c 5:0 rwm",
        "c 5:2 rwm",
      ].sort(),
    );
  });

  test("leaves device rules alone in a user namespace", () => {
    const kernel = fake("v1", { uidMap: "0 100000 65536\n" });
    create(kernel);
    expect(kernel.file("devices/redis/devices.list")).toBe("a *:* rwm\n");
  });

  test("refuses a rule that the kernel would silently ignore", () => {
    const devices = [
      { allow: true, type: "c", access: "rwm" },
      { allow: false, type: "c", major: 10, minor: 229, access: "rw" },
    ];
    const kernel = fake("v1");
    const error = failure(() => create(kernel, { resources: { devices } }));
    expect(error.message).toBe(
      "Cannot deny the device c 10:229 rw (linux.resources.devices): c *:* rw was allowed before, and cgroup v1 cannot make an exception from that",
    );
    expect(madeBelow(kernel, "redis")).toEqual([]);
  });
});

describe("createCgroup() on version 2", () => {
  test("makes one directory beside our own and enables every controller on the way", () => {
    const kernel = fake("v2", { own: "0::/user.slice/session.scope\n" });
    kernel.make("user.slice");
    const cgroup = create(kernel, { resources: { memory: { limit: 1 << 20 } } });
    expect(cgroup.paths).toEqual({ "": "/sys/fs/cgroup/user.slice/redis" });
    expect(kernel.file("user.slice/cgroup.subtree_control")).toBe(
      "cpu cpuset memory io pids hugetlb rdma",
    );
    expect(kernel.file("user.slice/redis/memory.max")).toBe("1048576");
    expect(kernel.others.filter((name) => name === "bpf")).not.toEqual([]);
  });

  test("enables controllers one by one when not all can be", () => {
    const kernel = fake("v2");
    kernel.refuse = (call, path, text) =>
      call === "write" && path.endsWith("subtree_control") && text?.includes("cpuset") === true
        ? "EBUSY"
        : undefined;
    create(kernel, { path: "/a/b" });
    expect(kernel.file("a/cgroup.subtree_control")).toBe("cpu memory io pids hugetlb rdma");
  });

  test("names the field and the controller when it cannot be enabled", () => {
    const kernel = fake("v2", { controllers: ["cpu"] });
    const error = failure(() => create(kernel, { resources: { memory: { limit: 5 } } }));
    expect(error.message).toBe(
      "Cannot set the memory limit (linux.resources.memory.limit) to 5: there is no /sys/fs/cgroup/redis/memory.max",
    );
    expect(error.code).toBe("ERR_CGROUP_UNSUPPORTED");
    expect(error.hint).toContain("memory controller");
    expect(error.pointer).toBe("/linux/resources/memory/limit");
    expect(madeBelow(kernel, "redis")).toEqual([]);
  });

  test("makes a cgroup below one with processes threaded, unless limits need more", () => {
    const threaded = (resources: LinuxResources): FakeCgroupfs => {
      const kernel = fake("v2");
      kernel.make("busy");
      kernel.make("busy/redis");
      kernel.override("busy/redis", { "cgroup.type": "domain invalid" });
      create(kernel, { path: "/busy/redis", resources });
      return kernel;
    };
    expect(threaded({ pids: { limit: 3 } }).file("busy/redis/cgroup.type")).toBe("threaded");
    const error = failure(() => threaded({ memory: { limit: 1 << 20 } }));
    expect(error.message).toContain('it is "domain invalid"');
    expect(error.hint).toContain("processes of its own");
  });

  test("gives the cgroup to the container's root", () => {
    const kernel = fake("v2");
    create(kernel, { owner: { uid: 100_000, gid: 100_000 } });
    expect(kernel.others.filter((name) => name === "fchownat")).toHaveLength(4);
  });
});

describe("createCgroup()", () => {
  test("refuses a cgroup that has processes, in it or below it", () => {
    const kernel = fake("v2");
    kernel.make("redis");
    kernel.make("redis/below");
    kernel.override("redis/below", { "cgroup.procs": "12\n13\n" });
    const error = failure(() => create(kernel));
    expect(error.message).toBe(
      "Cannot use the cgroup /sys/fs/cgroup/redis (linux.cgroupsPath): container's cgroup is not empty: 2 process(es) found",
    );
    expect(error.kind).toBe("conflict");
    expect(madeBelow(kernel, "redis")).toHaveLength(2);
  });

  test.each(["v1", "v2"] as const)("refuses a frozen cgroup on %s", (mode) => {
    const kernel = fake(mode);
    if (mode === "v1") {
      kernel.make("freezer/redis");
      kernel.override("freezer/redis", {
        "freezer.state": "FROZEN\n",
        "freezer.self_freezing": "1\n",
      });
    } else {
      kernel.make("redis");
      kernel.override("redis", {
        "cgroup.freeze": "1",
        "cgroup.events": "populated 0\nfrozen 1\n",
      });
    }
    expect(failure(() => create(kernel)).message).toContain(
      "container's cgroup unexpectedly frozen",
    );
    expect(madeBelow(kernel, "redis")).toHaveLength(1);
  });

  test("uses an empty cgroup that exists", () => {
    const kernel = fake("v2");
    kernel.make("redis");
    expect(create(kernel).paths).toEqual({ "": "/sys/fs/cgroup/redis" });
  });

  test("removes all that it made when a later step fails", () => {
    for (const mode of ["v1", "hybrid", "v2"] as const) {
      const kernel = fake(mode);
      const before = [...kernel.directories.keys()];
      const error = failure(() =>
        create(kernel, {
          path: "/a/b/c",
          resources: { pids: { limit: 1 }, unified: { "no/file": "" } },
        }),
      );
      expect(error.kind).toBe(mode === "v2" ? "invalid" : "unsupported");
      expect([...kernel.directories.keys()]).toEqual(before);
    }
  });
});

describe("createCgroup() without privileges", () => {
  const locked = (mode: FakeMachine["mode"]): FakeCgroupfs => {
    const kernel = fake(mode);
    kernel.refuse = (call) => (call === "mkdirat" ? "EACCES" : undefined);
    return kernel;
  };

  test.each(["v1", "hybrid", "v2"] as const)(
    "does without on %s when nothing asks for one",
    (mode) => {
      const kernel = locked(mode);
      const cgroup = create(kernel, {
        rootless: true,
        resources: { devices: [{ allow: false, access: "rwm" }] },
      });
      expect(cgroup.paths).toEqual({});
      expect(cgroup.pids(true)).toEqual([]);
      using stack = new DisposableStack();
      expect(cgroup.openForJoin(stack)).toEqual({ joins: [] });
      // The container stays in its creator's, and is shown that.
      const { hierarchies } = detectCgroupLayout(kernel);
      expect(cgroup.mountSources().map(({ path }) => path)).toEqual(
        hierarchies.map(({ own }) => own),
      );
    },
  );

  test("fails when a limit asks for one", () => {
    const resources = { memory: { limit: 1 << 20 } };
    expect(failure(() => create(locked("v2"), { rootless: true, resources })).message).toContain(
      "Cannot make the cgroup /sys/fs/cgroup/redis",
    );
    expect(failure(() => create(locked("v1"), { rootless: true, resources })).message).toBe(
      "Cannot set the memory limit (linux.resources.memory.limit) to 1048576: the container has no cgroup with the memory controller",
    );
  });

  test.each(["v1", "v2"] as const)("fails on %s when a path asks for one", (mode) => {
    const error = failure(() => create(locked(mode), { rootless: true, path: "/mine" }));
    expect(error.code).toBe("ERR_CGROUP_CREATE");
    expect(error.hint).toContain("delegated");
  });
});

describe("Cgroup", () => {
  test("opens what is written to once for each hierarchy, also below", () => {
    const kernel = fake("v1", { controllers: ["cpu", "devices"] });
    const cgroup = create(kernel);
    kernel.make("cpu/redis/worker");
    using stack = new DisposableStack();
    expect(cgroup.openForJoin(stack).joins).toHaveLength(2);
    expect(cgroup.openForJoin(stack, { subgroup: { cpu: "worker" } }).joins).toHaveLength(2);
    expect(() => cgroup.openForJoin(stack, { subgroup: "worker" })).toThrow(
      "Cannot join the cgroup /sys/fs/cgroup/devices/redis/worker/tasks: error adding pid to it: no such file or directory",
    );
    expect(() => cgroup.openForJoin(stack, { subgroup: "../x" })).toThrow(
      "bad sub cgroup path: it leads out of the container's",
    );
    expect(() => cgroup.openForJoin(stack, { subgroup: { nonsense: "/" } })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CGROUP",
        message: 'Cannot use the cgroup "nonsense:/": unknown controller nonsense',
        hint: "The container has cpu, devices",
      }),
    );
  });

  test("kills by cgroup.kill on version 2", () => {
    const kernel = fake("v2");
    create(kernel).kill();
    expect(kernel.file("redis/cgroup.kill")).toBe("1");
  });

  test("freezes, signals and thaws on version 1, and leaves a paused one paused for other signals", async () => {
    const kernel = fake("v1");
    const cgroup = create(kernel);
    kernel.override("devices/redis", { "cgroup.procs": "41\n42\n" });
    cgroup.kill();
    expect(kernel.others.filter((name) => name === "kill")).toHaveLength(2);
    expect(kernel.writes.slice(-2)).toEqual([
      ["freezer/redis/freezer.state", "FROZEN"],
      ["freezer/redis/freezer.state", "THAWED"],
    ]);
    await cgroup.freeze();
    cgroup.kill(15);
    expect(cgroup.isFrozen()).toBe(true);
    cgroup.kill(9);
    expect(cgroup.isFrozen()).toBe(false);
  });

  test("removes itself with what is below, and says who is left", async () => {
    const kernel = fake("v2");
    const cgroup = create(kernel);
    kernel.make("redis/a");
    kernel.make("redis/a/b");
    await cgroup.delete();
    expect(madeBelow(kernel, "redis")).toEqual([]);
    expect(cgroup.exists).toBe(false);
    await cgroup.delete();
  });

  test("tells which processes keep it from being removed", async () => {
    const kernel = fake("v2");
    const cgroup = create(kernel);
    kernel.override("redis", { "cgroup.procs": "7\n" });
    kernel.refuse = (call) => (call === "unlinkat" ? "EPERM" : undefined);
    await expect(cgroup.delete()).rejects.toThrow(
      "Cannot remove the cgroup /sys/fs/cgroup/redis: processes 7 are in it",
    );
  });
});
