/** An agent that answers for the kernel: `SCMP_ACT_NOTIFY`, `listenerPath` and `listenerMetadata`. */

import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Config, LinuxSeccomp } from "@ctr/spec";
import {
  FileDescriptor,
  linuxKernel,
  receiveDescriptor,
  value,
  waitReadable,
} from "../src/kernel/index.ts";
import { nativeArchitecture, syscallNumber } from "../src/machine/syscalls.ts";
import { compileSeccomp } from "../src/seccomp/compile.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());
const kernel = linuxKernel();
const path = join(bundle.path, "agent");

const SECCOMP_IOCTL_NOTIF_RECV = 0xc050_2100;
const SECCOMP_IOCTL_NOTIF_SEND = 0xc018_2101;
const MSG_PEEK = 2;

/** Listens, takes one filter after the other, and answers every call that it is told of with an errno. */
class Agent implements Disposable {
  readonly #socket: FileDescriptor;
  readonly #filters: FileDescriptor[] = [];
  readonly states: Record<string, unknown>[] = [];
  /** Numbers of the calls. */
  readonly calls: number[] = [];

  constructor() {
    const type = value("SOCK_STREAM", "SOCK_CLOEXEC");
    this.#socket = new FileDescriptor(kernel, kernel.call("socket", value("AF_UNIX"), type, 0));
    const address = new Uint8Array(110);
    new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
    new TextEncoder().encodeInto(path, address.subarray(2));
    kernel.call("bind", this.#socket.number, address, address.length);
    kernel.call("listen", this.#socket.number, 8);
  }

  /** Serves until something else is done. */
  async during<Result>(action: Promise<Result>, errno: number): Promise<Result> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    action.then(end, end);
    while (!isOver) {
      while (waitReadable(kernel, this.#socket.number, 0)) this.#accept();
      for (const filter of this.#filters) {
        while (waitReadable(kernel, filter.number, 0) && this.#answer(filter.number, errno));
      }
      await Bun.sleep(1);
    }
    while (waitReadable(kernel, this.#socket.number, 0)) this.#accept();
    return await action;
  }

  #accept(): void {
    using connection = new FileDescriptor(
      kernel,
      kernel.call("accept4", this.#socket.number, null, null, value("SOCK_CLOEXEC")),
    );
    const buffer = new Uint8Array(4096);
    const { number } = connection;
    const length = kernel.call("recvfrom", number, buffer, buffer.length, MSG_PEEK, null, null);
    this.states.push(JSON.parse(new TextDecoder().decode(buffer.subarray(0, length))));
    const filter = receiveDescriptor(kernel, number);
    if (filter !== undefined) this.#filters.push(filter);
  }

  /** Tells whether there was a call to answer; a filter that nobody has any more is readable, too. */
  #answer(filter: number, errno: number): boolean {
    // struct seccomp_notif: u64 id, u32 pid, u32 flags, then struct seccomp_data, which begins with the number
    const call = new Uint8Array(80);
    try {
      kernel.call("ioctl", filter, SECCOMP_IOCTL_NOTIF_RECV, call);
    } catch {
      return false;
    }
    const view = new DataView(call.buffer);
    this.calls.push(view.getInt32(16, true));
    // struct seccomp_notif_resp: u64 id, s64 value, s32 error, u32 flags
    const answer = new Uint8Array(24);
    const answerView = new DataView(answer.buffer);
    answerView.setBigUint64(0, view.getBigUint64(0, true), true);
    answerView.setInt32(16, -errno, true);
    kernel.call("ioctl", filter, SECCOMP_IOCTL_NOTIF_SEND, answer);
    return true;
  }

  [Symbol.dispose](): void {
    for (const filter of this.#filters) filter[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}

let agent: Agent;
beforeEach(() => {
  agent = new Agent();
});
afterEach(() => {
  agent[Symbol.dispose]();
  rmSync(path);
});

const profile: LinuxSeccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  listenerPath: path,
  listenerMetadata: "of the profile",
  syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY" }],
};

function config(
  script: string,
  seccomp: LinuxSeccomp,
  annotations?: Config["annotations"],
): Config {
  return bundle.config(script, (base) =>
    withLinux({ ...base, ...(annotations === undefined ? {} : { annotations }) }, { seccomp }),
  );
}

const ENOTEMPTY = 39;
const mkdirs = ["mkdir", "mkdirat"] as const;
const numbers = mkdirs
  .filter((name) => name !== "mkdir")
  .map((name) => syscallNumber(name, process.arch === "arm64" ? "arm64" : "x86-64"));

describe("an agent", () => {
  test("is told which container it is, and answers for the kernel", async () => {
    const made = config("mkdir /tmp/x", profile, { "org.example.key": "value" });
    const { status, stderr } = await agent.during(bundle.run(made), ENOTEMPTY);
    expect(stderr).toContain("Directory not empty");
    expect(status).toBe(1);
    expect(agent.calls).toHaveLength(1);
    const x8664 = 83;
    expect([...numbers, x8664]).toContain(agent.calls[0] ?? -1);
    expect(agent.states).toEqual([
      {
        ociVersion: expect.stringMatching(/^1\./),
        fds: ["seccompFd"],
        pid: expect.any(Number),
        metadata: "of the profile",
        state: {
          ociVersion: expect.stringMatching(/^1\./),
          id: expect.stringMatching(/^test-/),
          status: "creating",
          pid: expect.any(Number),
          bundle: bundle.bundle,
          annotations: { "org.example.key": "value" },
        },
      },
    ]);
  });

  test("gets a filter of each process that is executed", async () => {
    const container = await bundle.create(config("exec sleep 1000", profile));
    await container.start();
    const out = join(bundle.path, "exec.out");
    const output = openSync(out, "w");
    const executed = await agent.during(
      container.exec({
        process: { args: ["sh", "-c", "mkdir /tmp/x"], cwd: "/", env: ["PATH=/bin"] },
        stdio: { stderr: output },
      }),
      ENOTEMPTY,
    );
    await agent.during(executed.exited, ENOTEMPTY);
    closeSync(output);
    expect(readFileSync(out, "utf8")).toContain("Directory not empty");
    expect(agent.states.map(({ pid }) => pid)).toEqual([container.pid, executed.pid]);
    expect(agent.states[1]).toMatchObject({ state: { status: "running", pid: container.pid } });
    await container.delete({ force: true });
  });

  test("can be named by crun's annotation", async () => {
    const { listenerPath: _, listenerMetadata: __, ...others } = profile;
    const made = config("mkdir /tmp/x", others, { "run.oci.seccomp.receiver": path });
    expect((await agent.during(bundle.run(made), ENOTEMPTY)).status).toBe(1);
    expect(agent.calls).toHaveLength(1);
  });

  test("is not asked when no call is to be notified of", async () => {
    const { syscalls: _, ...others } = profile;
    const { status } = await bundle.run(config("true", others));
    expect(status).toBe(0);
    expect(await agent.during(Promise.resolve(agent.states), 0)).toEqual([]);
  });

  test("must listen", async () => {
    const made = config("true", { ...profile, listenerPath: "/nonexistent" });
    await expect(bundle.create(made)).rejects.toThrow("(/linux/seccomp/listenerPath)");
  });

  test("cannot be asked about write(2), with which we speak of it ourselves", async () => {
    const made = config("true", {
      ...profile,
      syscalls: [{ names: ["write"], action: "SCMP_ACT_NOTIFY" }],
    });
    await expect(bundle.create(made)).rejects.toThrow("/linux/seccomp");
  });
});

test("run.oci.keep_original_groups leaves the groups as they are", async () => {
  const made = bundle.config("id -G; grep Groups /proc/self/status", (base) => ({
    ...base,
    annotations: { "run.oci.keep_original_groups": "1" },
    process: { ...base.process, cwd: "/", user: { uid: 0, gid: 0, additionalGids: [5, 6] } },
  }));
  const own = /^Groups:\t(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  expect(/^Groups:\t(.*)$/m.exec((await bundle.run(made)).stdout)?.[1]).toBe(own ?? "");
});

test("run.oci.seccomp_bpf_data is the filter, whatever the profile says", async () => {
  const raw = compileSeccomp(
    {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: mkdirs, action: "SCMP_ACT_ERRNO", errnoRet: ENOTEMPTY }],
    },
    nativeArchitecture(),
  );
  const made = config(
    "mkdir /tmp/x; sync && echo synced",
    { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["sync"], action: "SCMP_ACT_ERRNO" }] },
    { "run.oci.seccomp_bpf_data": raw.toBase64() },
  );
  const { stdout, stderr } = await bundle.run(made);
  expect(stderr).toContain("Directory not empty");
  expect(stdout).toBe("synced\n");
});
