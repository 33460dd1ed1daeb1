/** Paths on the command line that cannot be used: bunc names each, says why, and leaves nothing behind; runc refuses, too. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "tools/until";
import { RuntimeCommand } from "./runtime-command.ts";
import { TestBundle, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
const bunc = new RuntimeCommand("bunc", bundle);
const runc = new RuntimeCommand("runc", bundle);

const file = join(bundle.path, "a-file");
const directory = join(bundle.path, "a-directory");
const missing = join(bundle.path, "missing");
const terminal = join(bundle.path, "terminal");

const absent = "no such file or directory (ENOENT)";
const config = bundle.config("true");

beforeAll(() => {
  writeFileSync(file, "");
  mkdirSync(directory);
  mkdirSync(terminal);
  writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
  const own = { ...withProcess(config, { terminal: true }), root: { path: bundle.rootfs } };
  writeFileSync(join(terminal, "config.json"), JSON.stringify(own));
});

afterAll(async () => {
  expect(containers()).toEqual([]);
  await bunc[Symbol.asyncDispose]();
  await runc[Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

/** What is below bunc's root, which it makes for the first container. */
const containers = (): string[] => (existsSync(bunc.root) ? readdirSync(bunc.root) : []);

/** Options before the command, the command, and what bunc says. */
const cases: readonly (readonly [options: string, command: string, words: string])[] = [
  ["", `create --bundle ${missing} ID`, `"${missing}/config.json": ${absent}`],
  ["", `create --bundle ${file} ID`, `"${file}/config.json": not a directory (ENOTDIR)`],
  ["", `create --pid-file ${missing}/pid ID`, `the pid file "${missing}/pid": ${absent}`],
  ["", `create --pid-file ${directory} ID`, `the pid file "${directory}": is a directory (EISDIR)`],
  [
    "",
    `create --console-socket ${missing} ID`,
    `the console socket "${missing}": the process has no terminal (/process/terminal)`,
  ],
  [
    "",
    `create --bundle ${terminal} --console-socket ${missing} ID`,
    `the console socket "${missing}": ${absent}`,
  ],
  [
    "",
    `create --bundle ${terminal} --console-socket ${file} ID`,
    `the console socket "${file}": connection refused (ECONNREFUSED)`,
  ],
  [`--log ${missing}/log`, "create ID", `the log file "${missing}/log" (--log): ${absent}`],
  [`--log ${directory}`, "create ID", `the log file "${directory}" (--log): is a directory`],
  [`--root ${file}`, "create ID", `"${file}/ID" of container "ID": not a directory (ENOTDIR)`],
  [`--root ${file}`, "list", `the containers in "${file}": not a directory (ENOTDIR)`],
  ["", `spec --bundle ${missing}`, `Cannot write "${missing}/config.json": ${absent}`],
];

describe("both refuse", () => {
  for (const [options, command, words] of cases) {
    test(`${options} ${command}`.replaceAll(bundle.path, "").trim(), async () => {
      const args = `${options} ${command}`.split(" ").filter(Boolean);
      const ours = await bunc.call(args);

      expect(ours).toMatchObject({ status: 1, stdout: "" });
      expect(ours.stderr).toStartWith("bunc: Cannot ");
      expect(ours.stderr).toContain(words);
      expect(containers()).toEqual([]);
      expect(existsSync(missing)).toBe(false);
      expect((await runc.call(args)).status).toBe(1);
    }, 120_000);
  }
});

describe("bunc refuses", () => {
  test.each([
    [
      `create --pidfd-socket ${missing} ID`,
      `Cannot send the pidfd to the socket "${missing}": ${absent}`,
    ],
    [`create --config ${missing} ID`, `Cannot read the bundle's configuration "${missing}"`],
  ])(
    "%s",
    async (command, words) => {
      const { status, stderr } = await bunc.call(command.split(" "));

      expect(status).toBe(1);
      expect(stderr).toContain(words);
      expect(containers()).toEqual([]);
    },
    30_000,
  );
});

test("a process whose pidfd cannot be sent does not go on", async () => {
  const id = await bunc.start(bundle.config("sleep 1000"));
  const args = `exec --detach --pidfd-socket ${missing} ${id} sleep 2000`.split(" ");
  const { status, stderr } = await bunc.call(args);

  expect(status).toBe(255);
  expect(stderr).toContain(`the pidfd to the socket "${missing}": ${absent}`);
  await until("it has ended", async () => !(await bunc.output("ps", id)).includes("sleep 2000"));
  await bunc.output("delete", "--force", id);
}, 120_000);

describe("of a container that runs, both refuse", () => {
  for (const [command, words] of [
    [`exec --process ${missing} ID`, `Cannot read the process "${missing}": ${absent}`],
    [`exec --process ${directory} ID`, "is a directory (EISDIR)"],
    [`exec --pid-file ${missing}/pid ID true`, `the pid file "${missing}/pid": ${absent}`],
    [`exec --detach --console-socket ${missing} ID true`, "the process has no terminal"],
    [`update --resources ${missing} ID`, `Cannot read the limits "${missing}": ${absent}`],
  ] as const) {
    test(command.replaceAll(bundle.path, ""), async () => {
      for (const runtime of [bunc, runc]) {
        const id = await runtime.start(bundle.config("sleep 1000"));
        const { status, stderr } = await runtime.call(command.replace("ID", id).split(" "));

        expect(status).toBeOneOf([1, 255]);
        if (runtime === bunc) expect(stderr).toContain(words);
        await runtime.output("delete", "--force", id);
      }
    }, 120_000);
  }
});
