/** Containers with hardly anything: the memory and the processes that the runtime itself takes in them. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, LinuxResources } from "@ctr/spec";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const kibibyte = 1024;

function limited(resources: LinuxResources): Config {
  return bundle.config("", (config) =>
    withLinux(withProcess(config, { args: ["/bin/true"] }), { resources }),
  );
}

describe("/bin/true runs, with all mounts of the default configuration,", () => {
  test.each([
    ["in 512 KiB of memory", { memory: { limit: 512 * kibibyte } }],
    [
      "in 512 KiB of memory without swap",
      { memory: { limit: 512 * kibibyte, swap: 512 * kibibyte } },
    ],
    ["as the only process", { pids: { limit: 1 } }],
    ["as the only process, in 512 KiB", { pids: { limit: 1 }, memory: { limit: 512 * kibibyte } }],
  ] satisfies readonly (readonly [string, LinuxResources])[])("%s", async (_, resources) => {
    for (let round = 0; round < 5; round++) {
      expect(await bundle.run(limited(resources))).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });

  test("with limits that hold while it is prepared, too", async () => {
    const container = await bundle.create(
      limited({ pids: { limit: 1 }, memory: { limit: 512 * kibibyte } }),
    );
    const { paths } = container.cgroup;
    const read = (controller: string, ...names: readonly string[]): string => {
      const directory = paths[controller] ?? paths[""] ?? "";
      const file = names.map((name) => join(directory, name)).find((each) => existsSync(each));
      return readFileSync(file ?? "", "utf8").trim();
    };
    expect(read("memory", "memory.limit_in_bytes", "memory.max")).toBe("524288");
    expect(read("pids", "pids.max")).toBe("1");
    expect(read("pids", "pids.current")).toBe("1");
    await container.delete({ force: true });
  });
});
