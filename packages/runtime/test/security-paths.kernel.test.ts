/**
 * An image that lays links and files where the runtime makes, mounts or writes something.
 *
 * Each flaw made another runtime do it on the host. What is to stay as it is here is a directory beside the bundle.
 *
 * @module
 */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { type Kernel, linuxKernel } from "../src/kernel/index.ts";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundles: TestBundle[] = [];
afterAll(async () => {
  for (const each of bundles) await each[Symbol.asyncDispose]();
});

let bundle: TestBundle;
/** A directory of the host that nobody may touch. */
let outside: string;
beforeEach(() => {
  bundle = new TestBundle();
  bundles.push(bundle);
  outside = join(bundle.path, "outside");
  mkdirSync(join(outside, "directory"), { recursive: true });
  writeFileSync(join(outside, "file"), "untouched");
});

/** Everything below the directory of the host, with the content of files. */
function treeOutside(): unknown {
  const names = readdirSync(outside, { recursive: true, encoding: "utf8" }).toSorted();
  return { names, file: readFileSync(join(outside, "file"), "utf8") };
}

/** Runs it, be it that it works or not, and expects nothing outside to have changed. */
async function attack(config: Config): Promise<Outcome | Error> {
  const before = treeOutside();
  const outcome = await bundle.run(config, { console: "keep" }).catch((error: unknown): Error => {
    if (error instanceof Error) return error;
    throw error;
  });
  expect(treeOutside()).toEqual(before);
  return outcome;
}

const withMounts = (config: Config, ...mounts: readonly Mount[]): Config => ({
  ...config,
  mounts: [...(config.mounts ?? []), ...mounts],
});
const withoutMounts = (config: Config, ...destinations: readonly string[]): Config => ({
  ...config,
  mounts: (config.mounts ?? []).filter(({ destination }) => !destinations.includes(destination)),
});

/** Lays a link into the image, in the place of what is there. */
function link(path: string, target: string): void {
  rmSync(join(bundle.rootfs, path), { recursive: true, force: true });
  symlinkSync(target, join(bundle.rootfs, path));
}

