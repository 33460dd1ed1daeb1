/** Namespaces that are joined by path, as the containers of a pod join those of its first; and time namespaces. */

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, readlinkSync } from "node:fs";
import type { Config, LinuxNamespace, LinuxNamespaceType } from "@ctr/spec";
import { until } from "tools/until";
import type { Container } from "../src/index.ts";
import { type Outcome, TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
const containers: Container[] = [];
afterEach(async () => {
  for (const container of containers.splice(0).toReversed()) {
    await container.delete({ force: true });
  }
});
afterAll(() => bundle[Symbol.asyncDispose]());

const files = {
  pid: "pid",
  network: "net",
  ipc: "ipc",
  uts: "uts",
  cgroup: "cgroup",
  time: "time",
  user: "user",
  mount: "mnt",
} as const satisfies Record<LinuxNamespaceType, string>;

const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** A configuration with these namespaces alone. */
function config(script: string, namespaces: readonly LinuxNamespace[]): Config {
  const { hostname: _, ...base } = bundle.config(script);
  const isNewUser = namespaces.some(({ type, path }) => type === "user" && path === undefined);
  const { uidMappings: __, gidMappings: ___, ...linux } = base.linux ?? {};
  const mappings = isNewUser ? { uidMappings: ids, gidMappings: ids } : {};
  return { ...base, linux: { ...linux, ...mappings, namespaces } };
}

async function start(config_: Config): Promise<Container> {
  const container = await bundle.create(config_);
  containers.push(container);
  await container.start();
  return container;
}

function join(type: LinuxNamespaceType, container: Container): LinuxNamespace {
  return { type, path: `/proc/${container.pid}/ns/${files[type]}` };
}

const link = (container: Container, type: LinuxNamespaceType): string =>
  readlinkSync(`/proc/${container.pid}/ns/${files[type]}`);

async function execute(container: Container, script: string): Promise<Outcome> {
  const path = `${bundle.path}/${container.id}.exec`;
  const output = openSync(path, "w");
  try {
    const executed = await container.exec({
      process: { args: ["sh", "-c", script], cwd: "/", env: ["PATH=/bin"] },
      stdio: { stdout: output, stderr: output },
    });
    const { status } = await executed.exited;
    return { status, stdout: readFileSync(path, "utf8"), stderr: "" };
  } finally {
    closeSync(output);
  }
}

const own: readonly LinuxNamespace[] = [
  { type: "pid" },
  { type: "network" },
  { type: "ipc" },
  { type: "uts" },
  { type: "mount" },
];

describe("a namespace that is joined", () => {
  test.each(["pid", "network", "ipc", "uts"] as const)("%s", async (type) => {
    const first = await start(config("exec sleep 1000", own));
    const others = own.filter((each) => each.type !== type);
    const second = await start(config("exec sleep 1000", [...others, join(type, first)]));

    expect(link(second, type)).toBe(link(first, type));
    for (const other of others) expect(link(second, other.type)).not.toBe(link(first, other.type));
    const executed = await execute(second, `readlink /proc/self/ns/${files[type]}`);
    // Without a /proc of the joined pid namespace's own, a link tells nothing there.
    if (type !== "pid") expect(executed.stdout.trim()).toBe(link(first, type));
    await second.delete({ force: true });
    expect(first.status()).toBe("running");
  });

  test("all of a pod at once, with processes that see each other", async () => {
    const first = await start(config("exec sleep 1000", own));
    const shared = (["pid", "network", "ipc", "uts"] as const).map((type) => join(type, first));
    const second = await start(config("exec sleep 2000", [...shared, { type: "mount" }]));
    // start() returns when the shell has begun.
    for (const [container, seconds] of [
      [first, 1000],
      [second, 2000],
    ] as const) {
      const sleep = `sleep\0${seconds}\0`;
      await until(
        "the shell has become the program",
        () => readFileSync(`/proc/${container.pid}/cmdline`, "utf8") === sleep,
      );
    }

    const { stdout } = await execute(second, "ps -o args | grep [s]leep");
    expect(stdout.trim().split("\n").toSorted()).toEqual(["sleep 1000", "sleep 2000"]);
    await second.kill("KILL");
    expect((await second.exited).signal).toBe("SIGKILL");
    expect(first.status()).toBe("running");
  });

  test("a user namespace and what belongs to it", async () => {
    const first = await start(config("exec sleep 1000", [...own, { type: "user" }]));
    const types = ["user", "pid", "network", "ipc", "uts"] as const;
    const shared = types.map((type) => join(type, first));
    const second = await start(
      config("id -u; cat /proc/self/uid_map; exec sleep 1000", [...shared, { type: "mount" }]),
    );

    for (const type of types) expect(link(second, type)).toBe(link(first, type));
    expect(readFileSync(`/proc/${second.pid}/uid_map`, "utf8").trim().split(/\s+/)).toEqual([
      "0",
      "100000",
      "65536",
    ]);
    expect((await execute(second, "id -u; hostname")).stdout).toStartWith("0\n");
  });

  test("a cgroup namespace", async () => {
    const first = await start(config("exec sleep 1000", [...own, { type: "cgroup" }]));
    const second = await start(config("exec sleep 1000", [...own, join("cgroup", first)]));
    expect(link(second, "cgroup")).toBe(link(first, "cgroup"));
  });

  test("of another type than it says is refused", async () => {
    const wrong = [...own.slice(0, 1), { type: "network", path: "/proc/self/ns/uts" }] as const;
    await expect(bundle.create(config("true", [...wrong, { type: "mount" }]))).rejects.toThrow(
      /\(\/linux\/namespaces\/1\/path\): invalid argument \(EINVAL\)/,
    );
  });

  test("that is not there is refused", async () => {
    const missing = [{ type: "mount" }, { type: "network", path: "/nonexistent" }] as const;
    await expect(bundle.create(config("true", missing))).rejects.toThrow(
      'Cannot open the network namespace "/nonexistent" (/linux/namespaces/1/path)',
    );
  });
});

describe("a time namespace", () => {
  const offsets = { monotonic: { secs: 86_400, nanosecs: 5 }, boottime: { secs: 200_000_000 } };
  const namespaces: readonly LinuxNamespace[] = [...own, { type: "time" }];
  const uptime = (text: string): number => Number(text.split(" ")[0]);
  const hostUptime = (): number => uptime(readFileSync("/proc/uptime", "utf8"));

  test("has its own clocks, for executed processes, too", async () => {
    const container = await start(
      withLinux(config("exec sleep 1000", namespaces), { timeOffsets: offsets }),
    );
    expect(link(container, "time")).not.toBe(readlinkSync("/proc/self/ns/time"));
    expect(
      readFileSync(`/proc/${container.pid}/timens_offsets`, "utf8").replaceAll(/ +/g, " "),
    ).toBe("monotonic 86400 5\nboottime 200000000 0\n");
    const { stdout } = await execute(container, "cat /proc/uptime");
    expect(uptime(stdout) - hostUptime()).toBeGreaterThan(199_999_000);
  });

  test("without offsets has the machine's", async () => {
    const { stdout } = await bundle.run(config("cat /proc/uptime", namespaces));
    expect(Math.abs(uptime(stdout) - hostUptime())).toBeLessThan(100);
  });

  test("can be joined", async () => {
    const first = await start(
      withLinux(config("exec sleep 1000", namespaces), { timeOffsets: offsets }),
    );
    const { stdout } = await bundle.run(config("cat /proc/uptime", [...own, join("time", first)]));
    expect(uptime(stdout) - hostUptime()).toBeGreaterThan(199_999_000);
  });

  test("with a user namespace", async () => {
    const { stdout } = await bundle.run(
      withLinux(config("cat /proc/uptime; id -u", [...namespaces, { type: "user" }]), {
        timeOffsets: offsets,
      }),
    );
    expect(uptime(stdout) - hostUptime()).toBeGreaterThan(199_999_000);
    expect(stdout).toEndWith("\n0\n");
  });
});
