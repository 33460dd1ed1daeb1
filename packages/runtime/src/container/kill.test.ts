import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { SystemCallError } from "../kernel/kernel.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { readProcessStat } from "../kernel/process-stat.ts";
import { RecordingKernel } from "../kernel/recording.ts";
import { openProcess, type ProcessIdentity, signalProcess } from "./kill.ts";

const kernel = linuxKernel();
let child: Bun.Subprocess;
let identity: ProcessIdentity;
beforeEach(() => {
  child = Bun.spawn(["sleep", "1000"]);
  identity = { pid: child.pid, startTime: readProcessStat(kernel, child.pid)?.startTime ?? -1 };
});
afterEach(async () => {
  child.kill("SIGKILL");
  await child.exited;
});

describe("signalProcess()", () => {
  test("signals the process that is meant", async () => {
    const before = openDescriptors();

    expect(signalProcess(kernel, identity, 15)).toBe(true);
    await child.exited;
    expect(child.signalCode).toBe("SIGTERM");
    expect(openedSince(before)).toEqual([]);
  });

  test("spares another that has its pid by now", () => {
    const other = { ...identity, startTime: identity.startTime - 1 };
    const before = openDescriptors();

    expect(signalProcess(kernel, other, 9)).toBe(false);
    expect(readProcessStat(kernel, child.pid)?.state).not.toBe("Z");
    expect(openedSince(before)).toEqual([]);
  });

  test("tells that the process has ended", async () => {
    child.kill("SIGKILL");
    await child.exited;

    expect(signalProcess(kernel, identity, 9)).toBe(false);
  });

  test("tells that it ended a moment ago", () => {
    const ending = new RecordingKernel((call) => {
      if (call[0] === "pidfd_send_signal") throw new SystemCallError("pidfd_send_signal", "ESRCH");
      return kernel.call(...call);
    });

    expect(signalProcess(ending, identity, 9)).toBe(false);
  });

  test("does not hide that it may not", () => {
    const forbidding = new RecordingKernel((call) => {
      if (call[0] === "pidfd_send_signal") throw new SystemCallError("pidfd_send_signal", "EPERM");
      return kernel.call(...call);
    });

    expect(() => signalProcess(forbidding, identity, 9)).toThrow("EPERM");
  });
});

describe("openProcess()", () => {
  test("holds on to a process; the caller closes", () => {
    using pidfd = openProcess(kernel, identity);

    expect(pidfd?.number).toBeGreaterThan(2);
  });

  test("looks at the process when it holds it: not before", () => {
    const order: string[] = [];
    const watching = new RecordingKernel((call) => {
      order.push(call[0]);
      return kernel.call(...call);
    });

    using _ = openProcess(watching, identity);

    expect(order[0]).toBe("pidfd_open");
    expect(order).toContain("openat");
  });
});
