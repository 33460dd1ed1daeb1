/**
 * Rights that a process gets without having been given them, ids and names that mean something else than they say, and
 * content of an image that makes the runtime work for nothing.
 *
 * @module
 */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, defaultConfig, type Mount } from "@ctr/spec";
import { buncCommand } from "./bunc-command.ts";
import { OrdinaryUser } from "./ordinary-user.ts";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
const user = new OrdinaryUser(bundle.path);
afterAll(() => bundle[Symbol.asyncDispose]());

/** Runs the command line. */
function bunc(args: readonly string[], under: readonly string[] = []): Outcome {
  const command = [...under, ...buncCommand, "--root", bundle.root, ...args];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { stdin: "ignore" });
  return { status: exitCode ?? 1, stdout: stdout.toString(), stderr: stderr.toString() };
}

function write(config: Config): void {
  writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
}

/** Runs something with a container that sleeps. */
async function withSleeper<T>(use: (id: string) => T | Promise<T>): Promise<T> {
  const container = await bundle.create(bundle.config("exec sleep 1000"));
  await container.start();
  try {
    return await use(container.id);
  } finally {
    await container.delete({ force: true });
  }
}

describe("CVE-2022-24769, CVE-2022-29162, CVE-2022-27650: capabilities that are inheritable", () => {
  const show = "grep -E '^Cap(Inh|Amb)' /proc/self/status | tr -s '\\t' ' '";
  const none = `CapInh: ${"0".repeat(16)}\nCapAmb: ${"0".repeat(16)}\n`;

  test("none are by default, also of what the runtime's caller has", async () => {
    expect((await bundle.run(bundle.config(show))).stdout).toBe(none);
    write(bundle.config(show));
    const inheriting = ["setpriv", "--inh-caps", "+chown,+kill"];
    expect(bunc(["run", "--bundle", bundle.bundle, bundle.id()], inheriting).stdout).toBe(none);
  });

  test("none become so by exec --cap", async () => {
    await withSleeper((id) => {
      const { stdout } = bunc([
        "exec",
        "--cap",
        "CAP_CHOWN",
        "--cap",
        "CAP_KILL",
        id,
        "sh",
        "-c",
        show,
      ]);
      expect(stdout).toBe(none);
    });
  });
});

describe("CVE-2023-25809: a cgroup file system that can be written, without a cgroup namespace", () => {
  const writable: Mount = {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["nosuid", "noexec", "nodev", "rw"],
  };
  const withoutNamespace = (config: Config): Config => ({
    ...withLinux(config, {
      namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup"),
    }),
    mounts: [
      ...(config.mounts ?? []).filter(({ destination }) => destination !== writable.destination),
      writable,
    ],
  });

  test("shows the container's own cgroup only, and what is made there is below it", async () => {
    const id = bundle.id();
    const script =
      "cd /sys/fs/cgroup; if [ -e cgroup.procs ]; then mkdir probe; else for d in *; do [ -L $d ] || mkdir $d/probe; done; fi; sleep 1000";
    const container = await bundle.create(withoutNamespace(bundle.config(script)), {}, id);
    try {
      await container.start();
      const roots = readFileSync(`/proc/${container.pid}/mountinfo`, "utf8")
        .split("\n")
        .filter((line) => / - cgroup2? /.test(line))
        .map((line) => line.split(" ")[3] ?? "");

      expect(roots).not.toBeEmpty();
      for (const root of roots) expect(root).toEndWith(`/${id}`);
    } finally {
      await container.delete({ force: true });
    }
    expect(bundle.remains(id)).toEqual([]);
  });

  const name = "an ordinary user cannot write to the machine's cgroups";
  const cannot = `${name}: cannot be tried, the sources cannot be read by others`;
  test.skipIf(!user.canRun)(user.canRun ? name : cannot, async () => {
    const script =
      "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/probe && echo made $d; done; echo tried";
    const base = defaultConfig({ rootless: { uid: user.uid, gid: user.uid } });
    write(
      withoutNamespace(withProcess(base, { terminal: false, args: ["/bin/sh", "-c", script] })),
    );
    user.give(bundle.bundle);
    const { stdout, stderr } = await user.bunc(["run", "--bundle", bundle.bundle, "probe"]);

    // In version 1 the tmpfs around the hierarchies is the container's own.
    expect(stdout.replace("made /sys/fs/cgroup\n", "")).toBe("tried\n");
    expect(stderr).toMatch(/Permission denied|Read-only/);
  });
});

