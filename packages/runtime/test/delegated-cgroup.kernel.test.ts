/** A cgroup below the container's own, which the container manages. @see crun(1), "run.oci.delegate-cgroup" */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const isPure = detectCgroupLayout(linuxKernel()).mode === "v2";

function delegating(script: string, linux: Config["linux"] & object = {}): Config {
  return bundle.config(script, (base) => ({
    ...withLinux(base, linux),
    annotations: { "run.oci.delegate-cgroup": "payload" },
  }));
}

/** Makes a cgroup below, moves there, lets the next have controllers, and shows it all. */
const manages = [
  "cd /sys/fs/cgroup/payload",
  "mkdir inner",
  "echo $$ > inner/cgroup.procs",
  "echo +pids > cgroup.subtree_control",
  "echo 7 > inner/pids.max",
  "cat /proc/self/cgroup inner/pids.max /sys/fs/cgroup/pids.max",
].join(" && ");

if (isPure) {
  const mapping = { containerID: 0, hostID: 100_000, size: 65_536 };
  describe.each([
    ["without a user namespace", {}, 0],
    ["in a user namespace", { uidMappings: [mapping], gidMappings: [mapping] }, 100_000],
  ])("%s", (_, mappings, owner) => {
    const linux = (base: Config): Config["linux"] & object => ({
      ...mappings,
      namespaces: [
        ...(base.linux?.namespaces ?? []),
        { type: "cgroup" },
        ...(owner === 0 ? [] : ([{ type: "user" }] as const)),
      ],
      resources: { pids: { limit: 50 } },
    });
    const writable = (config: Config): Config => ({
      ...withLinux(config, linux(config)),
      mounts: (config.mounts ?? []).map((mount) =>
        mount.type === "cgroup"
          ? { ...mount, options: (mount.options ?? []).filter((option) => option !== "ro") }
          : mount,
      ),
    });

    test("a container manages its cgroup, and the limits above hold", async () => {
      const { stdout, stderr } = await bundle.run(writable(delegating(manages)));
      expect(stderr).toBe("");
      expect(stdout).toBe("0::/payload/inner\n7\n50\n");
    });

    test("what is executed in it is there, too, and all of it is found and removed", async () => {
      const container = await bundle.create(writable(delegating("exec sleep 1000")));
      const [path = ""] = Object.values(container.cgroup.paths);
      const payload = join(path, "payload");
      expect(statSync(payload).uid).toBe(owner);
      expect(statSync(join(payload, "cgroup.procs")).uid).toBe(owner);
      // Limits stay with whoever set them.
      expect(statSync(join(payload, "pids.max")).uid).toBe(0);
      expect(readFileSync(join(path, "cgroup.procs"), "utf8")).toBe("");
      await container.start();
      const executed = await bundle.exec(container, "cat /proc/self/cgroup");
      expect(executed.stdout).toBe("0::/payload\n");
      expect(container.pids()).toEqual([container.pid]);
      await container.pause();
      expect(container.status()).toBe("paused");
      await container.resume();
      await container.delete({ force: true });
      expect(existsSync(path)).toBe(false);
    });
  });
} else {
  test("needs a cgroup of version 2, and leaves nothing without", async () => {
    const id = bundle.id();
    await expect(bundle.create(delegating("true"), {}, id)).rejects.toMatchObject({
      code: "ERR_CGROUP_UNSUPPORTED",
      pointer: "/annotations/run.oci.delegate-cgroup",
    });
    expect(bundle.remains(id)).toEqual([]);
  });
}

test("needs a cgroup at all", async () => {
  const config = delegating("true");
  await expect(bundle.create(config, { cgroupManager: "disabled" })).rejects.toMatchObject({
    code: "ERR_CGROUP_UNSUPPORTED",
  });
});
