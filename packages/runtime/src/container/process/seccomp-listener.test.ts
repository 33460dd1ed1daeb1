import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, ociVersion, type State } from "@ctr/spec";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { FileDescriptor } from "../../kernel/fd.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import { passListener } from "./seccomp-listener.ts";

const kernel = linuxKernel();
const state: State = { ociVersion, id: "web", status: "creating", pid: 42, bundle: "/bundle" };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "listener-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function configFor(listenerPath: string, listenerMetadata?: string): Config {
  const metadata = listenerMetadata === undefined ? {} : { listenerMetadata };
  return {
    ociVersion,
    linux: { seccomp: { defaultAction: "SCMP_ACT_NOTIFY", listenerPath, ...metadata } },
  };
}

/** Sends a descriptor of this process as if it were that of a filter; returns what the agent gets. */
async function pass(listenerMetadata?: string): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const unix = join(directory, "agent");
  const agent = Bun.listen({ unix, socket: { data: (_, chunk) => resolve(chunk.toString()) } });
  using pidfd = new FileDescriptor(kernel, kernel.call("pidfd_open", process.pid, 0));
  try {
    const init = { pid: 42, pidfd: pidfd.number };
    passListener(kernel, configFor(unix, listenerMetadata), init, 0, state);
    return JSON.parse(await promise);
  } finally {
    agent.stop(true);
  }
}

describe("passListener()", () => {
  test("sends the state of the process beside the descriptor", async () => {
    expect(await pass()).toEqual({ ociVersion, fds: ["seccompFd"], pid: 42, state });
  });

  test("sends listenerMetadata as it is", async () => {
    expect(await pass("a=b")).toMatchObject({ metadata: "a=b" });
  });

  test("says that nobody listens at listenerPath, and leaves nothing open", () => {
    using pidfd = new FileDescriptor(kernel, kernel.call("pidfd_open", process.pid, 0));
    const before = openDescriptors();
    const config = configFor(join(directory, "nobody"));

    expect(() => passListener(kernel, config, { pid: 42, pidfd: pidfd.number }, 0, state)).toThrow(
      expect.objectContaining({
        code: "ERR_SECCOMP_LISTENER",
        kind: "unavailable",
        pointer: "/linux/seccomp/listenerPath",
        message: expect.stringContaining("failed to connect with seccomp agent"),
      }),
    );
    expect(openedSince(before)).toEqual([]);
  });
});
