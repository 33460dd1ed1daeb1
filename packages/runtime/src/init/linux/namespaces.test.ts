import { describe, expect, test } from "bun:test";
import { type LinuxNamespace, type LinuxNamespaceType, linuxNamespaceTypes } from "@ctr/spec";
import { planLines } from "../../../test/plan-lines.ts";
import {
  clonedFlags,
  cloneFlag,
  joinInitSteps,
  namespaceSteps,
  planNamespaces,
} from "./namespaces.ts";

/** `pid` makes a namespace, `pid=/p` joins one. */
function namespaces(...texts: readonly string[]): LinuxNamespace[] {
  return texts.map((text) => {
    const [name = "", path] = text.split("=");
    const type = linuxNamespaceTypes.find((each) => each === name) ?? "mount";
    return { type, ...(path === undefined ? {} : { path }) };
  });
}

function steps(...texts: readonly string[]): string[] {
  return planLines(namespaceSteps(planNamespaces(namespaces(...texts)))).map((line) =>
    line.replace(/^\/linux\/(namespaces|uidMappings)(\/\d\/path)?: /, ""),
  );
}

const becomeRoot = ["setresgid(0, 0, 0)", "setresuid(0, 0, 0)"];
const fork = [
  "$child = clone(CLONE_PARENT|SIGCHLD, 0, 0, 0, 0)",
  "jump in-child if $child == 0",
  "tell pid $child",
  "exit 0",
  "in-child:",
];
const mapped = [
  "unshare(CLONE_NEWUSER)",
  "tell userNamespace",
  "$read:wait for the id mappings = read(<sync>, &byte[8], 1)",
  "jump done:wait for the id mappings if $read:wait for the id mappings != 0",
  "fail EPIPE",
  "done:wait for the id mappings:",
  ...becomeRoot,
];

describe("all new", () => {
  test("clone3 makes them; but the cgroup namespace begins at the cgroup that is joined first", () => {
    const plan = planNamespaces(namespaces("pid", "network", "ipc", "uts", "mount", "cgroup"));

    expect(plan).toEqual({
      cloned: ["pid", "network", "ipc", "uts", "mount"],
      joined: [],
      unshared: ["cgroup"],
      unsharesUser: false,
      forks: false,
      own: new Set<LinuxNamespaceType>(["pid", "network", "ipc", "uts", "mount", "cgroup"]),
    });
    expect(planLines(namespaceSteps(plan))).toEqual([
      "/linux/namespaces: unshare(CLONE_NEWCGROUP)",
    ]);
  });

  test("the message queues of a new user namespace belong to its root", () => {
    const plan = planNamespaces(namespaces("user", "pid", "ipc", "mount"));

    expect([plan.cloned, plan.unshared]).toEqual([["user", "pid", "mount"], ["ipc"]]);
  });

  test("a new time namespace is set before the first process enters it, by a fork", () => {
    const plan = planNamespaces(namespaces("time", "pid", "mount"));

    expect([plan.cloned, plan.unshared, plan.forks]).toEqual([["mount"], ["time", "pid"], true]);
    expect(
      planLines(
        namespaceSteps(plan, { monotonic: { secs: -7 }, boottime: { secs: 1, nanosecs: 2 } }),
      ).slice(0, 3),
    ).toEqual([
      "/linux/namespaces: unshare(CLONE_NEWTIME|CLONE_NEWPID)",
      '/linux/timeOffsets: $timens = openat($proc, "self/timens_offsets", O_WRONLY|O_CLOEXEC, 0)',
      '/linux/timeOffsets: write($timens, "monotonic -7 0\\nboottime 1 2\\n", 28)',
    ]);
    expect(steps("time", "mount")).toEqual(["unshare(CLONE_NEWTIME)", ...fork]);
  });
});

