/**
 * Runs one configuration under us and under runc, each in a root filesystem of its own, and tells what was seen inside and
 * what was left in the root filesystem.
 *
 * @module
 */

import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Config, State } from "@ctr/spec";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { deviceNodes, probe, probePath, sectionsOf, withProbe } from "./differential-probe.ts";
import { type Outcome, outcomeOf, type TestBundle, withLinux } from "./test-bundle.ts";

/** What came of a configuration. */
export interface Seen {
  /** What the runtime said when it could not run the container. */
  readonly refused?: string;
  readonly status: number;
  readonly sections: Readonly<Record<string, readonly string[]>>;
  /** Every file of the root filesystem but its programs: type, mode, owner, path. */
  readonly left: readonly string[];
  /** What the hooks wrote, in their order. */
  readonly hooks: readonly string[];
}

/** Stands for the bundle's directory in a configuration. */
export const bundlePlace = "@bundle";

const programs = ["sh", "tail", "ls", "cp", "unshare", "hostname", "cat", "stty"];

/** What the names in this process's /proc/self/ns point to. */
export const hostNamespaces: ReadonlySet<string> = new Set(
  readdirSync("/proc/self/ns").map((name) => readlinkSync(`/proc/self/ns/${name}`)),
);

/**
 * What `runc spec` writes, with the probe as its program: on version 2 it has a cgroup namespace, without which runc shows
 * the cgroups of the whole host.
 */
export function baseConfig(bundle: TestBundle): Config {
  const config = withProbe(bundle.config(""));
  if (detectCgroupLayout(linuxKernel()).mode !== "v2") return config;
  return withLinux(config, {
    namespaces: [...(config.linux?.namespaces ?? []), { type: "cgroup" }],
  });
}

/** Runs a configuration under both at a time. */
export async function seenByBoth(
  bundle: TestBundle,
  config: Config,
): Promise<{ readonly bunc: Seen; readonly runc: Seen }> {
  const [bunc, runc] = await Promise.all([
    seen(bundle, config, config.process?.terminal === true ? buncCommand : undefined),
    seen(bundle, config, ["runc"]),
  ]);
  return { bunc, runc };
}

