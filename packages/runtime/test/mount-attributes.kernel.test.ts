/** Mounts whose ids are mapped, attributes that reach below a mount, and copies in user namespaces. */

import { afterAll, describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { type Outcome, TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
// Root of a user namespace cannot make it.
mkdirSync(join(bundle.rootfs, "mnt"));
/** A directory with another file system below it, a tmpfs. */
const source = join(bundle.path, "source");
mkdirSync(join(source, "below"), { recursive: true });
for (const [name, id] of [
  ["root", 0],
  ["ada", 1000],
  ["other", 5000],
] as const) {
  writeFileSync(join(source, name), `${name}\n`);
  chownSync(join(source, name), id, id);
}
Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", join(source, "below")]);
writeFileSync(join(source, "below/ada"), "");
chownSync(join(source, "below/ada"), 1000, 1000);
afterAll(async () => {
  Bun.spawnSync(["umount", join(source, "below")]);
  await bundle[Symbol.asyncDispose]();
});

const container = { containerID: 0, hostID: 100_000, size: 65_536 };

function inUserNamespace(config: Config): Config {
  return withLinux(config, {
    namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
    uidMappings: [container],
    gidMappings: [container],
  });
}

async function run(
  script: string,
  mount: Partial<Mount>,
  change = (config: Config): Config => config,
): Promise<Outcome> {
  const config = bundle.config(script, (base) =>
    change({
      ...base,
      mounts: [...(base.mounts ?? []), { destination: "/mnt", source, ...mount }],
    }),
  );
  return await bundle.run(config);
}

const owners = "cd /mnt; stat -c '%n %u:%g' root ada other below/ada";

/** Since Linux 6.3 a tmpfs can be; most others could before (mount_setattr(2)). */
const [major = 0, minor = 0] = release().split(".").map(Number);
const canMapTmpfs = major * 1000 + minor >= 6003;
describe.skipIf(!canMapTmpfs)("ids of a mount", () => {
  const mapping = [{ containerID: 1000, hostID: 7000, size: 1 }];

  test("are mapped by the mount's own mappings, without a user namespace", async () => {
    const { stdout, stderr } = await run(owners, {
      options: ["rbind", "idmap"],
      uidMappings: mapping,
      gidMappings: mapping,
    });
    expect(stderr).toBe("");
    // What no mapping names belongs to nobody; idmap is for the mount alone.
    expect(stdout).toBe(
      "root 65534:65534\nada 7000:7000\nother 65534:65534\nbelow/ada 1000:1000\n",
    );
  });

  test("ridmap maps those of mounts below, too", async () => {
    const { stdout } = await run(owners, {
      options: ["rbind", "ridmap"],
      uidMappings: mapping,
      gidMappings: mapping,
    });
    expect(stdout).toEndWith("below/ada 7000:7000\n");
  });

  test("are mapped as the user namespace does when there are no mappings", async () => {
    const { stdout, stderr } = await run(
      `${owners}; echo new > /mnt/made; stat -c %u /mnt/made`,
      { options: ["bind", "idmap"] },
      (config) => inUserNamespace({ ...config, mounts: config.mounts ?? [] }),
    );
    expect(stderr).toContain("below/ada");
    expect(stdout).toBe("root 0:0\nada 1000:1000\nother 5000:5000\n0\n");
    expect(statSync(join(source, "made")).uid).toBe(0);
  });

  test("without idmap a user namespace sees ids that it does not know", async () => {
    const { stdout } = await run("stat -c %u /mnt/ada", { options: ["bind"] }, inUserNamespace);
    expect(stdout).toBe("65534\n");
  });

  const inRoot = join(bundle.rootfs, "mnt");
  /** Binds what the container has mounted at /mnt, as a path of the host. */
  const again = (destination: string, fields: Partial<Mount>): Mount => ({
    destination,
    source: inRoot,
    ...fields,
  });
  const ids = "stat -c %u /mnt/ada /home/ada /tmp/ada";

  test("of what the container has mounted so far are mapped, each by its own mappings", async () => {
    const mapped = (hostID: number): Partial<Mount> => ({
      options: ["rbind", "idmap"],
      uidMappings: [{ containerID: 1000, hostID, size: 1 }],
      gidMappings: mapping,
    });
    const { stdout } = await run(ids, { options: ["rbind"] }, (config) => ({
      ...config,
      mounts: [...(config.mounts ?? []), again("/home", mapped(7001)), again("/tmp", mapped(7002))],
    }));
    expect(stdout).toBe("1000\n7001\n7002\n");
  });

  test("of what a user namespace has mounted so far are mapped, or shown as they are", async () => {
    const { stdout } = await run(ids, { options: ["rbind"] }, (config) =>
      inUserNamespace({
        ...config,
        mounts: [
          ...(config.mounts ?? []),
          again("/home", { options: ["rbind"] }),
          again("/tmp", { options: ["rbind", "idmap"] }),
        ],
      }),
    );
    expect(stdout).toBe("65534\n65534\n1000\n");
  });

  test("cannot be mapped without mappings, or where nothing is bound", async () => {
    await expect(run("true", { options: ["bind", "idmap"] })).rejects.toThrow("/mounts/");
    await expect(
      run("true", {
        type: "tmpfs",
        source: "tmpfs",
        options: [],
        uidMappings: mapping,
        gidMappings: mapping,
      }),
    ).rejects.toThrow("/mounts/");
  });
});

/** Options of each mount at and below /mnt, in the order of their paths. */
const options = `awk '$5 ~ "^/mnt" {print $5 " " $6}' /proc/self/mountinfo | sort`;

describe("attributes", () => {
  test.each([
    ["rro", "rrw", /^ro,/],
    ["rnosuid", "rsuid", /nosuid/],
    ["rnodev", "rdev", /nodev/],
    ["rnoexec", "rexec", /noexec/],
    ["rnoatime", "ratime", /noatime/],
    ["rnodiratime", "rdiratime", /nodiratime/],
    ["rnosymfollow", "rsymfollow", /nosymfollow/],
  ])("%s reaches below, %s takes it back", async (set, clear, shown) => {
    const lines = async (...given: readonly string[]): Promise<string[]> => {
      const { stdout, stderr } = await run(options, { options: given });
      expect(stderr).toBe("");
      return stdout.trimEnd().split("\n");
    };
    const withSet = await lines("rbind", set);
    expect(withSet.map((line) => line.split(" ")[0])).toEqual(["/mnt", "/mnt/below"]);
    for (const line of withSet) expect(line.split(" ")[1]).toMatch(shown);
    for (const line of await lines("rbind", set, clear)) {
      expect(line.split(" ")[1]).not.toMatch(shown);
    }
  });

  test.each(["ratime", "rnostrictatime", "rnorelatime"])(
    "%s is relatime, as by default",
    async (option) => {
      const { stdout } = await run(options, { options: ["rbind", option] });
      expect(stdout.trimEnd().split("\n")).toEqual([
        expect.stringMatching(/^\/mnt rw,(nosuid,)?(nodev,)?relatime$/),
        expect.stringMatching(/^\/mnt\/below rw,(nosuid,)?(nodev,)?relatime$/),
      ]);
    },
  );

  test("rstrictatime leaves no other way to keep access times", async () => {
    const { stdout } = await run(options, { options: ["rbind", "rstrictatime"] });
    expect(stdout).not.toMatch(/relatime|noatime/);
  });

  test("ro is for the mount alone, rro for all", async () => {
    const write = "echo > /mnt/x; echo > /mnt/below/x";
    expect((await run(write, { options: ["rbind", "ro"] })).stderr).toMatch(
      /^\S+ can't create \/mnt\/x: Read-only file system\n$/,
    );
    expect(
      (await run(write, { options: ["rbind", "rro"] })).stderr.trim().split("\n"),
    ).toHaveLength(2);
  });
});

describe("tmpcopyup", () => {
  const mount: Mount = {
    destination: "/etc",
    type: "tmpfs",
    source: "tmpfs",
    options: ["tmpcopyup"],
  };

  for (const [name, change] of [
    ["without a user namespace", (config: Config): Config => config],
    ["in a user namespace", inUserNamespace],
  ] as const) {
    test(`begins with what was there, ${name}`, async () => {
      const script =
        "cat /etc/motd; echo more >> /etc/motd; stat -c '%a %u' /etc/passwd /etc; ls /etc";
      const before = readFileSync(join(bundle.rootfs, "etc/motd"), "utf8");
      const { stdout, stderr } = await run(script, mount, change);
      expect(stderr).toBe("");
      expect(stdout).toStartWith("hello\n644 ");
      expect(stdout).toEndWith("group\nmotd\npasswd\n");
      expect(readFileSync(join(bundle.rootfs, "etc/motd"), "utf8")).toBe(before);
    });
  }

  test("a read-only one is full by then", async () => {
    const { stdout, stderr } = await run("cat /etc/motd; echo > /etc/x", {
      ...mount,
      options: ["tmpcopyup", "ro"],
    });
    expect(stdout).toBe("hello\n");
    expect(stderr).toContain("Read-only file system");
  });
});

test("ids are mapped as in the user namespace that is joined", async () => {
  const other = await bundle.create(bundle.config("sleep 1000", inUserNamespace));
  const namespaces = (config: Config): Config =>
    withLinux(config, {
      namespaces: [
        ...(config.linux?.namespaces ?? []),
        { type: "user", path: `/proc/${other.pid}/ns/user` },
      ],
    });
  const { stdout } = await run(
    `${owners.replace(" below/ada", "")}`,
    { options: ["bind", "idmap"] },
    namespaces,
  );

  expect(stdout).toBe("root 0:0\nada 1000:1000\nother 5000:5000\n");
  await other.delete({ force: true });
});
