/**
 * SELinux for tests: a machine's own, or in a virtual machine whose kernel runs it a policy of ours.
 *
 * @module
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const mountPoint = "/sys/fs/selinux";
const policy = join(import.meta.dir, "fixtures/selinux-policy.cil");

/** Version of the binary policy: that of Linux 5.12, which later ones read, too. */
const policyVersion = "33";

function run(...command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

/** Whether the kernel knows labels; in a virtual machine of the tests it is taught some when it knows none. */
export function preparesSelinux(): boolean {
  if (existsSync(join(mountPoint, "enforce"))) return true;
  const modules = "/sys/kernel/security/lsm";
  const runs = existsSync(modules) && readFileSync(modules, "utf8").split(",").includes("selinux");
  if (!runs || process.env["CTR_IN_VM"] !== "1") return false;
  const work = mkdtempSync(join(tmpdir(), "ctr-test-selinux-"));
  try {
    const binary = join(work, "policy");
    run("secilc", "-c", policyVersion, "-o", binary, "-f", join(work, "files"), policy);
    run("mount", "-t", "selinuxfs", "selinuxfs", mountPoint);
    writeFileSync(join(mountPoint, "load"), readFileSync(binary));
  } finally {
    rmSync(work, { recursive: true });
  }
  return true;
}