/** @param command the runtime's command line; ours is used as a library when there is none */
async function seen(
  bundle: TestBundle,
  template: Config,
  command: readonly string[] | undefined,
): Promise<Seen> {
  const directory = makeBundle(bundle);
  try {
    const text = JSON.stringify(template).replaceAll(bundlePlace, directory);
    const config: Config = JSON.parse(text);
    writeFileSync(join(directory, "config.json"), text);
    const { status, stdout, stderr } =
      command === undefined
        ? await bundle.run(config, { bundle: directory }).catch(failed)
        : await runCommand(bundle, command, directory, config.process?.terminal === true);
    // In mountinfo, its path in its file system, which may be one at /tmp.
    const below = `/${basename(bundle.path)}/${basename(directory)}`;
    const plain = (line: string): string =>
      line
        .replaceAll(directory, bundlePlace)
        .replaceAll(below, bundlePlace)
        .replaceAll(/test-[0-9a-f-]{13}/g, "ID");
    const sections = Object.fromEntries(
      Object.entries(sectionsOf(stdout, hostNamespaces)).map(([name, lines]) => [
        name,
        lines.map(plain),
      ]),
    );
    const log = join(directory, "hooks");
    // A program that a filter kills at once has printed nothing either, but ends otherwise.
    const wasRefused = !stdout.includes("== ") && (status === 1 || status === failedStatus);
    return {
      ...(wasRefused ? { refused: plain(`${stdout}${stderr}`) } : {}),
      status,
      sections,
      left: filesBelow(join(directory, "rootfs")),
      hooks: existsSync(log)
        ? readFileSync(log, "utf8").trimEnd().split("\n").map(stateOrWords).map(plain)
        : [],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A line that a hook wrote: the state that it read, in whatever order its fields come, or something else. */
function stateOrWords(line: string): string {
  if (!line.startsWith("{")) return line;
  const { ociVersion, pid, annotations, ...state }: State = JSON.parse(line);
  const rest = { ...state, pid: pid === undefined ? "none" : "some", version: typeof ociVersion };
  return [rest, annotations ?? {}]
    .flatMap((part) => Object.entries(part).map(([name, value]) => `${name}=${value}`))
    .toSorted()
    .join(" ");
}

/** In the place of a status, when there was nothing to end. */
const failedStatus = -1;

function failed(error: Error): Outcome {
  return { status: failedStatus, stdout: "", stderr: error.message };
}

/** A bundle whose root filesystem no other run has changed; its programs are links to one busybox. */
function makeBundle(bundle: TestBundle): string {
  const directory = mkdtempSync(join(bundle.path, "run-"));
  chmodSync(directory, 0o755);
  const rootfs = join(directory, "rootfs");
  for (const name of ["bin", "data", "dev", "etc", "home", "mnt", "proc", "root", "sys", "tmp"]) {
    mkdirSync(join(rootfs, name), { recursive: true });
  }
  mkdirSync(join(rootfs, "usr/share"), { recursive: true });
  chmodSync(join(rootfs, "tmp"), 0o1777);
  linkSync(join(bundle.rootfs, "bin/busybox"), join(rootfs, "bin/busybox"));
  for (const name of programs) symlinkSync("busybox", join(rootfs, "bin", name));
  symlinkSync("/usr/share", join(rootfs, "link"));
  writeFileSync(join(rootfs, probePath), probe);
  mkdirSync(join(rootfs, "image"));
  const image = imageOf(bundle);
  for (const name of readdirSync(image)) {
    linkSync(join(image, name), join(rootfs, "image", name));
  }
  mkdirSync(join(directory, "source/directory"), { recursive: true });
  writeFileSync(join(directory, "source/file"), "a file of the host\n");
  for (const name of ["passwd", "group", "motd"]) {
    writeFileSync(join(rootfs, "etc", name), readFileSync(join(bundle.rootfs, "etc", name)));
  }
  return directory;
}

/** A directory with a file of every kind and of every owner, made once, as making nodes takes a program. */
function imageOf(bundle: TestBundle): string {
  const image = join(bundle.path, "image");
  if (existsSync(image)) return image;
  mkdirSync(image);
  const busybox = (...words: readonly string[]): void => {
    const { exitCode, stderr } = Bun.spawnSync(["busybox", ...words], { cwd: image });
    if (exitCode !== 0) throw new Error(stderr.toString());
  };
  for (const [name, numbers] of Object.entries(deviceNodes)) {
    busybox("mknod", "-m", "666", name, ...numbers);
  }
  busybox("mkfifo", "fifo");
  symlinkSync("target", join(image, "symlink"));
  writeFileSync(join(image, "owned"), "");
  chownSync(join(image, "owned"), 1000, 5);
  writeFileSync(join(image, "set-user-id"), "");
  chmodSync(join(image, "set-user-id"), 0o4755);
  return image;
}

/** Runs it to its end in the foreground, on a terminal of ours when it wants one. */
async function runCommand(
  bundle: TestBundle,
  command: readonly string[],
  directory: string,
  hasTerminal: boolean,
): Promise<Outcome> {
  const root = join(bundle.path, `other-${command.length === 1 ? "runc" : "bunc"}`);
  const words = [...command, "--root", root, "run", "--bundle", directory, bundle.id()];
  if (!hasTerminal) return await outcomeOf(words);
  const decoder = new TextDecoder();
  let stdout = "";
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const child = Bun.spawn(words, {
    terminal: {
      cols: 100,
      rows: 40,
      data: (_, bytes) => {
        stdout += decoder.decode(bytes, { stream: true });
      },
      exit: () => resolve(),
    },
  });
  const status = await child.exited;
  await ended;
  child.terminal?.close();
  return { status, stdout, stderr: "" };
}

/** Describes what lies in a directory, but for its programs. */
function filesBelow(rootfs: string, below = ""): string[] {
  return readdirSync(join(rootfs, below))
    .toSorted()
    .flatMap((name) => {
      const path = join(below, name);
      if (path.startsWith("bin/")) return [];
      const status = lstatSync(join(rootfs, path));
      const { mode, uid, gid, rdev } = status;
      const inside = status.isDirectory() ? filesBelow(rootfs, path) : [];
      return [`${mode.toString(8)} ${uid}:${gid} ${rdev} ${path}`, ...inside];
    });
}
