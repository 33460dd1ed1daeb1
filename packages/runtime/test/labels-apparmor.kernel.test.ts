/** What AppArmor knows a process by: it is there in the virtual machine, and where a machine runs it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "@ctr/spec";
import { type Outcome, TestBundle, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

const hasAppArmor =
  read("/sys/module/apparmor/parameters/enabled") === "Y" &&
  existsSync("/sys/kernel/security/apparmor/.load") &&
  Bun.which("apparmor_parser") !== null;

const profileName = "ctr-test-profile";
const profile = `
profile ${profileName} flags=(attach_disconnected,mediate_deleted) {
  capability,
  network,
  mount,
  signal,
  ptrace,
  file,
  deny /etc/motd r,
}
`;

function parser(...args: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["apparmor_parser", "--quiet", ...args], {
    stdin: new Blob([profile]),
  });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

async function run(script: string, fields: Partial<Process>): Promise<Outcome> {
  return await bundle.run(withProcess(bundle.config(script), fields));
}

function describeAppArmor(): void {
  beforeAll(() => parser("--replace"));
  afterAll(() => parser("--remove"));

  const script = "cat /proc/self/attr/current /etc/motd";

  test("confines the first process and those that are executed", async () => {
    const first = await run(script, { apparmorProfile: profileName });
    expect(first.stdout).toBe(`${profileName} (enforce)\n`);
    expect(first.stderr).toContain("Permission denied");

    const container = await bundle.create(
      withProcess(bundle.config("exec sleep 1000"), { apparmorProfile: profileName }),
    );
    await container.start();
    const path = join(bundle.path, "exec.out");
    const output = openSync(path, "w");
    const process = { args: ["cat", "/proc/self/attr/current"], cwd: "/", env: ["PATH=/bin"] };
    const stdio = { stdout: output };
    for (const apparmorProfile of [profileName, undefined, "unconfined"]) {
      const fields = apparmorProfile === undefined ? {} : { apparmorProfile };
      const executed = await container.exec({ process: { ...process, ...fields }, stdio });
      expect((await executed.exited).status).toBe(0);
    }
    closeSync(output);
    expect(readFileSync(path, "utf8")).toBe(
      `${profileName} (enforce)\n${profileName} (enforce)\nunconfined\n`,
    );
    await container.delete({ force: true });
  });

  test("is not fooled by what the container has in place of /proc", async () => {
    // The container's /proc is a plain directory: the label must go to the real one (CVE-2019-16884).
    const config = withProcess(bundle.config("cat /etc/motd"), { apparmorProfile: profileName });
    const mounts = (config.mounts ?? []).filter(({ destination }) => destination !== "/proc");
    const tmpfs = { destination: "/proc", type: "tmpfs", source: "tmpfs" };
    const { maskedPaths: _, readonlyPaths: __, ...linux } = config.linux ?? {};
    const { stderr } = await bundle.run({ ...config, linux, mounts: [...mounts, tmpfs] });
    expect(stderr).toContain("Permission denied");
  });

  test("with no_new_privs and a user, too", async () => {
    const { stdout } = await run("cat /proc/self/attr/current", {
      apparmorProfile: profileName,
      noNewPrivileges: true,
      user: { uid: 1000, gid: 1000 },
    });
    expect(stdout).toBe(`${profileName} (enforce)\n`);
  });

  test("names the profile that is not loaded", async () => {
    await expect(run("true", { apparmorProfile: "ctr-test-missing" })).rejects.toThrow(
      'Cannot apply the AppArmor profile "ctr-test-missing" (/process/apparmorProfile)',
    );
  });
}

if (hasAppArmor) describe("AppArmor", describeAppArmor);
else {
  test("a profile is refused where there is no AppArmor", async () => {
    await expect(run("true", { apparmorProfile: profileName })).rejects.toThrow(
      `Cannot apply the AppArmor profile "${profileName}" (/process/apparmorProfile)`,
    );
  });
}

test("no profile is nothing to apply", async () => {
  expect((await run("true", { apparmorProfile: "" })).status).toBe(0);
});
