/** What a bind mount keeps of the options that its source is mounted with, with and without a user namespace. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
// Root of a user namespace cannot make it.
mkdirSync(join(bundle.rootfs, "mnt"));
const mounted: string[] = [];
afterAll(async () => {
  for (const path of mounted) Bun.spawnSync(["umount", path]);
  await bundle[Symbol.asyncDispose]();
});

/** Mounts a tmpfs on the host. */
function source(options: string): string {
  const path = join(bundle.path, `source-${mounted.length}`);
  mkdirSync(path);
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path]);
  expect(exitCode).toBe(0);
  mounted.push(path);
  return path;
}

const mapping = { containerID: 0, hostID: 100_000, size: 65_536 };

function inUserNamespace(config: Config): Config {
  return withLinux(config, {
    namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
    uidMappings: [mapping],
    gidMappings: [mapping],
  });
}

/** Binds a directory with options and returns those of the mount that the container sees, sorted. */
async function bound(
  path: string,
  options: readonly string[],
  change = (config: Config): Config => config,
): Promise<string> {
  const script = `awk '$5 == "/mnt" {print $6}' /proc/self/mountinfo`;
  const config = bundle.config(script, (base) =>
    change({
      ...base,
      mounts: [...(base.mounts ?? []), { destination: "/mnt", source: path, options }],
    }),
  );
  const { stdout, stderr } = await bundle.run(config);
  expect(stderr).toBe("");
  return stdout.trim().split(",").toSorted().join(" ");
}

const restricted = source("ro,nosuid,nodev,noexec,noatime,nodiratime");

describe("a bind mount of what is mounted with options", () => {
  test.each([
    [["bind"], "noatime nodev nodiratime noexec nosuid ro"],
    [["bind", "rprivate"], "noatime nodev nodiratime noexec nosuid ro"],
    [["bind", "noexec"], "noatime nodiratime noexec rw"],
    [["bind", "ro"], "noatime nodiratime ro"],
    [["bind", "dev"], "noatime nodiratime rw"],
    [["bind", "rw", "strictatime", "diratime"], "rw"],
    // As mount(8) and runc have it: what switches off changes nothing that is there, what switches on decides all.
    [["bind", "atime"], "noatime nodiratime rw"],
    [["bind", "diratime"], "noatime nodiratime rw"],
    [["bind", "norelatime", "nostrictatime"], "noatime nodiratime rw"],
    [["bind", "nodiratime"], "nodiratime relatime rw"],
    [["bind", "noatime"], "noatime rw"],
  ])("has what %p says", async (options, expected) => {
    expect(await bound(restricted, options)).toBe(expected);
  });

  test.each([
    [["bind"], "noatime nodev nodiratime noexec nosuid ro"],
    [["bind", "noexec"], "noatime nodev nodiratime noexec nosuid ro"],
    [["bind", "symfollow"], "noatime nodev nodiratime noexec nosuid ro"],
    [["bind", "atime", "diratime"], "noatime nodev nodiratime noexec nosuid ro"],
  ])("keeps its source's in a user namespace, whatever %p says", async (options, expected) => {
    expect(await bound(restricted, options, inUserNamespace)).toBe(expected);
  });

  test.each([
    ["noatime", ["bind", "strictatime"], "noatime"],
    ["noatime,nodiratime", ["bind", "noatime"], "noatime, nodiratime"],
    ["nodiratime", ["bind", "strictatime", "nodiratime"], "nodiratime, relatime"],
    ["relatime", ["bind", "noatime"], "relatime"],
    ["strictatime", ["bind", "relatime"], "strictatime"],
  ])("keeps its source's %s in a user namespace: %p fails", async (mountedAs, options, named) => {
    const failure = bound(source(mountedAs), options, inUserNamespace);

    expect(failure).rejects.toThrow(`the source is mounted ${named}, which a user namespace`);
    await failure.catch(() => undefined);
  });

  test.each([
    ["strictatime", ["bind", "strictatime"], "rw"],
    ["noatime,nodiratime", ["bind", "nodiratime", "noatime"], "noatime nodiratime rw"],
  ])("may have its source's %s named in a user namespace", async (mountedAs, options, expected) => {
    expect(await bound(source(mountedAs), options, inUserNamespace)).toBe(expected);
  });

  test("cannot take them away in a user namespace, and says which", async () => {
    const failure = bound(restricted, ["bind", "rw", "suid", "nodev"], inUserNamespace);

    expect(failure).rejects.toThrow(
      /\(\/mounts\/7\/options\): the source is mounted ro, nosuid, which a user namespace cannot take away/,
    );
    await failure.catch(() => undefined);
    expect(await bound(source("nosuid"), ["bind", "rw"], inUserNamespace)).toContain("nosuid");
  });
});
