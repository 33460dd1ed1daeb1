import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with a root filesystem of busybox and bundles that share it; goes away with it. */
export interface Fixture extends AsyncDisposable {
  readonly folder: string;
  /** A folder in memory, as /run is as a rule: for the state of runtimes and daemons. */
  readonly state: string;
  readonly rootfs: string;
  /** Makes a bundle whose config.json the given runtime wrote by its `spec` command, without a terminal. */
  bundle(
    name: string,
    spec: readonly string[],
    args: readonly string[],
    terminal?: boolean,
  ): Promise<string>;
}

/** Makes a {@linkcode Fixture}; needs the Debian package busybox-static. */
export async function makeFixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-bench-"));
  const state = await mkdtemp("/dev/shm/ctr-bench-");
  const rootfs = join(folder, "rootfs");
  for (const directory of ["bin", "dev", "etc", "proc", "sys", "tmp"])
    await mkdir(join(rootfs, directory), { recursive: true });
  await copyFile("/bin/busybox", join(rootfs, "bin/busybox"));
  for (const applet of ["true", "sh", "sleep", "cat"])
    await symlink("busybox", join(rootfs, "bin", applet));

  const bundle: Fixture["bundle"] = async (name, spec, args, terminal = false) => {
    const path = join(folder, name);
    await mkdir(path);
    const child = Bun.spawn([...spec], { cwd: path, stdout: "ignore", stderr: "inherit" });
    if ((await child.exited) !== 0)
      throw new Error(`Cannot write a configuration with "${spec.join(" ")}"`);
    const file = Bun.file(join(path, "config.json"));
    const config = await file.json();
    config.process.terminal = terminal;
    config.process.args = args;
    config.root.path = rootfs;
    await Bun.write(file, JSON.stringify(config));
    return path;
  };
  return {
    folder,
    state,
    rootfs,
    bundle,
    [Symbol.asyncDispose]: async () => {
      for (const path of [folder, state]) await rm(path, { recursive: true, force: true });
    },
  };
}
