/**
 * Checking and validating what `runc spec` writes, by @ctr/spec: warm in one process, and what it adds to the start
 * of a compiled executable. Run alone: `bun bench/spec.ts`.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig, defaultConfig, validateConfig } from "@ctr/spec";
import { findProblems } from "@ctr/spec/schema";
import { header, row, summarize } from "./statistics.ts";

/**
 * Upper limits in milliseconds: of the median of the warm case, and of the processor time that is added to a start.
 * Processor time, since a start waits for whatever else the machine does; it counts the compiler's threads, too.
 */
export const specLimits = { warm: 0.3, cold: 1.5 } as const;

const text = JSON.stringify(defaultConfig(), undefined, "\t");

/** Measures and returns the tables. */
export async function benchSpec(rounds: number): Promise<string> {
  const { rows, figures } = await measure(rounds);
  const verdicts = Object.entries(specLimits).map(([name, limit]) => {
    const figure = figures[name as keyof typeof specLimits];
    return `${name}: ${figure.toFixed(3)} ms, allowed ${limit} ms${figure > limit ? ": TOO SLOW" : ""}`;
  });
  return [header, ...rows, "", ...verdicts].join("\n");
}

interface Measured {
  readonly rows: readonly string[];
  readonly figures: Readonly<Record<keyof typeof specLimits, number>>;
}

async function measure(rounds: number): Promise<Measured> {
  const warm = {
    "`JSON.parse`": () => JSON.parse(text),
    "`JSON.parse`, `checkConfig()`": () => checkConfig(JSON.parse(text)),
    "`JSON.parse`, `validateConfig()`, which checks too": () => validateConfig(JSON.parse(text)),
    "`JSON.parse`, zod's `configSchema`": () => findProblems(JSON.parse(text)),
  };
  const samples = Object.entries(warm).map(([name, action]) => [name, repeat(action)] as const);
  const cold = await benchStarts(rounds);
  const median = (name: string, all: readonly (readonly [string, readonly number[]])[]): number =>
    summarize(all.find(([known]) => known === name)?.[1] ?? []).median;
  const empty = cold.find(([name]) => name === "empty")?.[1] ?? [];
  return {
    rows: [
      ...samples.map(([name, sample]) => row(`${name}, warm`, sample, "ms")),
      ...cold.map(([name, sample]) =>
        row(
          `processor time of an executable: ${name}`,
          sample,
          "ms",
          `${added(sample, empty).toFixed(2)} ms more, ${share(sample, empty)}`,
        ),
      ),
    ],
    figures: {
      warm: median("`JSON.parse`, `validateConfig()`, which checks too", samples),
      cold: added(cold.find(([name]) => name === "check and validate")?.[1] ?? [], empty),
    },
  };
}

/**
 * How much longer the program takes than the empty one, both undisturbed: at the tenth percentile, since
 * what else a machine does only ever makes a start longer.
 */
function added(sample: readonly number[], empty: readonly number[]): number {
  return summarize(sample).p10 - summarize(empty).p10;
}

/** As {@linkcode added}, in relation to the empty program: the same on slow and busy machines. */
function share(sample: readonly number[], empty: readonly number[]): string {
  return `${((added(sample, empty) / summarize(empty).p10) * 100).toFixed(0)} %`;
}

/** Milliseconds of each of many runs, in batches that the clock can tell apart. */
function repeat(action: () => unknown): readonly number[] {
  const batch = 50;
  const sample: number[] = [];
  for (let index = -40; index < 60; index++) {
    const started = performance.now();
    for (let run = 0; run < batch; run++) action();
    if (index >= 0) sample.push((performance.now() - started) / batch);
  }
  return sample;
}

/** Programs that differ in what they do with the configuration only. */
const programs = {
  empty: "if (JSON.parse(text).ociVersion === undefined) process.exitCode = 1;",
  "types and constants": `import { capabilityNames, type Config, linuxMountOptions } from "@ctr/spec/constants";
    const config: Config = JSON.parse(text);
    if (!("ro" in linuxMountOptions) || capabilityNames.length < 9 || !config.ociVersion) process.exitCode = 1;`,
  check: `import { checkConfig } from "@ctr/spec";
    if (checkConfig(JSON.parse(text)).ociVersion === undefined) process.exitCode = 1;`,
  "check and validate": `import { validateConfig } from "@ctr/spec";
    if (validateConfig(JSON.parse(text)).length > 0) process.exitCode = 1;`,
} as const;

/**
 * Milliseconds of processor time of whole runs of each program; they take turns, in reverse order every other round.
 */
async function benchStarts(
  rounds: number,
): Promise<readonly (readonly [name: string, sample: readonly number[]])[]> {
  const folder = await mkdtemp(join(import.meta.dir, "spec-"));
  const executables = await mkdtemp(join(tmpdir(), "ctr-bench-"));
  try {
    const runs: (readonly [string, string, number[]])[] = [];
    for (const [index, [name, code]] of Object.entries(programs).entries()) {
      const source = join(folder, `program-${index}.ts`);
      await Bun.write(source, `const text = ${JSON.stringify(text)};\n${code}\nexport {};\n`);
      runs.push([name, await compile(source, join(executables, `program-${index}`)), []]);
    }
    for (let round = -5; round < rounds; round++) {
      for (const [name, file, sample] of round % 2 === 0 ? runs : runs.toReversed()) {
        const { exitCode, resourceUsage } = Bun.spawnSync([file], { env: {} });
        if (exitCode !== 0) throw new Error(`The program "${name}" found a problem`);
        if (round >= 0) sample.push(Number(resourceUsage.cpuTime.total) / 1000);
      }
    }
    return runs.map(([name, , sample]) => [name, sample]);
  } finally {
    await rm(folder, { recursive: true });
    await rm(executables, { recursive: true });
  }
}

/** Makes an executable as `dist/ctr` is made, and returns its path. */
async function compile(source: string, outfile: string): Promise<string> {
  const result = await Bun.build({
    entrypoints: [source],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    // As executable/build.ts does.
    compile: { outfile, jitPolicy: 1000, autoloadBunfig: false, autoloadDotenv: false },
  });
  if (!result.success) throw new Error(`Cannot compile ${source}: ${result.logs.join("\n")}`);
  return outfile;
}

if (import.meta.main) {
  process.stdout.write(`${await benchSpec(400)}\n`);
}
