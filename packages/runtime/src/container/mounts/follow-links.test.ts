import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { linuxKernel } from "../../kernel/index.ts";
import { type Kernel, SystemCallError } from "../../kernel/kernel.ts";
import { followLinks } from "./follow-links.ts";

let rootfs: string;
beforeEach(() => {
  rootfs = mkdtempSync(join(tmpdir(), "ctr-links-test-"));
  for (const name of ["etc", "usr/lib", "there"]) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
});
afterEach(() => rmSync(rootfs, { recursive: true }));

const link = (path: string, target: string): void => symlinkSync(target, join(rootfs, path));

function follow(mounts: readonly Mount[], cwd = "/"): Config {
  const config: Config = { ociVersion: "1.3.0", process: { cwd, args: ["x"] }, mounts };
  return followLinks(linuxKernel(), rootfs, config);
}

/** Where a bind mount at a path comes to lie. */
const destinationOf = (destination: string): string | undefined =>
  follow([{ destination, options: ["bind"] }]).mounts?.[0]?.destination;

describe("followLinks()", () => {
  test("finds where links lead to what is not there yet, as deep as they go", () => {
    link("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf");
    link("one", "/two/below");
    link("two", "three");
    link("above", "../../../../../elsewhere");
    link("lib", "usr/lib");
    link("usr/lib/new", "../../made");

    expect(destinationOf("/etc/resolv.conf")).toBe("/run/systemd/resolve/stub-resolv.conf");
    expect(destinationOf("/one/deep/er")).toBe("/three/below/deep/er");
    expect(destinationOf("/above/x")).toBe("/elsewhere/x");
    // By way of a link the directory above is that of what the link leads to.
    expect(destinationOf("/lib/new")).toBe("/made");
  });

  test("finds where links lead to what is there", () => {
    link("good", "there");
    link("etc/up", "../usr/lib");

    expect(destinationOf("/good")).toBe("/there");
    expect(destinationOf("/good/new")).toBe("/there/new");
    expect(destinationOf("/etc/up")).toBe("/usr/lib");
    expect(destinationOf("/etc/up/new/er")).toBe("/usr/lib/new/er");
  });

  test("leaves what has no links, what is missing altogether, and what leads round in a circle", () => {
    link("round", "round");

    for (const path of [
      "/there",
      "/usr/lib",
      "/missing/new",
      "/round",
      "/round/new",
      "/",
      "/etc",
    ]) {
      expect(destinationOf(path)).toBe(path);
    }
  });

  test("leaves proc and sysfs, remounts, and what an earlier mount brings", () => {
    link("link", "/nowhere");
    const mounts: readonly Mount[] = [
      { destination: "/link", type: "proc" },
      { destination: "/link", type: "sysfs" },
      { destination: "/etc", type: "tmpfs" },
      { destination: "/etc/x", type: "tmpfs" },
      { destination: "/link", options: ["remount", "ro"] },
    ];
    link("etc/x", "/nowhere");

    expect(follow(mounts).mounts).toEqual(mounts);
  });

  test("looks again when something was renamed anywhere on the machine meanwhile", () => {
    link("link", "../made");
    let refusals = 5;
    const busy: Kernel = {
      launch: (request) => linuxKernel().launch(request),
      call: (name, ...args) => {
        if (name === "openat2" && refusals-- > 0) throw new SystemCallError(name, "EAGAIN");
        return linuxKernel().call(name, ...args);
      },
    };
    const config: Config = {
      ociVersion: "1.3.0",
      mounts: [{ destination: "/link", options: ["bind"] }],
    };

    expect(followLinks(busy, rootfs, config).mounts?.[0]?.destination).toBe("/made");
    expect(refusals).toBeLessThan(0);
  });

  test("does so for the working directory, and changes nothing else", () => {
    link("work", "/made/here");

    expect(follow([], "/work/deep")).toEqual({
      ociVersion: "1.3.0",
      process: { cwd: "/made/here/deep", args: ["x"] },
      mounts: [],
    });
    expect(follow([], "/there")).toMatchObject({ process: { cwd: "/there" } });
  });
});
