import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Process } from "@ctr/spec";
import { command } from "./commands/exec.ts";
import { cgroupOf, processOf } from "./exec-process.ts";
import { type Flags, parseFlags } from "./flags.ts";

/** `bunc exec` without the container's id. */
function parse(...args: readonly string[]): [flags: Flags, rest: readonly string[]] {
  const { flags, rest } = parseFlags(command.flags, args, "leading");
  return [flags, rest];
}

const own: Process = {
  cwd: "/srv",
  args: ["server"],
  env: ["PATH=/bin", "A=1"],
  terminal: true,
  consoleSize: { height: 25, width: 80 },
  user: { uid: 1000, gid: 100, umask: 0o27, additionalGids: [5] },
  capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
  selinuxLabel: "own",
};

function process_(...args: readonly string[]): Process {
  return processOf(own, ...parse(...args));
}

describe("processOf()", () => {
  test("is as the container's own, with other arguments and no terminal of its own accord", () => {
    const { consoleSize: _, ...others } = own;

    expect(process_("sh", "-c", "x")).toEqual({
      ...others,
      args: ["sh", "-c", "x"],
      terminal: false,
    });
  });

  test("changes what flags say", () => {
    expect(
      process_(
        ...["--cwd", "/tmp", "--tty", "-e", "B=2", "--env=A=3", "--process-label=label"],
        ...["--apparmor", "profile", "--no-new-privs", "sh"],
      ),
    ).toMatchObject({
      cwd: "/tmp",
      terminal: true,
      env: ["PATH=/bin", "A=1", "B=2", "A=3"],
      selinuxLabel: "label",
      apparmorProfile: "profile",
      noNewPrivileges: true,
    });
  });

  test.each([
    ["0", { uid: 0 }],
    ["65534:65533", { uid: 65_534, gid: 65_533 }],
  ])("becomes user %s; groups and umask stay", (text, ids) => {
    expect(process_("--user", text, "sh").user).toEqual({ ...own.user, ...ids });
  });

  test.each(["root", "1:2:3", "-1", "4294967295", "", ":5"])("refuses the user %p", (text) => {
    expect(() => process_(`--user=${text}`, "sh")).toThrow(
      expect.objectContaining({ code: "ERR_USAGE" }),
    );
  });

  test("adds groups to those there are", () => {
    expect(process_("-g", "7", "--additional-gids=8", "sh").user?.additionalGids).toEqual([
      5, 7, 8,
    ]);
  });

  test("adds capabilities, once, whatever the case; ambient ones where some are inheritable", () => {
    expect(process_("--cap", "cap_chown", "-c", "CAP_KILL", "sh").capabilities).toEqual({
      bounding: ["CAP_KILL", "CAP_CHOWN"],
      effective: ["CAP_KILL", "CAP_CHOWN"],
      permitted: ["CAP_KILL", "CAP_CHOWN"],
    });
    const inheriting = { ...own, capabilities: { inheritable: ["CAP_KILL" as const] } };
    expect(processOf(inheriting, ...parse("-c", "CAP_CHOWN", "sh")).capabilities).toMatchObject({
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_CHOWN"],
    });
  });

  test("begins with nothing in a container that has no process", () => {
    expect(processOf(undefined, ...parse("sh"))).toEqual({
      cwd: "/",
      args: ["sh"],
      terminal: false,
      env: [],
      user: {},
    });
  });

  test("needs something to execute", () => {
    expect(() => process_()).toThrow("process args cannot be empty");
  });
});

describe("processOf() with --process", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "process-test-")), "process.json");
  });
  afterEach(() => rmSync(join(file, ".."), { recursive: true }));

  const read = (document: string): Process => {
    writeFileSync(file, document);
    return process_("--process", file);
  };

  test("is what the file says, and nothing else", () => {
    expect(read('{"cwd": "/", "args": ["sh"], "user": {"uid": 5, "gid": 5}}')).toEqual({
      cwd: "/",
      args: ["sh"],
      user: { uid: 5, gid: 5 },
    });
  });

  test("takes null for what is not set, as Go programs write it", () => {
    expect(
      read('{"cwd": "/", "args": ["sh"], "env": null, "user": {"additionalGids": null}}'),
    ).toEqual({ cwd: "/", args: ["sh"], user: {} });
  });

  test.each([
    ["{", "ERR_INVALID_PROCESS"],
    ['{"cwd": "/", "args": []}', "ERR_INVALID_PROCESS"],
    ['{"cwd": "/"}', "ERR_INVALID_PROCESS"],
  ])("refuses %s", (document, code) => {
    expect(() => read(document)).toThrow(expect.objectContaining({ code }));
  });

  test("refuses fields of another type", () => {
    expect(() => read('{"cwd": "/", "args": "sh"}')).toThrow(
      expect.objectContaining({ kind: "invalid" }),
    );
  });
});

describe("cgroupOf()", () => {
  const cgroup = (...args: readonly string[]): unknown => cgroupOf(parse(...args, "sh")[0]);

  test("is the container's own without a flag", () => {
    expect(cgroup()).toEqual({});
  });

  test("is one for all controllers, or one for each that is named", () => {
    expect(cgroup("--cgroup", "below/it")).toEqual({ cgroup: "below/it" });
    expect(cgroup("--cgroup", "cpu,cpuacct:a", "--cgroup=memory:b:c")).toEqual({
      cgroup: { cpu: "a", cpuacct: "a", memory: "b:c" },
    });
  });

  test("cannot be two for the same", () => {
    expect(() => cgroup("--cgroup=a", "--cgroup=b")).toThrow("without naming the controllers");
  });
});
