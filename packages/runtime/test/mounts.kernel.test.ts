/** Mounts that take another way than most: once more, a second time at the same place, or by mount(2). */

import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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

test("a read-only tmpfs has what is mounted in it, and takes nothing else", async () => {
  const shown = await output(
    `cat /mnt/a/file; echo more >/mnt/a/b/file && echo written; echo no >/mnt/file`,
    tmpfs(["ro", "size=64k"]),
    { destination: "/mnt/a/file", type: "bind", source: "/etc/hostname", options: ["bind", "ro"] },
    { destination: "/mnt/a/b", type: "tmpfs", source: "tmpfs" },
  );

  const hostname = readFileSync("/etc/hostname", "utf8");
  expect(shown).toBe(
    `${hostname}written\n/bin/sh: can't create /mnt/file: Read-only file system\n`,
  );
});

test("what is copied up can be copied up again", async () => {
  const copy: Mount = { destination: "/etc", type: "tmpfs", options: ["tmpcopyup"] };
  const shown = await output(`cat /etc/motd; grep -c ' /etc ' /proc/self/mountinfo`, copy, copy);

  expect(shown).toBe("hello\n2\n");
});

test.each([
  ["/tmp", [], "1777"],
  ["/etc", [], "755"],
  ["/private", [], "750"],
  ["/private/within", [], "700"],
  ["/missing", [], "1777"],
  ["/missing/further/down", [], "1777"],
  ["/dev/missing", [], "1777"],
  ["/private", ["mode=711"], "711"],
  ["/missing", ["mode=711"], "711"],
])("a tmpfs at %s with the options %p has the mode %s", async (destination, options, mode) => {
  const within = join(bundle.rootfs, "private/within");
  mkdirSync(within, { recursive: true });
  chmodSync(within, 0o700);
  chmodSync(join(bundle.rootfs, "private"), 0o750);
  rmSync(join(bundle.rootfs, "missing"), { recursive: true, force: true });
  const [found, shown = ""] = (
    await output(`stat -c %a ${destination}; ${showLast(destination)}`, {
      ...tmpfs(options),
      destination,
    })
  ).split("\n");

  expect(found).toBe(mode);
  // Linux does not show what is the same for every tmpfs.
  expect(/\bmode=(\d+)/.exec(shown)?.[1] ?? "1777").toBe(mode);
});

test("a destination may be written as a path of the host below the root filesystem", async () => {
  const source = join(bundle.path, "source");
  mkdirSync(join(source, "x/y"), { recursive: true });
  writeFileSync(join(source, "x/file"), "deep\n");
  const bind = (from: string, destination: string): Mount => ({
    destination,
    type: "bind",
    source: from,
    options: ["rbind"],
  });
  const shown = await output(
    "cat /mnt/file /home/y/file /home/y/file",
    bind(join(source, "x"), `${bundle.rootfs}//mnt/`),
    bind(join(bundle.rootfs, "mnt"), join(bundle.rootfs, "home")),
    // From what the container has mounted so far.
    bind(join(bundle.rootfs, "mnt"), join(bundle.rootfs, "home/y")),
  );
  expect(shown).toBe("deep\n".repeat(3));
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

    await expect(output("true", mount)).rejects.toMatchObject({
      code: "ERR_INVALID_CONFIG",
      message: expect.stringContaining("more than 4095 bytes"),
    });
  });
});

test("a user namespace without a network of its own sees the host's sysfs, and nothing that is mounted below it", async () => {
  const config = bundle.config(
    `ls /sys/class/net/lo/ifindex; ls /sys/fs/cgroup | wc -l; ${showLast("/sys")}; grep -c ' /sys/' /proc/self/mountinfo`,
    (base) => {
      const mounts = (base.mounts ?? []).filter(({ type }) => type !== "cgroup");
      const { linux = {} } = userNamespace(base);
      const namespaces = (linux.namespaces ?? []).filter(({ type }) => type !== "network");
      const { maskedPaths: _, readonlyPaths: __, ...others } = linux;
      return { ...base, mounts, linux: { ...others, namespaces } };
    },
  );
  const { stdout, stderr } = await bundle.run(config);

  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /^\/sys\/class\/net\/lo\/ifindex\n0\nro,nosuid,nodev,noexec\S* sysfs .*\n0\n$/,
  );
});

