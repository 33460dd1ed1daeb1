/** Containers without a mount namespace: their mounts are the host's, and leave nothing there. */

import { afterAll, expect, test } from "bun:test";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { until } from "tools/until";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

function withoutMountNamespace(script: string, change: Partial<Config> = {}): Config {
  const config = { ...bundle.config(script), ...change };
  return withLinux(config, {
    namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "mount"),
  });
}

/** Mounts of the host, with their propagation, without numbers that a new mount would change. */
const hostMounts = (): string => readFileSync("/proc/self/mountinfo", "utf8");

const look = [
  "readlink /proc/self/ns/mnt",
  "cat /etc/motd",
  "touch /here 2>/dev/null || echo readonly",
  "echo x 2>/dev/null >/proc/sysrq-trigger || echo protected",
  "head -c 1 /proc/kcore | wc -c",
].join("; ");

test("a container without a mount namespace has the runtime's, and its root filesystem for its root", async () => {
  const before = hostMounts();
  const container = await bundle.create(
    withoutMountNamespace(`${look}; sleep 1000`, { root: { path: "rootfs", readonly: true } }),
  );
  await container.start();
  const { stdout } = await bundle.exec(container, look, { cwd: "/etc" });

  expect(stdout).toBe(`${readlinkSync("/proc/self/ns/mnt")}\nhello\nreadonly\nprotected\n0\n`);
  // The container's own program may be the slower one.
  await until("it has said all", () => bundle.output(container.id).endsWith("0\n"));
  expect(bundle.output(container.id)).toBe(stdout);
  // What it mounted is the host's to see.
  expect(hostMounts()).toContain(` ${join(bundle.rootfs, "proc")} `);

  // A second one would have its mounts on top of these.
  const other = bundle.create(withoutMountNamespace("true"));
  expect(other).rejects.toThrow(`container "${container.id}" has its mounts there`);
  await other.catch(() => undefined);

  await container.delete({ force: true });
  expect(hostMounts()).toBe(before);
});

test("it leaves nothing on the host when it cannot be created", async () => {
  const before = hostMounts();
  const mounts = [{ destination: "/mnt", type: "no-such-file-system", source: "none" }];
  const failure = bundle.create(withoutMountNamespace("true", { mounts }));

  expect(failure).rejects.toThrow(/\/mounts\/0/);
  await failure.catch(() => undefined);
  expect(hostMounts()).toBe(before);
});

test("it is not deleted from below what somebody has mounted over it", async () => {
  const before = hostMounts();
  const container = await bundle.create(withoutMountNamespace("true"));
  await container.start();
  await container.exited;
  Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", bundle.rootfs]);

  const failure = container.delete();
  expect(failure).rejects.toThrow("something is mounted over it");
  await failure.catch(() => undefined);

  Bun.spawnSync(["umount", bundle.rootfs]);
  await container.delete();
  expect(hostMounts()).toBe(before);
});

test("its mounts may not lie over the host's root, nor can it have a user namespace", async () => {
  const root = bundle.create(withoutMountNamespace("true", { root: { path: "/" } }));
  expect(root).rejects.toThrow("would lie over the host's");
  await root.catch(() => undefined);

  const ids = [{ containerID: 0, hostID: 100_000, size: 1 }];
  const user = bundle.create(
    withLinux(withoutMountNamespace("true"), {
      namespaces: [{ type: "user" }, { type: "uts" }],
      uidMappings: ids,
      gidMappings: ids,
    }),
  );
  expect(user).rejects.toThrow("root of a user namespace may mount nothing in the host's");
  await user.catch(() => undefined);
});
