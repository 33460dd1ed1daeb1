/**
 * Memory of one shim, and of each of twenty: private and proportional, from smaps_rollup, in kilobytes as the kernel says it.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@ctr/daemon/client";
import { startDaemon } from "./daemon.ts";
import { makeFixture } from "./fixture.ts";
import { header, row } from "./statistics.ts";

/** Measures and returns the table. */
export async function benchMemory(dist: string): Promise<string> {
  await using fixture = await makeFixture();
  await using daemon = await startDaemon(dist, fixture.folder);
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
      if (index === 0) lines.push(...measure("1 shim", [id], fixture.folder));
    }
    lines.push(...measure("each of 20 shims", ids, fixture.folder));
  } finally {
    for (const id of ids) await client.deleteContainer(id, { force: true }).catch(() => undefined);
  }
  return [header, ...lines].join("\n");
}

function measure(what: string, ids: readonly string[], folder: string): string[] {
  const shims = ids.map((id) => {
    const pid = readFileSync(join(folder, "run", id, "init/pid"), "utf8").trim();
    const parent = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) . /, "")
      .split(" ")[0];
    return readFileSync(`/proc/${parent}/smaps_rollup`, "utf8");
  });
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
