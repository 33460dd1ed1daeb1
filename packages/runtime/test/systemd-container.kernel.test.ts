import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "tools/until";
import { load } from "../src/index.ts";
import { canRunSystemd, readControl, UserSystemd } from "./systemd-instance.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Privileges of the user's systemd are those of an ordinary user. */
const options = { cgroupManager: "systemd", rootless: true } as const;

function describeContainers(): void {
  let systemd: UserSystemd;

  beforeAll(async () => {
    systemd = await UserSystemd.start();
  });
  afterAll(() => systemd[Symbol.asyncDispose]());

  test("live in a scope from create to delete", async () => {
    const config = bundle.config("exec sleep 1000", (base) =>
      withLinux(
        { ...base, annotations: { "org.systemd.property.TimeoutStopSec": "7" } },
        { cgroupsPath: "ctr.slice:bunc:one", resources: { pids: { limit: 33 } } },
      ),
    );
    const container = await bundle.create(config, options);
    const { id } = container;
    const unit = "bunc-one.scope";
    const cgroup = `${systemd.cgroup}/ctr.slice/${unit}`;
    expect(container.cgroup.paths).toEqual({ "": cgroup });
    // Whoever kept the scope alive at first is gone.
    expect(container.pids()).toEqual([container.pid]);
    expect(systemd.show(unit, "ActiveState", "TasksMax", "TimeoutStopUSec")).toEqual({
      ActiveState: "active",
      TasksMax: "33",
      TimeoutStopUSec: "7s",
    });

    await container.start();
    // Another process, which is told nothing of systemd.
    const other = load(id, { root: bundle.root });
    await other.update({ pids: { limit: 44 } });
    expect(systemd.show(unit, "TasksMax")).toEqual({ TasksMax: "44" });
    expect(readControl(cgroup, "pids.max")).toBe("44");
    const executed = await other.exec({ process: { args: ["/bin/sleep", "1000"], cwd: "/" } });
    expect(other.pids().toSorted()).toEqual([container.pid, executed.pid].toSorted());
    await other.pause();
    expect(other.status()).toBe("paused");
    await other.resume();

    await other.delete({ force: true });
    expect(systemd.show(unit, "LoadState")).toEqual({ LoadState: "not-found" });
    expect(existsSync(cgroup)).toBe(false);
    expect(existsSync(join(bundle.root, id))).toBe(false);
  });

  test("run in the default slice, with room for one process only", async () => {
    const config = bundle.config("exec cat /proc/self/cgroup /sys/fs/cgroup/pids.max", (base) =>
      withLinux(base, { resources: { pids: { limit: 1 } } }),
    );
    const { stdout, status } = await bundle.run(config, options);
    expect(stdout).toMatch(/^0::.*\/user\.slice\/bunc-test-[0-9a-f-]+\.scope\n1\n$/);
    expect(status).toBe(0);
  });

  test("leave no scope behind when they cannot be created", async () => {
    const config = bundle.config("true", (base) =>
      withLinux(
        { ...base, mounts: [{ destination: "/mnt", type: "nonsense" }] },
        { cgroupsPath: "ctr.slice:bunc:two" },
      ),
    );
    await expect(bundle.create(config, options)).rejects.toThrow('mount "nonsense"');
    expect(systemd.show("bunc-two.scope", "LoadState")).toEqual({ LoadState: "not-found" });
    expect(existsSync(`${systemd.cgroup}/ctr.slice/bunc-two.scope`)).toBe(false);
  });

  test("live in a cgroup below the scope when that is named", async () => {
    const annotations = { "run.oci.systemd.subgroup": "inner" };
    const config = bundle.config("exec sleep 1000", (base) =>
      withLinux({ ...base, annotations }, { resources: { pids: { limit: 33 } } }),
    );
    const container = await bundle.create(config, options);
    const scope = `${systemd.cgroup}/user.slice/bunc-${container.id}.scope`;
    expect(container.cgroup.paths).toEqual({ "": `${scope}/inner` });
    expect(readControl(scope, "cgroup.procs")).toBe("");
    expect(readControl(`${scope}/inner`, "cgroup.procs")).toBe(String(container.pid));
    expect(readControl(`${scope}/inner`, "pids.max")).toBe("33");
    expect(systemd.show(`bunc-${container.id}.scope`, "TasksMax")).toEqual({ TasksMax: "33" });
    await container.start();
    await container.update({ pids: { limit: 44 } });
    expect(readControl(`${scope}/inner`, "pids.max")).toBe("44");
    // systemd writes it a moment after it has said that it will.
    await until("the scope has it", () => readControl(scope, "pids.max") === "44");
    await container.delete({ force: true });
    expect(existsSync(scope)).toBe(false);
  });

  test("cannot be created with a path of the other form", async () => {
    const config = bundle.config("true", (base) => withLinux(base, { cgroupsPath: "/some/path" }));
    await expect(bundle.create(config, options)).rejects.toThrow(
      "it is not of the form slice:prefix:name",
    );
  });
}

if (canRunSystemd) describe("containers by systemd", describeContainers);
else {
  test.skipIf(!canRunSystemd)(
    "containers by systemd cannot be tested outside of the virtual machine, or without systemd's package",
    () => undefined,
  );
}

describe("without a cgroup manager", () => {
  test("a container stays in the cgroup of its creator, and cannot be limited", async () => {
    const config = bundle.config("exec sleep 1000");
    const container = await bundle.create(config, { cgroupManager: "disabled" });
    const { pid } = container;
    const cgroups = (of: number | "self"): string => readControl(`/proc/${of}`, "cgroup");
    expect(cgroups(pid)).toBe(cgroups("self"));
    expect(container.cgroup.paths).toEqual({});
    expect(() => container.update({ pids: { limit: 5 } })).toThrow("it has no cgroup of its own");
    await container.start();
    await expect(container.pause()).rejects.toThrow("Cannot freeze the cgroup");
    await container.delete({ force: true });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
