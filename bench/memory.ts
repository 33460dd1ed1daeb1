/**
 * Memory of one shim, and of each of twenty, at work and asleep: private and proportional, from smaps_rollup, in kilobytes as the
 * kernel says it. A shim is at work until nothing has happened to it for five seconds.
 *
 * @module
 */

import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient } from "@ctr/daemon/client";
import { startDaemon } from "./daemon.ts";
import { makeFixture } from "./fixture.ts";
import { header, row } from "./statistics.ts";

/** Measures and returns the table. */
export async function benchMemory(dist: string): Promise<string> {
  await using fixture = await makeFixture();
  await using daemon = await startDaemon(dist, fixture);
  const client = createClient({ socketPath: daemon.socketPath });
  const bundle = await fixture.bundle(
    "sleep",
    [join(dist, "bunc"), "spec"],
    ["/bin/sleep", "1000"],
  );
  const ids = Array.from({ length: 20 }, (_, index) => `ctr-bench-m${index}`);
  const lines: string[] = [];
  try {
    for (const [index, id] of ids.entries()) {
      await client.createContainer({ id, bundle, start: true });
      if (index === 0) lines.push(...measure("1 shim at work", [id], fixture.state));
    }
    await wake(client, ids);
    lines.push(...measure("each of 20 shims at work", ids, fixture.state));
    await untilAsleep(ids, fixture.state);
    lines.push(...measure("each of 20 shims asleep", ids, fixture.state));
  } finally {
    for (const id of ids) await client.deleteContainer(id, { force: true }).catch(() => undefined);
  }
  return [header, ...lines].join("\n");
}

/** Has every shim do something: ask for the figures of its container. */
async function wake(client: Client, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => client.containerStats(id)));
}

async function untilAsleep(ids: readonly string[], folder: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  const isAsleep = (id: string): boolean =>
    readlinkSync(`/proc/${shimOf(id, folder)}/exe`).startsWith("/memfd:");
  while (!ids.every(isAsleep)) {
    if (performance.now() > deadline) throw new Error("The shims do not fall asleep");
    await Bun.sleep(100);
  }
}

/** Pid of the shim of a container: the parent of its first process. */
function shimOf(id: string, folder: string): string {
  const pid = readFileSync(join(folder, "run", id, "init/pid"), "utf8").trim();
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.replace(/^.*\) . /, "").split(" ")[0] ?? "";
}

function measure(what: string, ids: readonly string[], folder: string): string[] {
  const shims = ids.map((id) => readFileSync(`/proc/${shimOf(id, folder)}/smaps_rollup`, "utf8"));
  const megabytes = (rollup: string, ...fields: string[]): number =>
    fields.reduce(
      (sum, field) =>
        sum + Number(rollup.match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1] ?? Number.NaN),
      0,
    ) / 1024;
  return [
    row(
      `${what}: private`,
      shims.map((shim) => megabytes(shim, "Private_Clean", "Private_Dirty")),
      "MB",
    ),
    row(
      `${what}: proportional`,
      shims.map((shim) => megabytes(shim, "Pss")),
      "MB",
    ),
  ];
}
