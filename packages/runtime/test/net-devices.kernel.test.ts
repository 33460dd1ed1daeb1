import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Config } from "@ctr/spec";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Names of ours on the host: a pair of devices, of which the first moves. */
const [device, peer] = ["ctrtest0", "ctrtest1"] as const;
afterEach(() => {
  if (canTest) Bun.spawnSync(["ip", "link", "delete", peer]);
});

function ip(...args: readonly string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["ip", ...args]);
  if (exitCode !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

interface Shown {
  readonly ifname: string;
  readonly operstate: string;
  readonly flags: readonly string[];
  readonly address: string;
  readonly mtu: number;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** What ip(8) says of a device, in the network namespace of a process or in ours. */
function show(name: string, pid?: number): Shown | undefined {
  const enter = pid === undefined ? [] : ["nsenter", "--net", "--target", String(pid)];
  const { stdout } = Bun.spawnSync([...enter, "ip", "-json", "address", "show", "dev", name]);
  const [shown]: readonly Shown[] = JSON.parse(stdout.toString() || "[]");
  return shown;
}

function addressesOf(shown: Shown | undefined): string[] {
  return (shown?.addr_info ?? [])
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
    .filter((address) => !address.startsWith("fe80:"))
    .toSorted();
}

function make(): void {
  ip("link", "add", device, "type", "veth", "peer", "name", peer);
  ip("link", "set", device, "mtu", "1400");
  ip("link", "set", device, "up");
  ip("address", "add", "192.0.2.7/24", "broadcast", "192.0.2.255", "dev", device);
  ip("address", "add", "2001:db8::7/64", "nodad", "dev", device);
  // Not for others: of the link alone, or for a time.
  ip("address", "add", "198.51.100.7/24", "scope", "link", "dev", device);
  ip("address", "add", "203.0.113.7/24", "valid_lft", "600", "preferred_lft", "600", "dev", device);
}

function config(
  netDevices: NonNullable<Config["linux"]>["netDevices"] & object,
  change = (base: Config): Config => base,
): Config {
  return bundle.config("exec sleep 1000", (base) => change(withLinux(base, { netDevices })));
}

const canTest = Bun.which("ip") !== null;
if (!canTest) test.skipIf(!canTest)("ip is not installed (Debian: iproute2)", () => undefined);

describe.skipIf(!canTest)("network devices", () => {
  test("move with what belongs to them, and are up", async () => {
    make();
    const before = show(device);

    const container = await bundle.create(config({ [device]: {} }));

    expect(show(device)).toBeUndefined();
    const inside = show(device, container.pid);
    expect(inside).toMatchObject({ mtu: 1400, address: before?.address });
    expect(inside?.flags).toContain("UP");
    expect(addressesOf(inside)).toEqual(["192.0.2.7/24", "2001:db8::7/64"]);
    await container.delete();
  });

  test("get another name, or one of a template", async () => {
    make();
    const container = await bundle.create(
      config({ [device]: { name: "eth0" }, [peer]: { name: "eth%d" } }),
    );
    expect(show("eth0", container.pid)?.flags).toContain("UP");
    expect(show("eth1", container.pid)?.flags).toContain("UP");
    await container.delete({ force: true });
  });

  test("are there before hooks and kernel parameters", async () => {
    make();
    const container = await bundle.create(
      config({ [device]: { name: "eth0" } }, (base) =>
        withLinux(
          {
            ...base,
            hooks: {
              createContainer: [
                {
                  path: "/bin/sh",
                  args: ["sh", "-c", "ip link show eth0"],
                  env: ["PATH=/usr/sbin:/sbin:/usr/bin:/bin"],
                },
              ],
            },
          },
          { sysctl: { "net.ipv4.conf.eth0.forwarding": "1" } },
        ),
      ),
    );
    const enter = ["nsenter", "--net", "--target", String(container.pid)];
    const { stdout } = Bun.spawnSync([...enter, "sysctl", "-n", "net.ipv4.conf.eth0.forwarding"]);
    expect(stdout.toString()).toBe("1\n");
    await container.delete();
  });

  test("come back as they were when the container cannot be created", async () => {
    make();
    const before = show(device);
    const broken = config({ [device]: { name: "eth0" } }, (base) => ({
      ...base,
      hooks: { createRuntime: [{ path: "/bin/false" }] },
    }));
    const id = bundle.id();

    await expect(bundle.create(broken, {}, id)).rejects.toThrow("/hooks/createRuntime/0");

    expect(show(device)).toMatchObject({ mtu: 1400, address: before?.address });
    expect(show(device)?.flags).toContain("UP");
    expect(addressesOf(show(device))).toEqual(["192.0.2.7/24", "2001:db8::7/64"]);
    expect(bundle.remains(id)).toEqual([]);
  });

  test("come back when a later one cannot move", async () => {
    make();
    await expect(bundle.create(config({ [device]: {}, "ctr-missing": {} }))).rejects.toThrow(
      '"ctr-missing" into the container (/linux/netDevices/ctr-missing): there is no such device',
    );
    expect(addressesOf(show(device))).toContain("192.0.2.7/24");
  });

  test("cannot take a name that is taken", async () => {
    make();
    const taken = config({ [device]: { name: "lo" } });
    await expect(bundle.create(taken)).rejects.toThrow('the container has a device "lo" already');
    expect(show(device)).toBeDefined();
  });

  test("that belong to their namespace stay", async () => {
    await expect(bundle.create(config({ lo: { name: "other" } }))).rejects.toThrow(
      'Cannot move the network device "lo" into the container (/linux/netDevices/lo)',
    );
  });

  test("leave this thread in its own namespace", async () => {
    make();
    const before = readFileSync("/proc/thread-self/net/dev", "utf8").split("\n").length;
    const container = await bundle.create(config({ [device]: {} }));
    expect(readFileSync("/proc/thread-self/net/dev", "utf8").split("\n")).toHaveLength(before - 1);
    await container.delete();
  });
});
