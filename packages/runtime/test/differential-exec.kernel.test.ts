/** What a program sees that is executed in a container is the same under bunc and under runc. */

import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Process } from "@ctr/spec";
import { baseConfig, hostNamespaces, type Seen } from "./differential-bundle.ts";
import { ironed } from "./differential-differences.ts";
import { probe, probePath, sectionsOf } from "./differential-probe.ts";
import { RuntimeCommand, type RuntimeName } from "./runtime-command.ts";
import { type Change, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** What bounds a container's own process; executed ones have it, too. */
const bounds: Partial<Process> = {
  capabilities: { bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"] },
  // Not open files: Go takes their limit back when runc 1.1 executes.
  rlimits: [{ type: "RLIMIT_FSIZE", soft: 1_000_000, hard: 2_000_000 }],
  oomScoreAdj: 300,
};

/** How the container differs from what `runc spec` writes, and the flags of exec; a process is what `--process` has. */
const cases: Readonly<
  Record<string, readonly [change: Change, ...flags: readonly (string | Partial<Process>)[]]>
> = {
  "a process that says nothing": [(config) => withProcess(config, bounds), {}],
  "a process that says all": [
    (config) => withProcess(config, bounds),
    {
      user: { uid: 7, gid: 8, additionalGids: [9] },
      env: ["PATH=/bin", "B=2"],
      cwd: "/tmp",
      capabilities: { bounding: ["CAP_KILL"], permitted: ["CAP_KILL"] },
      rlimits: [{ type: "RLIMIT_CORE", soft: 50, hard: 60 }],
      noNewPrivileges: true,
    },
  ],
  "a process without capabilities": [(config) => withProcess(config, bounds), { capabilities: {} }],
  "nothing said": [(config) => config],
  "another user": [(config) => config, "--user", "1000:5"],
  "a variable, a directory, a group": [
    (config) => config,
    ...["--env", "A=1", "--env", "HOME=/x", "--cwd", "/tmp", "--additional-gids", "7"],
  ],
  "a capability": [(config) => config, "--cap", "CAP_NET_RAW"],
  "no new privileges": [
    (config) => withProcess(config, { noNewPrivileges: false }),
    "--no-new-privs",
  ],
  "a container of another user, with limits": [
    (config) =>
      withProcess(config, {
        user: { uid: 5, gid: 6, additionalGids: [7] },
        oomScoreAdj: 300,
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 100, hard: 100 }],
      }),
  ],
  "an ordinary user with ambient capabilities": [
    (config) =>
      withProcess(config, {
        capabilities: {
          bounding: ["CAP_KILL", "CAP_CHOWN"],
          permitted: ["CAP_KILL", "CAP_CHOWN"],
          effective: ["CAP_KILL"],
          inheritable: ["CAP_KILL"],
          ambient: ["CAP_KILL"],
        },
      }),
    ...["--user", "1000"],
  ],
  "a filter": [
    (config) =>
      withLinux(config, {
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["unshare"], action: "SCMP_ACT_ERRNO", errnoRet: 95 }],
        },
      }),
  ],
  "a user namespace": [
    (config) =>
      withLinux(config, {
        namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
        uidMappings: mappings,
        gidMappings: mappings,
      }),
    ...["--user", "3:4"],
  ],
};

for (const [name, [change, ...flags]] of Object.entries(cases)) {
  test(`exec shows the same under bunc and runc: ${name}`, async () => {
    const config = change(baseConfig(bundle));
    expect(await seen("bunc", config, flags)).toEqual(await seen("runc", config, flags));
  }, 60_000);
}

/** Runs the probe in a container that waits; one after the other, as both have the same root filesystem. */
async function seen(
  name: RuntimeName,
  config: Config,
  flags: readonly (string | Partial<Process>)[],
): Promise<Seen> {
  writeFileSync(join(bundle.rootfs, probePath), probe);
  await using runtime = new RuntimeCommand(name, bundle);
  const waiting = withProcess(config, { args: ["/bin/sleep", "1000"] });
  const id = await runtime.start(waiting);
  const args = config.process?.args ?? [];
  const processFile = join(bundle.path, "process.json");
  const named = flags.flatMap((flag) => {
    if (typeof flag === "string") return [flag];
    writeFileSync(processFile, JSON.stringify({ cwd: "/", env: ["PATH=/bin"], args, ...flag }));
    return ["--process", processFile];
  });
  const command = named.includes("--process") ? [id] : [id, ...args];
  const { status, stdout, stderr } = await runtime.call(["exec", ...named, ...command]);
  const sections = Object.entries(sectionsOf(stdout, hostNamespaces)).map(
    ([section, lines]): [string, string[]] => [
      section,
      lines.map((line) => line.replaceAll(id, "ID")),
    ],
  );
  const plain = { status, sections: Object.fromEntries(sections), left: [], hooks: [] };
  return ironed(config, stdout.includes("== ") ? plain : { ...plain, refused: stderr });
}
