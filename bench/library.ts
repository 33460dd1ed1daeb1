/**
 * The library in one warm process: `run()` of /bin/true, from the call to the reaped exit, one after the other.
 *
 * @module
 */

import { join } from "node:path";
import { run } from "@ctr/runtime";
import { makeFixture } from "./fixture.ts";
import { header, row } from "./statistics.ts";

/** Measures and returns the table. */
export async function benchLibrary(dist: string, runs: number): Promise<string> {
  await using fixture = await makeFixture();
  const bundle = await fixture.bundle("library", [join(dist, "bunc"), "spec"], ["/bin/true"]);
  const root = join(fixture.state, "bunc");
  const sample: number[] = [];
  for (let index = -20; index < runs; index++) {
    const started = performance.now();
    {
      await using container = await run({ bundle, root });
      const { status } = await container.exited;
      if (status !== 0) throw new Error(`/bin/true ended with ${status}`);
    }
    if (index >= 0) sample.push(performance.now() - started);
  }
  return [
    header,
    row("`run()` of /bin/true in one warm process, with its cgroup, until deleted", sample, "ms"),
  ].join("\n");
}