describe("CVE-2026-30892, CVE-2024-40635, CVE-2026-46680: a user that is read as another one", () => {
  test.each([
    ["1", "1 0"],
    ["1:2", "1 2"],
    ["2147483648:0", "2147483648 0"],
    ["4294967294:4294967294", "4294967294 4294967294"],
  ])("exec --user %s is this one", async (text, ids) => {
    await withSleeper((id) => {
      const show = "awk '/^[UG]id/ {printf \"%s \", $2}' /proc/self/status";
      expect(bunc(["exec", "--user", text, id, "sh", "-c", show]).stdout.trim()).toBe(ids);
    });
  });

  test("no other form is, least of all a name of the image's", async () => {
    const passwd = "65534999999:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n";
    const path = join(bundle.rootfs, "etc/passwd");
    const before = readFileSync(path, "utf8");
    writeFileSync(path, before + passwd);
    try {
      await withSleeper((id) => {
        const forms = [
          "",
          ":",
          ":2",
          "-1",
          "1:",
          "1:2:3",
          "0x1",
          " 1",
          "1.0",
          "1e3",
          "root",
          "ada",
        ];
        for (const text of [...forms, "4294967295", "4294967296", "65534999999", "1:4294967295"]) {
          const { status, stdout, stderr } = bunc(["exec", `--user=${text}`, id, "id"]);
          expect({ text, status, stdout }).toEqual({ text, status: 255, stdout: "" });
          expect(stderr).toContain("--user");
        }
      });
    } finally {
      writeFileSync(path, before);
    }
  });

  test.each([2 ** 32 - 1, 2 ** 32, -1])(
    "uid and gid %d of a configuration are refused",
    async (id) => {
      for (const [fields, pointer] of [
        [{ uid: id, gid: 0 }, "/process/user/uid"],
        [{ uid: 0, gid: id }, "/process/user/gid"],
        [{ uid: 0, gid: 0, additionalGids: [id] }, "/process/user/additionalGids/0"],
      ] as const) {
        const config = withProcess(bundle.config("id"), { user: fields });
        await expect(bundle.run(config)).rejects.toThrow(pointer);
      }
      await withSleeper(async (container) => {
        const file = join(bundle.path, "process.json");
        writeFileSync(
          file,
          JSON.stringify({ cwd: "/", args: ["/bin/id"], user: { uid: id, gid: 0 } }),
        );
        const { status, stdout, stderr } = bunc(["exec", "--process", file, container]);
        expect({ status, stdout }).toEqual({ status: 255, stdout: "" });
        expect(stderr).toContain("/user/uid");
      });
    },
  );
});

describe("CVE-2023-25173: groups of whoever runs the runtime, or none of the user's own", () => {
  test("a process has its gid and the groups that are listed, and no others", async () => {
    const show = "awk '/^(Gid|Groups)/ {$1 = \"\"; print $0}' /proc/self/status";
    const listed = { uid: 1000, gid: 1001, additionalGids: [5, 44] };
    for (const [fields, groups] of [
      [{ uid: 1000, gid: 1001 }, ""],
      [listed, "5 44"],
    ] as const) {
      write(withProcess(bundle.config(show), { user: fields }));
      const with27 = ["setpriv", "--groups", "0,27,33"];
      const { stdout } = bunc(["run", "--bundle", bundle.bundle, bundle.id()], with27);
      const lines = stdout.split("\n").map((line) => line.trim());
      expect(lines.slice(0, 2)).toEqual(["1001 1001 1001 1001", groups]);
    }
  });
});

describe("crun 1.28: names and cgroups that lead elsewhere", () => {
  test.each(["../../x", "..", ".", "a/b", "/x", "", "a\n", "a b"])(
    "%j is no id of a container",
    async (id) => {
      write(bundle.config("true"));
      const before = readdirSync(bundle.path, { recursive: true }).length;
      const { status, stderr } = bunc(["create", "--bundle", bundle.bundle, "--", id]);

      expect(status).not.toBe(0);
      expect(stderr).not.toBe("");
      expect(readdirSync(bundle.path, { recursive: true }).length).toBe(before);
    },
  );

  test("exec --cgroup and linux.cgroupsPath cannot lead above the container's", async () => {
    await withSleeper((id) => {
      for (const path of ["../../x", "..", "a/../../b", "/.."]) {
        const { status, stderr } = bunc(["exec", "--cgroup", path, id, "true"]);
        expect({ path, status }).toEqual({ path, status: 255 });
        expect(stderr).toContain(path);
      }
    });
    for (const cgroupsPath of ["../../x", "/a/../../x"]) {
      await expect(bundle.run(withLinux(bundle.config("true"), { cgroupsPath }))).rejects.toThrow(
        "/linux/cgroupsPath",
      );
    }
  });
});