describe("some joined", () => {
  test("clone3 makes the new ones, the program joins the others", () => {
    const plan = planNamespaces(namespaces("mount", "network=/n", "uts", "ipc=/i"));

    expect(plan).toMatchObject({
      cloned: ["mount", "uts"],
      joined: [
        { type: "network", path: "/n", index: 1 },
        { type: "ipc", path: "/i", index: 3 },
      ],
      unshared: [],
      forks: false,
    });
    expect(planLines(namespaceSteps(plan))).toEqual([
      "/linux/namespaces/1/path: setns(<namespace-network>, CLONE_NEWNET)",
      "/linux/namespaces/3/path: setns(<namespace-ipc>, CLONE_NEWIPC)",
    ]);
  });

  test("the program goes on in a child, which alone is in a pid namespace that was joined", () => {
    expect(steps("mount", "pid=/p")).toEqual(["setns(<namespace-pid>, CLONE_NEWPID)", ...fork]);
  });

  test("an empty path makes a namespace, as Go programs write it", () => {
    expect(planNamespaces([{ type: "mount", path: "" }])).toMatchObject({
      cloned: ["mount"],
      joined: [],
    });
  });
});

describe("a user namespace", () => {
  test("that is joined comes first where it owns the others; the new ones are made in it", () => {
    expect(steps("user=/u", "network=/n", "mount", "uts")).toEqual([
      "$joined-network = setns(<namespace-network>, CLONE_NEWNET)  ok EPERM",
      "setns(<namespace-user>, CLONE_NEWUSER)",
      ...becomeRoot,
      "jump joined-network:done if $joined-network == 0",
      "setns(<namespace-network>, CLONE_NEWNET)",
      "joined-network:done:",
      "unshare(CLONE_NEWNS|CLONE_NEWUTS)",
    ]);
    expect(planNamespaces(namespaces("user=/u", "mount")).cloned).toEqual([]);
  });

  test("that is new beside joined ones is made behind them, and its ids are mapped", () => {
    const plan = planNamespaces(namespaces("user", "network=/n", "mount", "ipc"));

    expect(plan).toMatchObject({
      cloned: [],
      unshared: ["mount", "ipc"],
      unsharesUser: true,
      forks: false,
    });
    expect(steps("user", "network=/n", "mount", "ipc")).toEqual([
      "setns(<namespace-network>, CLONE_NEWNET)",
      ...mapped,
      "unshare(CLONE_NEWNS|CLONE_NEWIPC)",
    ]);
  });

  test("with a pid namespace that is joined and one that is made: all at once", () => {
    expect(steps("user", "pid=/p", "mount")).toEqual([
      "setns(<namespace-pid>, CLONE_NEWPID)",
      ...mapped,
      "unshare(CLONE_NEWNS)",
      ...fork,
    ]);
  });
});

test("a new pid namespace within a user namespace that is joined needs a fork to be entered", () => {
  expect(steps("user=/u", "pid", "mount")).toEqual([
    "setns(<namespace-user>, CLONE_NEWUSER)",
    ...becomeRoot,
    "unshare(CLONE_NEWPID|CLONE_NEWNS)",
    ...fork,
  ]);
});

test("clonedFlags() has a flag for every type", () => {
  expect(linuxNamespaceTypes.map(cloneFlag).toSorted()).toEqual([
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWTIME",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
  ]);
  expect(clonedFlags(planNamespaces(namespaces("mount", "user", "cgroup")))).toBe(0x1002_0000n);
});

describe("joinInitSteps()", () => {
  test("joins all at once, by a pidfd", () => {
    expect(planLines(joinInitSteps(["mount", "network"]))).toEqual([
      "setns(<init>, CLONE_NEWNS|CLONE_NEWNET)",
    ]);
    expect(joinInitSteps([])).toEqual([]);
  });

  test("becomes root of a user namespace, and enters a pid namespace by a fork", () => {
    expect(
      planLines(joinInitSteps(["user", "pid"])).map((line) => line.replace(/^\/.*?: /, "")),
    ).toEqual(["setns(<init>, CLONE_NEWUSER|CLONE_NEWPID)", ...becomeRoot, ...fork]);
  });
});
