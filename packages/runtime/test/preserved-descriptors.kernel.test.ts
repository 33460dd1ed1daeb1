/** Descriptors that are handed through to the container's process. */

import { afterAll, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { linuxKernel } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Runs a script in a container with these descriptors from 3 on. */
async function run(script: string, count: number, descriptors: readonly number[]) {
  await Bun.write(join(bundle.bundle, "config.json"), JSON.stringify(bundle.config(script)));
  const flags = ["--preserve-fds", String(count), "--bundle", bundle.bundle];
  const child = Bun.spawn([...buncCommand, "--root", bundle.root, "run", ...flags, bundle.id()], {
    stdio: ["ignore", "pipe", "pipe", ...descriptors],
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, err, code };
}

test("a file and an event descriptor arrive under their numbers", async () => {
  const file = openSync(join(bundle.rootfs, "etc/motd"), "r");
  const event = linuxKernel().call("eventfd2", 0, 0);
  try {
    const result = await run("cat <&3; readlink /proc/self/fd/4", 2, [file, event]);

    expect(result).toEqual({ out: "hello\nanon_inode:[eventfd]\n", err: "", code: 0 });
  } finally {
    closeSync(file);
    closeSync(event);
  }
});

test("one that is not open stays closed, whatever we open in its place", async () => {
  const file = openSync(join(bundle.rootfs, "etc/motd"), "r");
  try {
    const open = "for fd in 3 4 5 6 7 8; do [ ! -e /proc/self/fd/$fd ] || echo $fd; done";
    const result = await run(`cat <&3; ${open}`, 6, [file]);

    expect(result).toEqual({ out: "hello\n3\n", err: "", code: 0 });
  } finally {
    closeSync(file);
  }
});
