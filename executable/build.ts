/**
 * Builds `dist/ctr`, the one multi-call executable, with `ctrd`, `ctr-shim` and `bunc` as links to it.
 *
 *   bun executable/build.ts [--outdir DIR] [--no-profile]
 *
 * @module
 */

import { mkdir, rm, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { outdir: { type: "string", default: join(import.meta.dir, "..", "dist") } },
});
const outdir = resolve(values.outdir);
const outfile = join(outdir, "ctr");

await mkdir(outdir, { recursive: true });
const started = performance.now();
// Of a tree without git, such as a release's archive, nobody knows it.
const commit = Bun.spawnSync(["git", "describe", "--always", "--dirty", "--exclude=*"], {
  cwd: import.meta.dir,
  stderr: "ignore",
});
const result = await Bun.build({
  entrypoints: [join(import.meta.dir, "main.ts")],
  target: "bun",
  format: "esm",
  minify: true,
  // What a program does not import is not loaded: less memory in each shim, and a faster start.
  splitting: true,
  bytecode: true,
  sourcemap: "none",
  define: commit.success ? { CTR_COMMIT: JSON.stringify(commit.stdout.toString().trim()) } : {},
  compile: {
    outfile,
    // A program that root starts in a directory of somebody else's must not read that directory's settings:
    // bunfig.toml can name a preload, .env sets variables.
    autoloadBunfig: false,
    autoloadDotenv: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
    // Nearly all that these programs run, they run once: compiling it to machine code would take longer than it saves.
    // What lives longer changes this once it is up (main.ts).
    jitPolicy: 1000,
    // With this a preload that BUN_OPTIONS names is refused.
    execArgv: ["--disallow-code-generation-from-strings=strict", "--no-addons"],
  },
});
if (!result.success) {
  for (const message of result.logs) process.stderr.write(`${message}\n`);
  process.exit(1);
}
for (const name of ["ctrd", "ctr-shim", "bunc"]) {
  await rm(join(outdir, name), { force: true });
  await symlink("ctr", join(outdir, name));
}
const bytes = Bun.file(outfile).size;
process.stdout.write(
  `built ${outfile} (${(bytes / 1e6).toFixed(1)} MB) in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
);
