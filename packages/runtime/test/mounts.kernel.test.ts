/** Mounts that take another way than most: once more, a second time at the same place, or by mount(2). */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Runs a shell script behind more mounts. */
async function output(script: string, ...mounts: readonly Mount[]): Promise<string> {
  const config: Config = bundle.config(script, (base) => ({
    ...base,
    mounts: [...(base.mounts ?? []), ...mounts],
  }));
  const { stdout, stderr } = await bundle.run(config);
  return stdout + stderr;
}

/** Prints type, options of the mount and options of the file system of what is mounted last at a path. */
const showLast = (path: string): string =>
  `awk '$5 == "${path}" {line = $6 " " $(NF-2) " " $NF} END {print line}' /proc/self/mountinfo`;

const tmpfs = (options: readonly string[]): Mount => ({
  destination: "/mnt",
  type: "tmpfs",
  source: "tmpfs",
  options,
});

describe("a remount", () => {
  test("changes the mount that is there, one directory below the root", async () => {
    const shown = await output(
      showLast("/mnt"),
      tmpfs(["nosuid", "size=64k"]),
      tmpfs(["remount", "ro", "noexec"]),
    );

    expect(shown).toMatch(/^ro,nosuid,noexec,relatime tmpfs ro,size=64k/);
  });

  test("changes a file that was bound", async () => {
    const file: Mount = { destination: "/etc/motd", source: "/etc/passwd", options: ["bind"] };
    const shown = await output(showLast("/etc/motd"), file, {
      ...file,
      options: ["remount", "bind", "ro"],
    });

    expect(shown).toStartWith("ro,");
  });
});

test("what is copied up can be copied up again", async () => {
  const copy: Mount = { destination: "/etc", type: "tmpfs", options: ["tmpcopyup"] };
  const shown = await output(`cat /etc/motd; grep -c ' /etc ' /proc/self/mountinfo`, copy, copy);

  expect(shown).toBe("hello\n2\n");
});

test("a read-only /dev holds mounts and devices all the same", async () => {
  const config = bundle.config(
    `ls -d /dev/null /dev/pts/ptmx; touch /dev/x; ${showLast("/dev")}`,
    (base) => ({
      ...base,
      mounts: (base.mounts ?? []).map((mount) =>
        mount.destination === "/dev"
          ? { ...mount, options: [...(mount.options ?? []), "ro"] }
          : mount,
      ),
    }),
  );
  const { stdout, stderr } = await bundle.run(config);

  expect(stdout).toMatch(/^\/dev\/null\n\/dev\/pts\/ptmx\nro,nosuid\S* tmpfs /);
  expect(stderr).toContain("Read-only file system");
});

describe("by mount(2)", () => {
  test("a tmpfs counts versions, keeps the mode of its place, and is read-only", async () => {
    const shown = await output(`stat -c %a /tmp; ${showLast("/tmp")}`, {
      ...tmpfs(["iversion", "nodev", "ro"]),
      destination: "/tmp",
    });

    expect(shown).toMatch(/^1777\nro,nodev,relatime tmpfs r[ow]\b/);
  });

  test("an overlay has more layers than fsconfig(2) takes, and the last of contradicting options", async () => {
    const layers = Array.from({ length: 8 }, (_, index) => {
      const layer = join(bundle.path, `a-layer-with-a-long-name-${index}`);
      mkdirSync(layer, { recursive: true });
      writeFileSync(join(layer, `file-${index}`), "");
      return layer;
    });
    const shown = await output(`ls /mnt | tr '\\n' ' '; ${showLast("/mnt")}`, {
      destination: "/mnt",
      type: "overlay",
      source: "overlay",
      options: [`lowerdir=${layers.join(":")}`, "suid", "nosuid", "noexec", "exec"],
    });

    expect(shown).toStartWith(
      "file-0 file-1 file-2 file-3 file-4 file-5 file-6 file-7 rw,nosuid,relatime overlay ",
    );
  });

  test("more options than the kernel reads are refused", async () => {
    const lowerdir = `lowerdir=${"/a-layer:".repeat(500)}/last`;
    const mount: Mount = { ...tmpfs([lowerdir]), type: "overlay" };

    expect(output("true", mount)).rejects.toMatchObject({
      code: "ERR_INVALID_CONFIG",
      message: expect.stringContaining("more than 4095 bytes"),
    });
  });
});
