/** Mounts that a running container gets and loses, as with crun. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import type { Container } from "../src/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const source = join(bundle.path, "shared");
mkdirSync(source);
writeFileSync(join(source, "file"), "of the host\n");

const bound: Mount = { destination: "/tmp/deep/bound", source, options: ["bind", "ro"] };
const fresh: Mount = {
  destination: "/tmp/fresh",
  type: "tmpfs",
  source: "tmpfs",
  options: ["size=64k"],
};

/** Starts a container that waits, with a tmpfs at /tmp. */
async function start(own: boolean): Promise<Container> {
  const mappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
  const config = bundle.config("exec sleep 1000", (base): Config => {
    const linux = {
      ...base.linux,
      namespaces: [...(base.linux?.namespaces ?? []), { type: "user" as const }],
      uidMappings: mappings,
      gidMappings: mappings,
    };
    const tmp = { destination: "/tmp", type: "tmpfs", source: "tmpfs" };
    return { ...base, mounts: [...(base.mounts ?? []), tmp], ...(own ? { linux } : {}) };
  });
  const container = await bundle.create(config);
  await container.start();
  return container;
}

async function mountinfo(container: Container): Promise<string> {
  return await Bun.file(`/proc/${container.pid}/mountinfo`).text();
}

describe.each([
  ["without a user namespace", false],
  ["in a user namespace", true],
])("%s", (_, own) => {
  test("mounts are made, seen, and taken away", async () => {
    const container = await start(own);
    await container.addMounts([fresh, bound]);
    expect(await mountinfo(container)).toMatch(/ \/tmp\/fresh rw\S* .*tmpfs .*size=64k/);
    expect(await mountinfo(container)).toMatch(/ \/tmp\/deep\/bound ro/);
    const file = Bun.file(`/proc/${container.pid}/root/tmp/deep/bound/file`);
    expect(await file.text()).toBe("of the host\n");

    await container.removeMounts([fresh, bound]);
    expect(await mountinfo(container)).not.toMatch(/ \/tmp\/(fresh|deep)/);
    await container.delete({ force: true });
  });

  test("when one fails none is left", async () => {
    const container = await start(own);
    const before = await mountinfo(container);
    const missing: Mount = { destination: "/tmp/x", type: "no-such-file-system" };
    await expect(container.addMounts([fresh, missing])).rejects.toMatchObject({
      pointer: "/mounts/1",
    });
    expect(await mountinfo(container)).toBe(before);
    await expect(container.removeMounts([fresh])).rejects.toMatchObject({ pointer: "/mounts/0" });
    await container.delete({ force: true });
  });
});

test("a link of the container leads to nothing but its own files", async () => {
  const container = await start(false);
  const root = `/proc/${container.pid}/root`;
  const outside = join(bundle.path, "outside");
  mkdirSync(outside);
  symlinkSync(outside, `${root}/tmp/link`);
  await expect(container.addMounts([{ ...fresh, destination: "/tmp/link/below" }])).rejects.toThrow(
    "/mounts/0",
  );
  expect(existsSync(join(outside, "below"))).toBe(false);
  await container.delete({ force: true });
});

test("who has stopped, or is asked for another root, gets none", async () => {
  const container = await start(false);
  await expect(container.addMounts([{ ...fresh, destination: "/" }])).rejects.toMatchObject({
    code: "ERR_INVALID_CONFIG",
    pointer: "/mounts/0/destination",
  });
  await container.kill("SIGKILL");
  await container.exited;
  await expect(container.addMounts([fresh])).rejects.toMatchObject({
    code: "ERR_CONTAINER_NOT_RUNNING",
  });
  await container.delete();
});

describe("bunc mounts", () => {
  test("reads what is to be mounted from a file, and says what is wrong with it", async () => {
    const container = await start(false);
    const file = join(bundle.path, "mounts.json");
    const call = async (...args: readonly string[]): Promise<string> => {
      const bunc = Bun.spawn([...buncCommand, "--root", bundle.root, "mounts", ...args], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const text = `${await bunc.stdout.text()}${await bunc.stderr.text()}`;
      return `${await bunc.exited} ${text}`;
    };

    writeFileSync(file, JSON.stringify([bound]));
    expect(await call("add", container.id, file)).toBe("0 ");
    expect(await mountinfo(container)).toContain(" /tmp/deep/bound ro");
    expect(await call("remove", container.id, file)).toBe("0 ");
    expect(await mountinfo(container)).not.toContain(" /tmp/deep/bound ");
    writeFileSync(file, JSON.stringify([{ type: "tmpfs" }]));
    expect(await call("add", container.id, file)).toMatch(/^1 .*\/mounts\/0/);
    writeFileSync(file, "{");
    expect(await call("add", container.id, file)).toMatch(/^1 .*Cannot read the mounts/);
    expect(await call("move", container.id, file)).toMatch(/^1 .*Cannot do "move"/);
    await container.delete({ force: true });
  });
});