describe("CVE-2019-18837, CVE-2024-45310: a mount point is found or made by way of a link to the host", () => {
  const mounts: readonly (readonly [string, Omit<Mount, "destination">])[] = [
    ["a tmpfs", { type: "tmpfs", source: "tmpfs" }],
    ["a tmpfs that is copied up", { type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"] }],
    ["a directory", { source: "/usr", options: ["rbind", "ro"] }],
    ["a file", { source: "/bin/sh", options: ["bind"] }],
  ];
  const ways: readonly (readonly [string, (target: string) => string])[] = [
    ["absolute", (target) => target],
    ["relative, above the root", (target) => `../../../../../../../../..${target}`],
    ["by way of /proc", (target) => `/proc/1/root${target}`],
  ];

  for (const [what, mount] of mounts) {
    test.each(ways)(`${what} below a link that is %s`, async (_, path) => {
      link("link", path(outside));
      for (const destination of ["/link/made", "/link/made/deep/er", "/link/directory/made"]) {
        await attack(withMounts(bundle.config("true"), { ...mount, destination }));
      }
    });

    test(`${what} on a link that leads to nothing yet`, async () => {
      link("link", join(outside, "made"));
      const outcome = await attack(
        withMounts(bundle.config("true"), { ...mount, destination: "/link" }),
      );

      // It is made where the link leads below the image's own root.
      expect(outcome).toMatchObject({ status: 0, stderr: "" });
      expect(existsSync(join(bundle.rootfs, outside, "made"))).toBe(true);
    });
  }

  test("the working directory is not made on the host either", async () => {
    link("link", outside);
    await attack(withProcess(bundle.config("pwd"), { cwd: "/link/made/deep" }));

    expect(existsSync(join(bundle.rootfs, outside, "made/deep"))).toBe(true);
  });
});

describe("CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc or /sys is a link", () => {
  test.each([
    ["/proc", "proc"],
    ["/sys", "sysfs"],
  ])("%s is refused on a link, to where its masks would not reach", async (destination, type) => {
    mkdirSync(join(bundle.rootfs, "elsewhere"));
    link(destination, "/elsewhere");

    await expect(bundle.run(bundle.config("true"))).rejects.toMatchObject({
      code: "ERR_CONTAINER_INIT",
      message: expect.stringContaining(destination),
      pointer: expect.stringMatching(/^\/mounts\/\d+$/),
    });
    // Nor below a directory that is one.
    link("parent", "/elsewhere");
    const config = withMounts(withoutMounts(bundle.config("true"), "/proc", "/sys"), {
      destination: `/parent${destination}`,
      type,
      source: type,
    });
    const { maskedPaths: _, readonlyPaths: __, ...linux } = config.linux ?? {};
    await expect(bundle.run({ ...config, linux })).rejects.toMatchObject({
      code: "ERR_CONTAINER_INIT",
    });
  });

  test("a file in their place is refused, too", async () => {
    rmSync(join(bundle.rootfs, "proc"), { recursive: true });
    writeFileSync(join(bundle.rootfs, "proc"), "");

    await expect(bundle.run(bundle.config("true"))).rejects.toThrow("/proc");
  });
});

describe("CVE-2019-16884, CVE-2025-52881: what is written to procfs goes to something else", () => {
  const parameter = "sys/net/ipv4/ip_forward";
  const withForwarding = (config: Config): Config =>
    withMounts(withLinux(config, { sysctl: { "net.ipv4.ip_forward": "1" } }), {
      destination: "/mnt",
      type: "proc",
      source: "proc",
    });
  const show = `cat /mnt/${parameter}`;

  test("the image's files in the place of /proc stay, and the kernel's are written", async () => {
    mkdirSync(join(outside, "sys/net/ipv4"), { recursive: true });
    writeFileSync(join(outside, parameter), "decoy");
    const { maskedPaths: _, readonlyPaths: __, ...linux } = bundle.config("").linux ?? {};
    const config = withMounts(
      { ...withoutMounts(bundle.config(show), "/proc"), linux },
      { destination: "/proc", source: outside, options: ["bind"] },
    );

    expect(await attack(withForwarding(config))).toMatchObject({ status: 0, stdout: "1\n" });
    expect(readFileSync(join(outside, parameter), "utf8")).toBe("decoy");
  });

  test("nor does a file that is bound over one of the kernel's get anything", async () => {
    const { maskedPaths: _, readonlyPaths: __, ...linux } = bundle.config("").linux ?? {};
    const config = withMounts(
      { ...bundle.config(show), linux },
      { destination: `/proc/${parameter}`, source: join(outside, "file"), options: ["bind"] },
    );

    expect(await attack(withForwarding(config))).toMatchObject({ status: 0, stdout: "1\n" });
  });

  test("an AppArmor profile or SELinux label is never written to the image's file", async () => {
    for (const fields of [{ apparmorProfile: "unconfined" }, { selinuxLabel: "a:b:c:s0" }]) {
      const { maskedPaths: _, readonlyPaths: __, ...linux } = bundle.config("").linux ?? {};
      mkdirSync(join(outside, "self/attr/apparmor"), { recursive: true });
      for (const name of ["self/attr/exec", "self/attr/apparmor/exec"])
        writeFileSync(join(outside, name), "decoy");
      const config = withMounts(
        { ...withoutMounts(bundle.config("true"), "/proc"), linux },
        { destination: "/proc", source: outside, options: ["bind"] },
      );
      await attack(withProcess(config, fields));

      for (const name of ["self/attr/exec", "self/attr/apparmor/exec"])
        expect(readFileSync(join(outside, name), "utf8")).toBe("decoy");
    }
  });
});

describe("CVE-2025-24965, CVE-2026-41579, CVE-2026-47766: what the runtime makes in /dev is made on the host", () => {
  const withImagesDev = (script: string): Config =>
    withoutMounts(bundle.config(script), "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue");

  test("devices and links in a /dev that is a link", async () => {
    link("dev", outside);
    await attack(withImagesDev("true"));
    link("dev", `../../../../../../../..${outside}/directory`);
    await attack(
      withLinux(withImagesDev("true"), {
        devices: [{ path: "/dev/deep/er", type: "c", major: 1, minor: 3 }],
      }),
    );
  });

  test("devices that are bound, in a user namespace", async () => {
    link("dev", outside);
    const ids = [{ containerID: 0, hostID: 0, size: 65_536 }];
    const namespaces = [...(bundle.config("").linux?.namespaces ?? []), { type: "user" as const }];
    await attack(
      withLinux(withImagesDev("true"), { namespaces, uidMappings: ids, gidMappings: ids }),
    );
  });

  test("a device or link whose name is a link already", async () => {
    for (const name of ["null", "ptmx", "fd", "stdout", "console"]) {
      link(`dev/${name}`, join(outside, `made-${name}`));
    }
    await attack(withImagesDev("true"));
    await attack(withProcess(withImagesDev("true"), { terminal: true }));
    link("dev/null", join(outside, "file"));
    await attack(withImagesDev("echo gone >/dev/null"));
  });
});

describe("CVE-2025-31133: masks are made of what the image has at /dev/null", () => {
  test.each([
    ["a link to a kernel parameter", "/proc/sys/kernel/core_pattern"],
    ["a link to a file of the image", "/etc/passwd"],
    ["a link to nothing", "/nowhere"],
  ])("%s masks nothing, the host's device does", async (_, target) => {
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    link("dev/null", target);
    const config = withLinux(withoutMounts(bundle.config(""), "/dev", "/dev/pts", "/dev/shm"), {
      maskedPaths: ["/etc/motd", "/proc/version"],
    });
    const script =
      "stat -c %F:%t:%T /etc/motd /proc/version; echo x >/etc/motd; cat /etc/motd /proc/version";
    const outcome = await attack(
      withProcess(withoutMounts(config, "/dev/mqueue"), { args: ["/bin/sh", "-c", script] }),
    );

    const device = "character special file:1:3\n";
    expect(outcome).toMatchObject({ status: 0, stdout: device + device });
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(pattern);
  });
});

describe("CVE-2025-52565: /dev/console is made of what the image has at /dev/pts", () => {
  const withTerminal = (script: string): Config =>
    withProcess(bundle.config(script), { terminal: true });

  test("the other end of the terminal comes from the kernel, not from a name", async () => {
    // Nothing is mounted at /dev/pts: there the image has files with the names that a terminal would have.
    mkdirSync(join(bundle.rootfs, "dev/pts"), { recursive: true });
    for (const name of ["ptmx", "0", "1"]) link(`dev/pts/${name}`, "/proc/sys/kernel/core_pattern");
    const outcome = await attack(withoutMounts(withTerminal("true"), "/dev", "/dev/pts"));

    expect(outcome).toMatchObject({ code: "ERR_CONTAINER_INIT", pointer: "/process/terminal" });
  });

  test("a console that is a link to a kernel parameter does not open it for writing", async () => {
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    link("dev/console", "/proc/sys/kernel/core_pattern");
    await attack(
      withoutMounts(
        withTerminal("echo '|/evil' >/proc/sys/kernel/core_pattern; echo '|/evil' >/dev/console"),
        "/dev",
      ),
    );

    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(pattern);
  });
});

describe("a directory that is copied up changes while it is copied", () => {
  /** Swaps an entry for a link to the host as soon as it has been looked at. */
  const swapping = (name: string, target: string): Kernel => ({
    launch: (request) => linuxKernel().launch(request),
    call: (call, ...args) => {
      const result = linuxKernel().call(call, ...args);
      if (call === "openat" && args[1] === name && !existsSync(join(bundle.rootfs, "moved"))) {
        renameSync(join(bundle.rootfs, "data", name), join(bundle.rootfs, "moved"));
        symlinkSync(target, join(bundle.rootfs, "data", name));
      }
      return result;
    },
  });
  const copied: Mount = {
    destination: "/data",
    type: "tmpfs",
    source: "tmpfs",
    options: ["tmpcopyup"],
  };

  test("a directory is read as it was found, not where a link in its place leads", async () => {
    mkdirSync(join(bundle.rootfs, "data/swapped"), { recursive: true });
    writeFileSync(join(outside, "directory/secret"), "secret");
    writeFileSync(join(bundle.rootfs, "data/swapped/own"), "");
    const config = withMounts(bundle.config("ls -R /data; cat /data/*/*"), copied);
    const kernel = swapping("swapped", join(outside, "directory"));

    const { stdout } = await bundle.run(config, { kernel });
    expect(stdout).not.toContain("secret");
    expect(readdirSync(join(outside, "directory"))).toEqual(["secret"]);
  });

  test("a file is read as it was found", async () => {
    mkdirSync(join(bundle.rootfs, "data"));
    writeFileSync(join(bundle.rootfs, "data/swapped"), "own");
    const config = withMounts(bundle.config("cat /data/swapped"), copied);
    const kernel = swapping("swapped", join(outside, "file"));

    const { stdout } = await bundle.run(config, { kernel });
    expect(stdout).toBe("own");
  });

  test("a FIFO and a device are left out, and nobody waits for them", async () => {
    mkdirSync(join(bundle.rootfs, "data"));
    Bun.spawnSync(["mkfifo", join(bundle.rootfs, "data/fifo")]);
    Bun.spawnSync(["mknod", join(bundle.rootfs, "data/zero"), "c", "1", "5"]);
    symlinkSync(relative("/data", "/etc/motd"), join(bundle.rootfs, "data/link"));

    const { stdout } = await bundle.run(
      withMounts(bundle.config("ls /data; cat /data/link"), copied),
    );
    expect(stdout).toBe("link\nhello\n");
  });
});
