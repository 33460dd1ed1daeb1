/** What SELinux knows a process and its files by: it is there in a virtual machine, and where a machine runs it. */

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { assemble } from "../src/program/assemble.ts";
import { call } from "./run-program.ts";
import { preparesSelinux } from "./selinux.ts";
import { outcomeOf, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const selinuxLabel = "system_u:system_r:container_t:s0:c1,c2";
const mountLabel = "system_u:object_r:container_file_t:s0:c1,c2";

function labelled(script: string): Config {
  return withLinux(withProcess(bundle.config(script), { selinuxLabel }), { mountLabel });
}

/** Puts a program into the root filesystem that prints the label of its session keyring. */
function writeKeyProbe(): string {
  const [getSecurity, sessionKeyring] = [17, -3];
  const label = { buffer: "label", size: 256 };
  const image = assemble({
    preserveFds: 0,
    descriptors: ["report"],
    steps: [
      call("keyctl", [getSecurity, sessionKeyring, label, 256], { save: "length" }),
      call("write", [1, label, { slot: "length" }]),
    ],
  });
  const path = join(bundle.rootfs, "key-probe");
  writeFileSync(path, image);
  chmodSync(path, 0o755);
  return "/key-probe";
}

function describeSelinux(): void {
  const probe = writeKeyProbe();

  test("a label is the process', that of its keys and that of its file systems", async () => {
    const { stdout, stderr } = await bundle.run(
      labelled(`cat /proc/self/attr/current; echo; ${probe}; echo; cat /proc/self/mountinfo`),
    );

    const [process, key, ...mounts] = stdout.replaceAll("\0", "").trimEnd().split("\n");
    expect(stderr).toBe("");
    expect(process).toBe(selinuxLabel);
    expect(key).toBe(selinuxLabel);
    const shown = (path: string): string =>
      mounts.find((line) => line.split(" ")[4] === path) ?? "no such mount";
    for (const path of ["/dev", "/dev/pts", "/dev/shm", "/proc/acpi", "/sys/firmware"]) {
      const line = shown(path);
      if (line === "no such mount" && path.startsWith("/proc/")) continue;
      expect(line).toContain(`context="${mountLabel}"`);
    }
    for (const path of ["/proc", "/sys", "/dev/mqueue"]) {
      expect(shown(path)).not.toContain("context=");
    }
  });

  test("the directory of message queues has the label of mounts, and who is executed that of the process", async () => {
    const container = await bundle.create(labelled("exec sleep 1000"));
    await container.start();
    const queues = await outcomeOf([
      "stat",
      "--format=%C",
      `/proc/${container.pid}/root/dev/mqueue`,
    ]);
    expect(queues.stdout.trim()).toBe(mountLabel);

    const path = join(bundle.path, "exec.out");
    const stdout = openSync(path, "w");
    const args = ["sh", "-c", `cat /proc/self/attr/current; echo; ${probe}`];
    const process = { args, cwd: "/", env: ["PATH=/bin"] };
    const executed = await container.exec({ process, stdio: { stdout } });
    expect((await executed.exited).status).toBe(0);
    closeSync(stdout);
    const shown = readFileSync(path, "utf8").replaceAll("\0", "").split("\n");
    expect(shown).toEqual([selinuxLabel, selinuxLabel]);
    await container.delete({ force: true });
  });

  test("names the label that the policy does not know", async () => {
    const unknown = "system_u:system_r:ctr_test_missing_t:s0";
    const config = withProcess(bundle.config("true"), { selinuxLabel: unknown });
    await expect(bundle.run(config)).rejects.toThrow(
      `Cannot apply the SELinux label "${unknown}" (/process/selinuxLabel)`,
    );
  });
}

if (preparesSelinux()) describe("SELinux", describeSelinux);
else {
  test("a label is refused where there is no SELinux", async () => {
    await expect(bundle.run(withProcess(bundle.config("true"), { selinuxLabel }))).rejects.toThrow(
      `Cannot apply the SELinux label "${selinuxLabel}" (/process/selinuxLabel)`,
    );
    await expect(bundle.create(withLinux(bundle.config("true"), { mountLabel }))).rejects.toThrow(
      `context=${mountLabel}`,
    );
  });
}

test("no label is nothing to apply", async () => {
  expect((await bundle.run(withProcess(bundle.config("true"), { selinuxLabel: "" }))).status).toBe(
    0,
  );
});
