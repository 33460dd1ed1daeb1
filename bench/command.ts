/**
 * Whole processes: `run` of /bin/true by bunc, crun and runc, each with the configuration that its own `spec` writes, in
 * one root filesystem. The three take turns, and the order is reversed every round.
 *
 * @module
 */

import { join } from "node:path";
import { makeFixture } from "./fixture.ts";
import { header, row, summarize } from "./statistics.ts";

/** One contender: its command and how long each run took, in milliseconds. */
interface Run {
  readonly name: string;
  readonly command: readonly string[];
  readonly sample: number[];
}

/** Measures and returns the table. */
export async function benchCommand(dist: string, rounds: number): Promise<string> {
  await using fixture = await makeFixture();
  const runs: Run[] = [];
  for (const name of ["bunc", "crun", "runc"]) {
    const program = name === "bunc" ? join(dist, name) : Bun.which(name);
    if (program === null) continue;
    const bundle = await fixture.bundle(name, [program, "spec"], ["/bin/true"]);
    const root = join(fixture.state, name);
    const command = [program, "--root", root, "run", "--bundle", bundle, `ctr-bench-${name}`];
    if (runOnce(command) >= 0) runs.push({ name, command, sample: [] });
    else process.stderr.write(`${name} cannot run here: it is left out\n`);
  }
  takeTurns(runs, rounds);
  return [header, ...runs.map((run) => compare(run, runs))].join("\n");
}

function takeTurns(runs: readonly Run[], rounds: number): void {
  for (let round = -3; round < rounds; round++) {
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) {
      const elapsed = runOnce(run.command);
      if (elapsed < 0)
        throw new Error(`${run.command.join(" ")} failed in the middle of the measurement`);
      if (round >= 0) run.sample.push(elapsed);
    }
  }
}

function compare({ name, sample }: Run, runs: readonly Run[]): string {
  const ours = runs.find((run) => run.name === "bunc");
  const ratio =
    ours === undefined || name === "bunc"
      ? ""
      : `bunc / ${name} = ${(summarize(ours.sample).median / summarize(sample).median).toFixed(2)}`;
  return row(`\`${name} run\` of /bin/true`, sample, "ms", ratio);
}

/** Milliseconds from spawn to exit, or -1 when the command failed. */
function runOnce(command: readonly string[]): number {
  const started = performance.now();
  const { exitCode } = Bun.spawnSync([...command], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return exitCode === 0 ? performance.now() - started : -1;
}
