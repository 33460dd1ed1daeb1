/**
 * Through the running daemon: from the request that creates and starts /bin/true to its exit, with pipes and with a terminal.
 *
 * @module
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@ctr/daemon/client";
import { type Fixture, makeFixture } from "./fixture.ts";
import { header, row } from "./statistics.ts";

/** A daemon of the benchmark's own: its containers are in `<state>/run`. */
export async function startDaemon(
  dist: string,
  { folder, state: memory }: Pick<Fixture, "folder" | "state">,
): Promise<AsyncDisposable & { readonly socketPath: string }> {
  const state = join(memory, "run");
  await mkdir(state, { mode: 0o700 });
  const log = Bun.file(join(folder, "ctrd.log"));
  const daemon = Bun.spawn(
    [join(dist, "ctrd"), "--state-dir", state, "--root", join(folder, "lib")],
    {
      cwd: folder,
      stdin: "ignore",
      stdout: log,
      stderr: log,
    },
  );
  const socketPath = join(state, "ctr.sock");
  const deadline = performance.now() + 10_000;
  while (!(await answers(socketPath))) {
    if (performance.now() > deadline) throw new Error(`ctrd does not answer: ${await log.text()}`);
    await Bun.sleep(5);
  }
  return {
    socketPath,
    [Symbol.asyncDispose]: async () => {
      daemon.kill();
      await daemon.exited;
    },
  };
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    return (await fetch("http://ctr/v1/health", { unix: socketPath })).ok;
  } catch {
    return false;
  }
}

/** Measures and returns the table. */
export async function benchDaemon(dist: string, runs: number): Promise<string> {
  await using fixture = await makeFixture();
  await using daemon = await startDaemon(dist, fixture);
  const client = createClient({ socketPath: daemon.socketPath });
  const lines: string[] = [];
  for (const name of ["pipes", "terminal"]) {
    const bundle = await fixture.bundle(
      name,
      [join(dist, "bunc"), "spec"],
      ["/bin/true"],
      name === "terminal",
    );
    for (const [how, pause] of [
      ["one after the other", async () => undefined],
      ["now and then", () => untilReady(client)],
    ] as const) {
      const sample: number[] = [];
      for (let index = -5; index < runs; index++) {
        await pause();
        const id = `ctr-bench-${name}-${how.replaceAll(" ", "-")}-${index + 5}`;
        const elapsed = await runOnce(client, id, bundle);
        if (index >= 0) sample.push(elapsed);
      }
      lines.push(row(`request to exited through ctrd, ${name}, ${how}`, sample, "ms"));
    }
  }
  return [header, ...lines].join("\n");
}

/** Waits until a shim waits, and nothing is left to do. */
async function untilReady(client: Client): Promise<void> {
  while ((await client.health()).spareShims === 0) await Bun.sleep(5);
  await Bun.sleep(pauseMs);
}

const pauseMs = 100;

async function runOnce(client: Client, id: string, bundle: string): Promise<number> {
  const started = performance.now();
  await client.createContainer({ id, bundle, start: true });
  const { status } = await client.waitContainer(id);
  const elapsed = performance.now() - started;
  if (status !== 0) throw new Error(`/bin/true ended with ${status}`);
  await client.deleteContainer(id);
  return elapsed;
}
