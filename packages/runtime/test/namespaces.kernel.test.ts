/** Namespaces that are made beside others that are joined. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readlinkSync, writeFileSync } from "node:fs";
import type { LinuxNamespace } from "@ctr/spec";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
/** A process that holds a user namespace. */
let holder: Bun.Subprocess<"ignore", "pipe", "inherit">;

beforeAll(async () => {
  holder = Bun.spawn(["unshare", "--user", "sh", "-c", "echo ready; exec sleep infinity"], {
    stdin: "ignore",
    stdout: "pipe",
  });
  await holder.stdout.getReader().read();
  writeFileSync(`/proc/${holder.pid}/uid_map`, "0 0 65536\n");
  writeFileSync(`/proc/${holder.pid}/gid_map`, "0 0 65536\n");
});

afterAll(async () => {
  holder.kill("SIGKILL");
  await holder.exited;
  await bundle[Symbol.asyncDispose]();
});

/** Runs a script with these namespaces, and prints what it says. */
async function run(script: string, namespaces: readonly LinuxNamespace[]): Promise<string[]> {
  const mappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
  const config = bundle.config(script, (base) =>
    withLinux(base, { namespaces, uidMappings: mappings, gidMappings: mappings }),
  );
  const { hostname: _, ...others } = config;
  // The other file systems of a default configuration belong to namespaces that the user namespace must own.
  const mounts = [{ destination: "/proc", type: "proc", source: "proc" }];
  const { stdout, stderr } = await bundle.run({ ...others, mounts });
  return (stdout + stderr).split("\n");
}

const links = "readlink /proc/self/ns/pid; readlink /proc/self/ns/user; echo $$";

describe("a new pid namespace", () => {
  test("is entered when the user namespace is joined", async () => {
    const [pid, user, self] = await run(links, [
      { type: "user", path: `/proc/${holder.pid}/ns/user` },
      { type: "pid" },
      { type: "mount" },
    ]);

    expect(pid).toMatch(/^pid:/);
    expect(pid).not.toBe(readlinkSync("/proc/self/ns/pid"));
    expect(user).toBe(readlinkSync(`/proc/${holder.pid}/ns/user`));
    expect(self).toBe("1");
  });

  test("is entered when the user namespace is new beside a namespace that is joined", async () => {
    const [pid, user, self] = await run(links, [
      { type: "user" },
      { type: "network", path: "/proc/self/ns/net" },
      { type: "pid" },
      { type: "mount" },
    ]);

    expect(pid).toMatch(/^pid:/);
    expect(pid).not.toBe(readlinkSync("/proc/self/ns/pid"));
    expect(user).toMatch(/^user:/);
    expect(user).not.toBe(readlinkSync("/proc/self/ns/user"));
    expect(self).toBe("1");
  });
});
