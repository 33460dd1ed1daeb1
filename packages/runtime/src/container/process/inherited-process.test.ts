import { describe, expect, test } from "bun:test";
import type { Process } from "@ctr/spec";
import { inheritProcess } from "./inherited-process.ts";

const own: Process = {
  cwd: "/srv",
  args: ["server"],
  env: ["A=1"],
  terminal: true,
  noNewPrivileges: true,
  user: { uid: 5, gid: 5 },
  capabilities: { bounding: ["CAP_KILL"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
  apparmorProfile: "confined",
  selinuxLabel: "system_u:system_r:container_t:s0",
  oomScoreAdj: 300,
  ioPriority: { class: "IOPRIO_CLASS_IDLE" },
  scheduler: { policy: "SCHED_BATCH" },
  execCPUAffinity: { initial: "0" },
};

describe("inheritProcess()", () => {
  test("takes what bounds the container's own process, and nothing of what it does", () => {
    const { capabilities, apparmorProfile, selinuxLabel, oomScoreAdj } = own;
    const { ioPriority, scheduler, execCPUAffinity } = own;

    expect<object>(inheritProcess({ cwd: "/", args: ["sh"] }, own)).toEqual({
      ...{ capabilities, apparmorProfile, selinuxLabel, oomScoreAdj },
      ...{ ioPriority, scheduler, execCPUAffinity },
      cwd: "/",
      args: ["sh"],
    });
  });

  test("leaves what the process says itself", () => {
    const process: Process = {
      ...{ cwd: "/", args: ["sh"], capabilities: {}, apparmorProfile: "unconfined" },
      ...{ selinuxLabel: "system_u:system_r:other_t:s0", oomScoreAdj: 0 },
      rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
      ioPriority: { class: "IOPRIO_CLASS_RT", priority: 1 },
      scheduler: { policy: "SCHED_OTHER" },
      execCPUAffinity: { final: "1" },
    };

    expect(inheritProcess(process, own)).toEqual(process);
  });

  test("takes empty texts for nothing said", () => {
    const said = { cwd: "/", args: ["sh"], apparmorProfile: "", selinuxLabel: "" };

    expect(inheritProcess(said, own)).toMatchObject({
      apparmorProfile: "confined",
      selinuxLabel: "system_u:system_r:container_t:s0",
    });
  });

  test("has nothing to take of a container without a process, or of one that says nothing", () => {
    const process: Process = { cwd: "/", args: ["sh"] };

    expect(inheritProcess(process, undefined)).toBe(process);
    expect(inheritProcess(process, { cwd: "/" })).toEqual(process);
  });
});
