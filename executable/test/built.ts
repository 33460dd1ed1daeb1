import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The executables of the sources as they stand, in a folder that goes away with it. */
export interface Built extends AsyncDisposable {
  /** The folder with `ctr`, `ctrd`, `ctr-shim` and `bunc`. */
  readonly folder: string;
}

/** Builds the multi-call executable into a folder of its own: tests never meet a stale one. */
export async function build(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-test-built-"));
  const child = Bun.spawn(["bun", join(import.meta.dir, "..", "build.ts"), "--outdir", folder], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`Cannot build the executable: ${out}${err}`);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
