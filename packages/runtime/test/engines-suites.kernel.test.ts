/** What the public suites of other runtimes asked for and bunc once did not do. */

import { afterAll, describe, expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

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