/** A user namespace whose root is the host's. */
function userNamespace({ linux = {} }: Config): Pick<Config, "linux"> {
  const mappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
  return {
    linux: {
      ...linux,
      namespaces: [...(linux.namespaces ?? []), { type: "user" }],
      uidMappings: mappings,
      gidMappings: mappings,
    },
  };
}

describe("a link as the source of a bind mount", () => {
  const source = join(bundle.path, "a-link");
  const link = (target: string, path: string = source): void => {
    rmSync(path, { force: true });
    symlinkSync(target, path);
  };
  const mount = (destination: string, ...options: readonly string[]): Mount => ({
    destination,
    type: "bind",
    source,
    options: ["rbind", ...options],
  });

  test("is made anew by copy-symlink, with the directories above it, and again in the same root", async () => {
    link("to/nowhere");
    const copy = mount("/srv/of/link", "copy-symlink");

    expect(await output("readlink /srv/of/link", copy)).toBe("to/nowhere\n");
    expect(await output("readlink /srv/of/link", copy)).toBe("to/nowhere\n");
    expect(readlinkSync(join(bundle.rootfs, "srv/of/link"))).toBe("to/nowhere");
  });

  test("is not made where something else is", async () => {
    link("to/nowhere");
    await expect(output("true", mount("/etc/motd", "copy-symlink"))).rejects.toMatchObject({
      code: "ERR_MOUNT_SOURCE",
      pointer: "/mounts/7/destination",
      message: expect.stringContaining("something else is there"),
    });
    const below = output(
      "true",
      tmpfs([]),
      mount("/mnt/x", "copy-symlink"),
      mount("/mnt/x", "copy-symlink"),
    );
    await expect(below).rejects.toThrow("EEXIST");
  });

  test("copy-symlink binds what is no link", async () => {
    const file = { ...mount("/etc/a-copy", "copy-symlink"), source: "/etc/passwd" };
    expect(await output("grep -c ' /etc/a-copy ' /proc/self/mountinfo", file)).toBe("1\n");
  });

  test.each([false, true])(
    "is bound itself, on a link itself (user namespace: %p)",
    async (own) => {
      writeFileSync(join(bundle.path, "a-file"), "of the file\n");
      link(join(bundle.path, "a-file"));
      link("to/nowhere", join(bundle.rootfs, "etc/covered"));
      const look = async (...options: readonly string[]): Promise<string> => {
        const config = bundle.config("readlink /etc/covered; cat /etc/covered", (base) => ({
          ...base,
          mounts: [...(base.mounts ?? []), mount("/etc/covered", ...options)],
          ...(own ? userNamespace(base) : {}),
        }));
        return (await bundle.run(config)).stdout;
      };

      expect(await look("dest-nofollow")).toBe("of the file\n");
      expect(await look("dest-nofollow", "src-nofollow")).toBe(`${join(bundle.path, "a-file")}\n`);
      expect(readlinkSync(join(bundle.rootfs, "etc/covered"))).toBe("to/nowhere");
    },
  );

  test("no link of /proc is mounted over", async () => {
    link("to/nowhere");
    await expect(output("true", mount("/proc/self", "dest-nofollow"))).rejects.toMatchObject({
      code: "ERR_INVALID_CONFIG",
      message: expect.stringContaining("does not go with what is in /proc"),
    });
  });

  test("options about links are refused for what is no bind mount", async () => {
    await expect(output("true", tmpfs(["dest-nofollow"]))).rejects.toMatchObject({
      code: "ERR_INVALID_CONFIG",
      message: expect.stringContaining("are for bind mounts"),
    });
  });
});
