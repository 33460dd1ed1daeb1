import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The executables of the sources as they stand, in a folder that goes away with it. */
export interface Built extends AsyncDisposable {
  /** The folder with `ctr`, `ctrd`, `ctr-shim` and `bunc`. */
  readonly folder: string;
}

/** Builds the executables: the examples never meet stale ones. */
export async function build(repository: string): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-docs-built-"));
  const script = join(repository, "executable", "build.ts");
  const child = Bun.spawn([process.execPath, script, "--outdir", folder], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const complaint = await child.stderr.text();
  if ((await child.exited) !== 0) {
    await rm(folder, { recursive: true });
    throw new Error(`Cannot build the executables: ${complaint}`);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
