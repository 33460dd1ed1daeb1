/**
 * A bundle with busybox as its root filesystem, and what it takes to run it under us and under others.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, defaultConfig, type Process } from "@ctr/spec";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { type Container, type CreateOptions, create, load } from "../src/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";

/** What a program did. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, without input. */
export async function outcomeOf(
  command: readonly string[],
  directory = process.cwd(),
): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    cwd: directory,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { status, stdout, stderr };
}

/** How a configuration differs from that of `runc spec` without a terminal. */
export type Change = (config: Config) => Config;

/** A bundle that is removed with everything that was made of it. */
export class TestBundle implements AsyncDisposable {
  /** The directory; the bundle is `<path>/bundle`. */
  readonly path: string = mkdtempSync(join(tmpdir(), "ctr-test-bundle-"));
  readonly bundle: string = join(this.path, "bundle");
  readonly rootfs: string = join(this.bundle, "rootfs");
  /** The runtime's root. */
  readonly root: string = join(this.path, "state");

  constructor() {
    for (const name of ["bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr"]) {
      mkdirSync(join(this.rootfs, name), { recursive: true });
    }
    chmodSync(join(this.rootfs, "tmp"), 0o1777);
    const busybox = join(this.rootfs, "bin/busybox");
    copyFileSync(busyboxPath(), busybox);
    chmodSync(busybox, 0o755);
    for (const applet of applets()) {
      if (applet !== "busybox") symlinkSync("busybox", join(this.rootfs, "bin", applet));
    }
    writeFileSync(
      join(this.rootfs, "etc/passwd"),
      "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n",
    );
    writeFileSync(join(this.rootfs, "etc/group"), "root:x:0:\nada:x:1000:\n");
    writeFileSync(join(this.rootfs, "etc/motd"), "hello\n");
    chmodSync(this.path, 0o755);
  }

  /** Returns a configuration that runs a shell script. */
  config(script: string, change: Change = (config) => config): Config {
    return change(
      withProcess(defaultConfig(), { terminal: false, args: ["/bin/sh", "-c", script] }),
    );
  }

  /** An id that no other test uses. */
  id(): string {
    return `test-${randomUUID().slice(0, 13)}`;
  }

  /** Creates a container under the library; its output goes to `<path>/<id>.out` and `.err`. */
  async create(
    config: Config,
    options: Partial<CreateOptions> = {},
    id = this.id(),
  ): Promise<Container> {
    const files = ["out", "err"].map((name) => openSync(join(this.path, `${id}.${name}`), "a"));
    const stdin = openSync("/dev/null", "r");
    try {
      const [stdout = 1, stderr = 2] = files;
      return await create(id, {
        root: this.root,
        bundle: this.bundle,
        config,
        stdio: { stdin, stdout, stderr },
        ...options,
      });
    } finally {
      for (const file of [...files, stdin]) closeSync(file);
    }
  }

  /** What a container has written so far. */
  output(id: string, name: "out" | "err" = "out"): string {
    return readFileSync(join(this.path, `${id}.${name}`), "utf8");
  }

  /** Runs a configuration to its end, under the library. */
  async run(config: Config, options: Partial<CreateOptions> = {}): Promise<Outcome> {
    const container = await this.create(config, options);
    const master = container.takeConsole();
    try {
      const { exited } = container;
      await container.start();
      const { status } = await exited;
      const { id } = container;
      return { status, stdout: this.output(id), stderr: this.output(id, "err") };
    } finally {
      if (master !== undefined) closeSync(master);
      await container.delete({ force: true });
    }
  }

  /** Executes a shell script in a container, as root without capabilities unless told otherwise. */
  async exec(
    container: Container,
    script: string,
    fields: Partial<Process> = {},
  ): Promise<Outcome> {
    const name = `${container.id}-${randomUUID().slice(0, 8)}`;
    const [stdout = 1, stderr = 2] = ["out", "err"].map((kind) =>
      openSync(join(this.path, `${name}.${kind}`), "a"),
    );
    const stdin = openSync("/dev/null", "r");
    try {
      const process = await container.exec({
        process: { cwd: "/", args: ["/bin/sh", "-c", script], env: ["PATH=/bin"], ...fields },
        stdio: { stdin, stdout, stderr },
      });
      const { status } = await process.exited;
      return { status, stdout: this.output(name), stderr: this.output(name, "err") };
    } finally {
      for (const file of [stdout, stderr, stdin]) closeSync(file);
    }
  }

  /** Runs a configuration to its end, under another runtime's command line. */
  async runUnder(runtime: string, config: Config): Promise<Outcome> {
    writeFileSync(join(this.bundle, "config.json"), JSON.stringify(config));
    const id = this.id();
    const root = join(this.path, "other");
    const command = [runtime, "--root", root, "run", "--bundle", this.bundle, id];
    return await outcomeOf(command);
  }

  /** What is left of a container: files of its state, cgroups. */
  remains(id: string): string[] {
    const { hierarchies } = detectCgroupLayout(linuxKernel());
    const cgroups = hierarchies.flatMap(({ own, mountpoint }) =>
      [own, own.slice(0, own.lastIndexOf("/")), mountpoint].map((parent) => `${parent}/${id}`),
    );
    return [...new Set([join(this.root, id), ...cgroups])].filter((path) => existsSync(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = existsSync(this.root) ? readdirSync(this.root) : [];
    for (const id of ids) await load(id, { root: this.root }).delete({ force: true });
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Changes some fields of the process. */
export function withProcess(config: Config, fields: Partial<Process>): Config {
  return { ...config, process: { cwd: "/", ...config.process, ...fields } };
}

/** Changes some fields of `linux`. */
export function withLinux(config: Config, fields: Partial<NonNullable<Config["linux"]>>): Config {
  return { ...config, linux: { ...config.linux, ...fields } };
}

function busyboxPath(): string {
  const path = ["/bin/busybox", "/usr/bin/busybox"].find((each) => existsSync(each));
  if (path === undefined) throw new Error("The tests need busybox: apt-get install busybox-static");
  return path;
}

function applets(): string[] {
  return Bun.spawnSync([busyboxPath(), "--list"]).stdout.toString().trim().split("\n");
}