describe("kernel parameters that are the machine's", () => {
  test("are not to be had by a name that leads out of the directory of a namespace", async () => {
    const file = "/proc/sys/kernel/panic_on_oops";
    const before = readFileSync(file, "utf8");
    for (const name of ["net.//.kernel.panic_on_oops", "net/../kernel/panic_on_oops"]) {
      const config = withLinux(bundle.config("true"), { sysctl: { [name]: before.trim() } });
      await expect(bundle.run(config)).rejects.toMatchObject({ code: "ERR_INVALID_CONFIG" });
    }
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});

describe("GHSA-7ww5-4wqc-m92c: the power meter tells secrets of others", () => {
  test("it is masked by default", () => {
    expect(bundle.config("").linux?.maskedPaths).toContain("/sys/devices/virtual/powercap");
  });
});

describe("CVE-2026-47262: files of the image that are read without a limit", () => {
  test("an /etc/passwd of gigabytes costs neither time nor memory, at create and at exec", async () => {
    const path = join(bundle.rootfs, "etc/passwd");
    const before = readFileSync(path);
    truncateSync(path, 8 * 1024 ** 3);
    const memory = process.memoryUsage.rss();
    const started = performance.now();
    try {
      const config = withProcess(bundle.config("echo $HOME"), { user: { uid: 1000, gid: 1000 } });
      expect((await bundle.run(config)).stdout).toBe("/\n");
      await withSleeper((id) => {
        expect(bunc(["exec", "--user", "1000", id, "sh", "-c", "echo $HOME"]).stdout).toBe("/\n");
      });
    } finally {
      truncateSync(path, 0);
      writeFileSync(path, before);
    }
    expect(process.memoryUsage.rss() - memory).toBeLessThan(256 * 1024 * 1024);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  test("one that is a FIFO or a link to the host's is not waited for or read", async () => {
    const path = join(bundle.rootfs, "etc/passwd");
    const before = readFileSync(path);
    const run = async (): Promise<string> =>
      (await bundle.run(withProcess(bundle.config("echo $HOME"), { user: { uid: 7, gid: 7 } })))
        .stdout;
    const [outside, fifo] = [join(bundle.path, "passwd"), ["mkfifo", path]];
    writeFileSync(outside, "x:x:7:7::/from-the-host:/bin/sh\n");
    try {
      for (const make of [fifo, ["ln", "-s", outside, path]]) {
        Bun.spawnSync(["rm", path]);
        Bun.spawnSync(make);
        expect(await run()).toBe("/\n");
      }
    } finally {
      Bun.spawnSync(["rm", path]);
      writeFileSync(path, before);
    }
  });
});

describe("CVE-2021-21334: what one container is given shows up in the next", () => {
  test("containers of one configuration have their own environments, and it stays as it is", async () => {
    const config = bundle.config("env");
    const before = structuredClone(config);
    const env = (value: string): Config =>
      withProcess(config, { env: [...(config.process?.env ?? []), `SECRET=${value}`] });

    expect((await bundle.run(env("one"))).stdout).toContain("SECRET=one");
    expect((await bundle.run(config)).stdout).not.toContain("SECRET");
    await withSleeper(async (id) => {
      bunc(["exec", "--env", "SECRET=two", id, "true"]);
      expect(bunc(["exec", id, "env"]).stdout).not.toContain("SECRET");
    });
    expect(config).toEqual(before);
  });

  test("nothing of the runtime's own environment reaches a container or what is executed in it", async () => {
    write(bundle.config("env"));
    const given = ["env", "RUNTIME_SECRET=1"];
    expect(bunc(["run", "--bundle", bundle.bundle, bundle.id()], given).stdout).not.toContain(
      "RUNTIME",
    );
    await withSleeper((id) => {
      expect(bunc(["exec", id, "env"], given).stdout).not.toContain("RUNTIME");
    });
    expect(existsSync(join(bundle.rootfs, ".env"))).toBe(false);
  });
});
