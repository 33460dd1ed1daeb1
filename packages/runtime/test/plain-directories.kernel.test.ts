/** Directories where one looks for control groups, and that are none. */

import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const isV2 = detectCgroupLayout(linuxKernel()).mode === "v2";

/** Puts a tmpfs over the control groups, with those of version 1 in it and directories beside them that are none. */
const cover = `
  set -eu
  new=$(mktemp -d)
  mount -t tmpfs tmpfs $new
  for each in /sys/fs/cgroup/*; do
    case $(stat -f -c %T $each) in
      cgroupfs) mkdir $new/\${each##*/}; mount --bind $each $new/\${each##*/} ;;
      *) mkdir -p $new/\${each##*/} ;;
    esac
  done
  mkdir -p $new/net_cls $new/hugetlb $new/unified
  mount --move $new /sys/fs/cgroup
  rmdir $new
`;

test.skipIf(isV2)(
  "a container is made in hierarchies that are to be seen, and nothing in plain directories, but on pure version 2, which cannot be so",
  async () => {
    await Bun.write(
      join(bundle.bundle, "config.json"),
      JSON.stringify(bundle.config("cat /proc/self/cgroup")),
    );
    const id = bundle.id();
    const runtime = `${buncCommand.join(" ")} --root ${bundle.root}`;
    const script = `${cover}
      ${runtime} run --bundle ${bundle.bundle} ${id}
      find /sys/fs/cgroup -xdev -mindepth 2
    `;
    const { stdout, stderr } = Bun.spawnSync(["unshare", "--mount", "sh", "-c", script]);

    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toContain(`:pids:/${id}`);
    // What find(1) has seen.
    expect(stdout.toString()).not.toContain("/sys/fs/cgroup/");
  },
  60_000,
);
