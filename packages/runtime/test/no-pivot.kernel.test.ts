/** A root filesystem that is made the root without pivot_root(2), as one in a ramdisk needs it. */

import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type Config, defaultConfig } from "@ctr/spec";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

test("the host's proc beneath does not let a user namespace in the container mount a whole one", async () => {
  const capabilities = defaultConfig().process?.capabilities ?? {};
  const more = (names: readonly string[] = []): string[] => [...names, "CAP_SETFCAP"];
  const script = "unshare -mrpf sh -c 'mount -t proc proc /proc && echo mounted'";
  const config = withProcess(bundle.config(script), {
    capabilities: {
      ...capabilities,
      bounding: more(capabilities.bounding),
      permitted: more(capabilities.permitted),
      effective: more(capabilities.effective),
    },
  });
  for (const noPivot of [false, true]) {
    const { stdout, stderr } = await bundle.run(config, { noPivot });

    expect(stdout).toBe("");
    expect(stderr).toMatch(/permission denied|Operation not permitted/i);
  }
});

test("what is taken away in the container stays on the host, whatever is shared with it", async () => {
  const config: Config = withLinux(bundle.config("ls /proc/self/cmdline"), {
    rootfsPropagation: "shared",
  });
  await Bun.write(join(bundle.bundle, "config.json"), JSON.stringify(config));
  const script = `
    before=$(cat /proc/self/mountinfo)
    ${buncCommand.join(" ")} --root ${bundle.root} run --no-pivot -b ${bundle.bundle} ${bundle.id()}
    test "$before" = "$(cat /proc/self/mountinfo)" && echo same
  `;
  const unshared = ["unshare", "--mount", "--propagation", "shared", "sh", "-c", script];
  const { stdout, stderr } = Bun.spawnSync(unshared);

  expect(stderr.toString()).toBe("");
  expect(stdout.toString()).toBe("/proc/self/cmdline\nsame\n");
});
