/** What the public suites of other runtimes asked for and bunc once did not do. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

describe("a system call filter that knows no newer system calls", () => {
  const filtered = (noNewPrivileges: boolean): Config =>
    bundle.config("grep ^Cap /proc/self/status; pwd", (config) =>
      withLinux(
        withProcess(config, { noNewPrivileges, cwd: "/tmp", user: { uid: 1000, gid: 1000 } }),
        {
          seccomp: {
            defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [
              {
                // What the container's own program may not do, we may not rely on once the filter is there.
                names: [
                  ...["openat2", "faccessat2", "close_range", "open_tree", "move_mount", "umask"],
                  ...[
                    "fchdir",
                    "chdir",
                    "setgroups",
                    "setresuid",
                    "setresgid",
                    "prctl",
                    "prlimit64",
                  ],
                ],
                action: "SCMP_ACT_ERRNO",
              },
            ],
          },
        },
      ),
    );

  for (const noNewPrivileges of [true, false]) {
    test(`starts, with noNewPrivileges ${noNewPrivileges}`, async () => {
      const { status, stdout, stderr } = await bundle.run(filtered(noNewPrivileges));
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^CapPrm:\t0{16}$/m);
      expect(stdout).toMatch(/^CapEff:\t0{16}$/m);
      expect(stdout).toEndWith("/tmp\n");
    });
  }
});

describe("bunc", () => {
  test("reads the configuration that --config names, from the working directory", async () => {
    const directory = join(bundle.path, "elsewhere");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "other.json"), JSON.stringify(bundle.config("echo other")));
    for (const [cwd, file] of [
      [directory, "other.json"],
      ["/", join(directory, "other.json")],
    ] as const) {
      const { status, stdout, stderr } = await bunc(
        ["run", "--bundle", bundle.bundle, "--config", file],
        cwd,
      );
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "other\n", stderr: "" });
    }
  });
});

/** Runs the command line with an id of its own as the last argument. */
async function bunc(args: readonly string[], cwd = "/"): Promise<Outcome> {
  const main = join(import.meta.dir, "../src/main.ts");
  const child = Bun.spawn([process.execPath, main, "--root", bundle.root, ...args, bundle.id()], {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { status, stdout, stderr };
}
