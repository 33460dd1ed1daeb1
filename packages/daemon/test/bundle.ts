import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Config, defaultConfig } from "@ctr/spec";

const applets = [
  "sh",
  "cat",
  "echo",
  "env",
  "id",
  "ls",
  "ps",
  "sleep",
  "stty",
  "true",
  "false",
  "kill",
  "seq",
];

/** Makes a root filesystem of busybox, which bundles share; needs the Debian package busybox-static. */
export async function makeRootfs(path: string): Promise<void> {
  for (const directory of ["bin", "dev", "etc", "proc", "sys", "tmp"]) {
    await mkdir(join(path, directory), { recursive: true });
  }
  await copyFile("/bin/busybox", join(path, "bin/busybox"));
  for (const applet of applets) await symlink("busybox", join(path, "bin", applet));
}

/** Makes a bundle whose first process runs a command of the shell, or has other settings too. */
export async function makeBundle(
  path: string,
  rootfs: string,
  args: readonly string[],
  change: (config: Config) => Config = (config) => config,
): Promise<string> {
  const config = defaultConfig();
  const { process } = config;
  if (process === undefined) throw new Error("The default configuration has no process");
  await mkdir(path);
  await writeFile(
    join(path, "config.json"),
    JSON.stringify(
      change({
        ...config,
        // The oldest that every runtime of version 1 takes.
        ociVersion: "1.0.2",
        process: { ...process, terminal: false, args },
        root: { path: rootfs, readonly: true },
      }),
    ),
  );
  return path;
}
