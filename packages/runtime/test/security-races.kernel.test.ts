/**
 * Another container changes a volume that both share, while this one is made: a directory and a link are exchanged all the
 * time. Whatever comes of it, nothing may happen on the host.
 *
 * Each race is run for a few seconds; what must not happen is also excluded without a race, in
 * security-paths.kernel.test.ts.
 *
 * @module
 */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundles: TestBundle[] = [];
afterAll(async () => {
  for (const each of bundles) await each[Symbol.asyncDispose]();
});

let bundle: TestBundle;
/** A directory of the host that nobody may touch. */
let outside: string;
/** The volume that is shared. */
let volume: string;
beforeEach(() => {
  bundle = new TestBundle();
  bundles.push(bundle);
  [outside, volume] = [join(bundle.path, "outside"), join(bundle.path, "volume")];
  mkdirSync(join(outside, "directory"), { recursive: true });
  writeFileSync(join(outside, "file"), "untouched");
  mkdirSync(volume);
});

/** Keeps exchanging two names of the volume while it is in scope. */
async function exchanging(one: string, other: string): Promise<AsyncDisposable> {
  const program = join(import.meta.dir, "fixtures/exchange-names.ts");
  const child = Bun.spawn([process.execPath, program, join(volume, one), join(volume, other)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  await child.stdout.getReader().read();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** How long containers are made while names are exchanged. */
const raceMs = 3000;

/** Makes containers while two names of the volume are exchanged, until the time is up, and looks at each that is made. */
async function race(
  config: Config,
  names: readonly [one: string, other: string],
  look: (pid: number) => void,
): Promise<void> {
  // Left alone it works: what is refused below is for the exchange.
  expect(await bundle.run(config, { console: "keep" })).toMatchObject({ status: 0 });
  await using _exchange = await exchanging(...names);
  const deadline = performance.now() + raceMs;
  let [made, refused] = [0, 0];
  while (performance.now() < deadline) {
    const container = await bundle.create(config, { console: "keep" }).catch(() => undefined);
    if (container === undefined) refused++;
    else {
      made++;
      try {
        look(container.pid);
      } finally {
        container.takeConsole();
        await container.delete({ force: true });
      }
    }
  }
  expect(made + refused).toBeGreaterThan(0);
}

const withMounts = (config: Config, ...mounts: readonly Mount[]): Config => ({
  ...config,
  mounts: [...(config.mounts ?? []), ...mounts],
});
const shared = (): Mount => ({ destination: "/vol", source: volume, options: ["rbind"] });

interface MountLine {
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

function mountsOf(pid: number): MountLine[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [, , , root = "", point = "", options = ""] = line.split(" ");
    return { root, point, options: options.split(",") };
  });
}

const tree = (): string[] => readdirSync(outside, { recursive: true, encoding: "utf8" }).toSorted();

describe("CVE-2021-30465, CVE-2024-45310: a mount point becomes a link after it was looked at", () => {
  test.each([
    ["a tmpfs", { type: "tmpfs", source: "tmpfs" }],
    ["a directory", { source: "/usr", options: ["rbind"] }],
    ["a file", { source: "/bin/sh", options: ["bind"] }],
  ])("%s is mounted and made in the container or not at all", async (_, mount) => {
    mkdirSync(join(volume, "point"));
    symlinkSync(outside, join(volume, "link"));
    const before = tree();
    const config = withMounts(bundle.config("true"), shared(), {
      ...mount,
      destination: "/vol/point/made/deep",
    });
    await race(config, ["point", "link"], (pid) => {
      // The last mount lies in the volume, or where the link leads below the root: there is nothing else that it can be.
      const last = mountsOf(pid).findLast(({ point }) => point.endsWith("/made/deep"));
      expect(last?.point).toMatch(
        /^\/vol\/(point|link)\/made\/deep$|^\/tmp\/.*\/outside\/made\/deep$/,
      );
    });

    expect(tree()).toEqual(before);
  });

  test("what is mounted on is what was found: the host's directory is never hidden", async () => {
    mkdirSync(join(volume, "point"));
    symlinkSync(join(outside, "directory"), join(volume, "link"));
    writeFileSync(join(outside, "directory/seen"), "");
    const config = withMounts(bundle.config("true"), shared(), {
      destination: "/vol/point",
      type: "tmpfs",
      source: "tmpfs",
    });
    await race(config, ["point", "link"], () => {
      expect(readdirSync(join(outside, "directory"))).toEqual(["seen"]);
    });

    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(outside);
  });
});

describe("GHSA-3q8j-pf29-vwv8: a path changes between its bind and becoming read-only", () => {
  test("whatever is bound by readonlyPaths is read-only, and what is masked cannot be read", async () => {
    for (const name of ["one", "other"]) {
      mkdirSync(join(volume, name, "hidden"), { recursive: true });
      writeFileSync(join(volume, name, "kept"), "kept");
      writeFileSync(join(volume, name, "hidden/secret"), "secret");
    }
    const config = withLinux(withMounts(bundle.config("true"), shared()), {
      readonlyPaths: ["/vol/one/kept"],
      maskedPaths: ["/vol/one/hidden"],
    });
    await race(config, ["one", "other"], (pid) => {
      const mounts = mountsOf(pid);
      const kept = mounts.filter(({ root }) => root.endsWith("/kept"));
      expect(kept).toHaveLength(1);
      expect(kept[0]?.options).toContain("ro");
      const masks = mounts.filter(({ point }) => point.endsWith("/hidden"));
      expect(masks).toHaveLength(1);
      expect(masks[0]).toMatchObject({ root: "/", options: expect.arrayContaining(["ro"]) });
    });
  });
});

describe("CVE-2025-52565: the place of /dev/console becomes a link", () => {
  test("the terminal is put in the container or nowhere, and the host's parameter stays", async () => {
    const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    writeFileSync(join(volume, "console"), "");
    symlinkSync("/proc/sys/kernel/core_pattern", join(volume, "link"));
    symlinkSync("pts/ptmx", join(volume, "ptmx"));
    const mounts = (bundle.config("").mounts ?? []).filter(
      ({ destination }) => !destination.startsWith("/dev"),
    );
    const base = withProcess(bundle.config("true"), { terminal: true });
    const config = withMounts(
      { ...base, mounts },
      { destination: "/dev", source: volume, options: ["rbind"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance"] },
    );
    await race(config, ["console", "link"], (pid) => {
      // Only a terminal is ever bound there: never a file of the kernel's, which would be writable then.
      const consoles = mountsOf(pid).filter(({ point }) => /console|core_pattern/.test(point));
      for (const { root } of consoles) expect(root).toMatch(/^\/(\d+|sys)$/);
    });
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(pattern);
  });
});
