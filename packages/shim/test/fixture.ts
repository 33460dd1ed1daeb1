import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, defaultConfig } from "@ctr/spec";
import { type ShimClient, type StartShimOptions, startShim } from "../src/client.ts";
import type { InitDocument } from "../src/protocol.ts";

const applets = [
  "cat",
  "dd",
  "echo",
  "env",
  "grep",
  "head",
  "kill",
  "ls",
  "pwd",
  "sh",
  "sleep",
  "stty",
  "tr",
  "trap",
  "true",
  "yes",
];

/** What differs from the default container of the tests. */
interface ContainerOptions {
  readonly args: readonly string[];
  readonly process?: InitDocument;
  /** Changes the bundle's configuration. */
  readonly configure?: (config: Config) => Config;
  readonly terminal?: boolean;
}

/** A container that a shim holds, and where its files are. */
interface TestContainer {
  readonly shim: ShimClient;
  readonly id: string;
  /** The container's directory. */
  readonly directory: string;
  /** Reads a file of a process' directory. */
  file(name: string, processId?: string): string;
  /** What a shim is started with. */
  readonly options: StartShimOptions;
}

/** A folder with a root filesystem of busybox, bundles and containers; everything goes away with it. */
export interface Fixture extends AsyncDisposable {
  readonly folder: string;
  readonly runtime: string;
  /** Makes a bundle and what a shim needs to hold it. */
  options(options: ContainerOptions): Promise<StartShimOptions>;
  /** Creates a container. */
  create(options: ContainerOptions): Promise<TestContainer>;
  /** Creates a container and starts it. */
  start(options: ContainerOptions): Promise<TestContainer>;
  /** The container, as the runtime knows it; `undefined` when it does not. */
  runtimeState(id: string): Promise<string | undefined>;
}

let number = 0;

/** Makes a {@linkcode Fixture} for one of `bunc`, `runc` and `crun`; needs the Debian package busybox-static. */
export async function makeFixture(runtimeName: string): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-test-shim-"));
  const rootfs = await makeRootfs(folder);
  const { runtime, runtimeArgs } = await findRuntime(runtimeName, folder);
  const shims: ShimClient[] = [];

  const options: Fixture["options"] = async ({ args, process, configure, terminal = false }) => {
    const id = `ctr-test-${globalThis.process.pid}-${++number}`;
    const bundle = join(folder, "bundles", id);
    await mkdir(bundle, { recursive: true });
    const base = defaultConfig();
    if (base.process === undefined) throw new Error("The default configuration has a process");
    const config = {
      ...base,
      // crun 1.8 refuses what is newer than it.
      ociVersion: "1.0.2",
      root: { path: rootfs, readonly: true },
      process: { ...base.process, terminal, args: [...args] },
    };
    await writeFile(
      join(bundle, "config.json"),
      JSON.stringify((configure ?? ((same) => same))(config)),
    );
    return {
      id,
      bundle,
      runtime,
      directory: join(folder, "run", id),
      process: { runtimeArgs, ...restless(), ...process },
    };
  };
  const create: Fixture["create"] = async (wanted) => {
    const started = await options(wanted);
    const shim = await startShim(started);
    shims.push(shim);
    const file = (name: string, processId = "init"): string =>
      readFileSync(join(started.directory, processId, name), "utf8");
    return { shim, id: started.id, directory: started.directory, file, options: started };
  };
  return {
    folder,
    runtime,
    options,
    create,
    start: async (wanted) => {
      const container = await create(wanted);
      await container.shim.start();
      return container;
    },
    runtimeState: async (id) => {
      const program = runtime === "bunc" ? await buncCommand() : [runtime];
      const child = Bun.spawn([...program, ...runtimeArgs, "state", id], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      });
      const text = await child.stdout.text();
      return (await child.exited) === 0 ? text : undefined;
    },
    [Symbol.asyncDispose]: async () => {
      for (const shim of shims) await shim.delete({ force: true }).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** With CTR_TEST_SLEEP_MS all shims of the tests sleep as soon as nothing happens for so long. */
function restless(): Pick<InitDocument, "sleepAfterMs"> {
  const ms = process.env["CTR_TEST_SLEEP_MS"];
  return ms === undefined ? {} : { sleepAfterMs: Number(ms) };
}

async function makeRootfs(folder: string): Promise<string> {
  const rootfs = join(folder, "rootfs");
  for (const directory of ["bin", "dev", "etc", "proc", "sys", "tmp"]) {
    await mkdir(join(rootfs, directory), { recursive: true });
  }
  await copyFile("/bin/busybox", join(rootfs, "bin/busybox"));
  for (const applet of applets) await symlink("busybox", join(rootfs, "bin", applet));
  return rootfs;
}

async function buncCommand(): Promise<readonly string[]> {
  const manifest = Bun.fileURLToPath(import.meta.resolve("@ctr/runtime/package.json"));
  const { bin } = await Bun.file(manifest).json();
  return [process.execPath, join(manifest, "..", bin.bunc)];
}

/**
 * Each fixture has a runtime with a state directory of its own. crun 1.8 refuses the hybrid layout of cgroups: it is called
 * in a mount namespace in which there is version 1 alone.
 */
async function findRuntime(
  name: string,
  folder: string,
): Promise<{ readonly runtime: string; readonly runtimeArgs: readonly string[] }> {
  const runtimeArgs = ["--root", join(folder, "state")];
  if (name === "bunc") return { runtime: name, runtimeArgs };
  const path = Bun.which(name);
  if (path === null) throw new Error(`Cannot find ${name}: install the Debian package ${name}`);
  if (name !== "crun" || !existsSync("/sys/fs/cgroup/unified"))
    return { runtime: path, runtimeArgs };
  const wrapper = join(folder, "crun");
  const script = `umount /sys/fs/cgroup/unified && exec ${path} "$@"`;
  await writeFile(wrapper, `#!/bin/sh\nexec unshare --mount sh -c '${script}' crun "$@"\n`);
  await chmod(wrapper, 0o755);
  return { runtime: wrapper, runtimeArgs };
}

/** Pids of the processes that match, by their command lines. */
export function processesWith(text: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => commandLine(Number(name)).includes(text))
    .map(Number);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** A field of /proc/PID/stat by its number in proc_pid_stat(5), from 3 on; `undefined` when there is no such process. */
export function processField(pid: number, field: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[field - 3];
  } catch {
    return undefined;
  }
}

/** Collects what an attached client gets. */
export async function collect(
  output: ReadableStream<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const texts = { stdout: "", stderr: "" };
  for await (const { stream, data } of output) {
    texts[stream] += decoders[stream].decode(data, { stream: true });
  }
  return texts;
}
