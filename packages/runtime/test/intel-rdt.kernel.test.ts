import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LinuxIntelRdt } from "@ctr/spec";
import { type Container, load } from "../src/index.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** A directory that looks like resctrl: few machines have the real one. */
const resctrl = join(bundle.path, "resctrl");
beforeEach(() => {
  mkdirSync(join(resctrl, "mon_groups"), { recursive: true });
  mkdirSync(join(resctrl, "info"));
  writeFileSync(join(resctrl, "schemata"), "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n");
});
afterEach(() => rmSync(resctrl, { recursive: true }));

async function create(intelRdt: LinuxIntelRdt, id = bundle.id()): Promise<Container> {
  const config = bundle.config("exec sleep 1000", (base) => withLinux(base, { intelRdt }));
  return await bundle.create(config, { resctrl }, id);
}

function read(...path: readonly string[]): string {
  return readFileSync(join(resctrl, ...path), "utf8");
}

/** The kernel's files are gone with their directory; ours would keep it. */
async function remove(container: Container, ...groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    for (const file of ["tasks", "schemata"]) rmSync(join(resctrl, group, file), { force: true });
  }
  await container.delete({ force: true });
}

function preconfigured(name: string, schemata: string): void {
  mkdirSync(join(resctrl, name, "mon_groups"), { recursive: true });
  writeFileSync(join(resctrl, name, "schemata"), schemata);
}

describe("intelRdt", () => {
  test("without closID the container has a class of its own, as long as it lives", async () => {
    const container = await create({
      l3CacheSchema: "L3:0=7f0;1=1f",
      memBwSchema: "MB:0=20;1=70",
      schemata: ["L2:0=f;1=f"],
    });
    const { id } = container;

    expect(read(id, "schemata")).toBe("L3:0=7f0;1=1f\nMB:0=20;1=70\nL2:0=f;1=f\n");
    expect(read(id, "tasks")).toBe("0");
    await remove(container, id);
    expect(readdirSync(resctrl).toSorted()).toEqual(["info", "mon_groups", "schemata"]);
  });

  test("executed processes join, and the schemata can be changed", async () => {
    const container = await create({});
    const { id } = container;
    await container.start();
    writeFileSync(join(resctrl, id, "tasks"), "");

    const other = load(id, { root: bundle.root });
    const executed = await other.exec({ process: { args: ["/bin/true"], cwd: "/" } });
    await executed.exited;
    expect(read(id, "tasks")).toBe("0");
    expect(existsSync(join(resctrl, id, "schemata"))).toBe(false);
    other.updateIntelRdt({ l3CacheSchema: "L3:0=3" });
    expect(read(id, "schemata")).toBe("L3:0=3\n");
    await remove(container, id);
  });

  test("with closID and a schema, a class is made and stays", async () => {
    const container = await create({ closID: "gold", memBwSchema: "MB:0=50" });
    expect(read("gold", "schemata")).toBe("MB:0=50\n");
    await container.delete();
    expect(existsSync(join(resctrl, "gold"))).toBe(true);
  });

  test("a class that is there is compared, number by number, and left as it is", async () => {
    preconfigured("gold", "    L3:0=0ff;1=c0\n    MB:0= 50;1=100\n");
    const container = await create({
      closID: "gold",
      l3CacheSchema: "L3:1=C0;0=ff",
      memBwSchema: "MB:0=50",
    });
    expect(read("gold", "schemata")).toBe("    L3:0=0ff;1=c0\n    MB:0= 50;1=100\n");
    expect(read("gold", "tasks")).toBe("0");
    await container.delete();

    await expect(create({ closID: "gold", l3CacheSchema: "L3:0=f" })).rejects.toThrow(
      '(/linux/intelRdt/l3CacheSchema): the class "gold" exists with "L3:0=0ff;1=c0',
    );
    await expect(create({ closID: "gold", memBwSchema: "MB:2=50" })).rejects.toThrow(
      "(/linux/intelRdt/memBwSchema)",
    );
  });

  test("with closID alone, the class must be there", async () => {
    await expect(create({ closID: "missing" })).rejects.toThrow(
      '(/linux/intelRdt/closID): there is no class "missing"',
    );
    preconfigured("gold", "MB:0=50\n");
    await (await create({ closID: "gold" })).delete();
    expect(read("gold", "schemata")).toBe("MB:0=50\n");
  });

  test("/ is the default class", async () => {
    const container = await create({ closID: "/" });
    expect(read("tasks")).toBe("0");
    await container.delete();
  });

  test("monitoring has a group of its own in the class", async () => {
    preconfigured("gold", "MB:0=50\n");
    const container = await create({ closID: "gold", enableMonitoring: true });
    const group = `gold/mon_groups/${container.id}`;
    expect(read(group, "tasks")).toBe("0");
    expect(read("gold", "tasks")).toBe("0");
    await remove(container, group);
    expect(readdirSync(join(resctrl, "gold/mon_groups"))).toEqual([]);
  });

  test("a class that was made goes when the container cannot be created, and the kernel's reason is told", async () => {
    writeFileSync(join(resctrl, "info/last_cmd_status"), "Mask out of range\n");
    // Nobody has made mon_groups in the new class: a directory cannot be made there.
    const id = bundle.id();
    await expect(create({ enableMonitoring: true }, id)).rejects.toThrow(
      "(/linux/intelRdt): no such file or directory (ENOENT): Mask out of range",
    );
    expect(existsSync(join(resctrl, id))).toBe(false);
    expect(bundle.remains(id)).toEqual([]);
  });

  test("without resctrl there is an error", async () => {
    const config = bundle.config("true", (base) => withLinux(base, { intelRdt: { closID: "/" } }));
    const isMounted = readFileSync("/proc/self/mountinfo", "utf8").includes(" - resctrl ");
    if (!isMounted)
      await expect(bundle.create(config)).rejects.toThrow("no resctrl file system is mounted");
  });

  test("without the field nothing is touched", async () => {
    const container = await bundle.create(bundle.config("true"), { resctrl });
    expect(existsSync(join(resctrl, "tasks"))).toBe(false);
    expect(() => container.updateIntelRdt({ memBwSchema: "MB:0=1" })).toThrow(
      "has no class of service",
    );
    await container.delete();
  });
});
