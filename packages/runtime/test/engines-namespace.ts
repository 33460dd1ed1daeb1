/**
 * A place for an engine with bunc as its runtime, away from the engines of this machine: one temporary directory, and
 * mounts, processes and network interfaces in namespaces that end with it.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until as untilWithin } from "tools/until";
import { buncCommand } from "./bunc-command.ts";
import { type Outcome, TestBundle } from "./test-bundle.ts";

/** How long one command may take, in ms; then it is killed and its test fails. */
export const commandDeadline = 250_000;

/**
 * What engines take for the machine's own directories, and write to whatever they are told, is replaced by others: their
 * caches and sockets, and on cgroup v1 the directory of the hierarchies, where podman makes some that do not exist.
 */
const privateDirectories = `set -e
  mount -t tmpfs engine /var/lib
  mount -t tmpfs engine /run
  mkdir -p /run/lock
  # containerd takes the first cgroup mount that it finds, which may be in some container's root filesystem.
  sed -n 's/ - cgroup2\\? .*//p' /proc/self/mountinfo | cut -d ' ' -f 5 | grep -v '^/sys/fs/cgroup' |
    while read -r each; do umount --lazy "$each" 2>/dev/null || true; done
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
    mkdir "$1/cgroup"
    mount -t tmpfs engine "$1/cgroup"
    for each in /sys/fs/cgroup/*; do
      mountpoint -q "$each" || continue
      mkdir "$1/cgroup/\${each##*/}"
      mount --bind "$each" "$1/cgroup/\${each##*/}"
    done
    umount --lazy --recursive /sys/fs/cgroup
    mount --move "$1/cgroup" /sys/fs/cgroup
  fi`;

/** The namespaces of one engine, and its directory. */
export class EngineNamespace implements AsyncDisposable {
  readonly path: string;
  /** The runtime as an executable file: bunc from its source, with a root of its own when it is told none. */
  readonly runtime: string;
  readonly #namespace: Bun.Subprocess;
  /** Pid of the namespaces' first process. */
  readonly #first: number;
  readonly #environment: Record<string, string>;

  private constructor(path: string, namespace: Bun.Subprocess, first: number) {
    this.path = path;
    this.runtime = join(path, "bunc");
    this.#namespace = namespace;
    this.#first = first;
    this.#environment = {
      PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: path,
      TMPDIR: join(path, "tmp"),
    };
  }

  /**
   * Makes the directory and the namespaces.
   *
   * @param name what the engine is called
   * @param packages the Debian package that each program is in
   */
  static async start(
    name: string,
    packages: Readonly<Record<string, string>>,
  ): Promise<EngineNamespace> {
    for (const [program, from] of Object.entries(packages)) {
      if (Bun.which(program) === null) {
        throw new Error(
          `The test needs ${program}: apt-get install --no-install-recommends ${from}`,
        );
      }
    }
    const path = mkdtempSync(join(tmpdir(), `ctr-test-${name}-`));
    const script = `${privateDirectories}; echo ready; sleep infinity & wait`;
    const unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"];
    const namespace = Bun.spawn([...unshare, "--mount-proc", "sh", "-c", script, "sh", path], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    await namespace.stdout.getReader().read();
    const children = `/proc/${namespace.pid}/task/${namespace.pid}/children`;
    const made = new EngineNamespace(path, namespace, Number(readFileSync(children, "utf8")));
    mkdirSync(join(path, "tmp"));
    const command = `exec '${buncCommand.join("' '")}' --root '${join(path, "bunc-root")}' "$@"`;
    writeFileSync(made.runtime, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return made;
  }

  /** Sets a variable of all commands. */
  setEnvironment(name: string, value: string): void {
    this.#environment[name] = value;
  }

  /** Runs a command in the namespaces. */
  async enter(command: readonly string[], stdin = ""): Promise<Outcome> {
    const child = Bun.spawn(this.#command(command), {
      env: this.#environment,
      cwd: this.path,
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: commandDeadline,
      killSignal: "SIGKILL",
    });
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { status, stdout, stderr };
  }

  /** Starts a program in the namespaces that stays; its output goes to `<path>/<name>.log`. */
  startDaemon(name: string, command: readonly string[]): EngineDaemon {
    const log = join(this.path, `${name}.log`);
    const pidFile = join(this.path, `${name}.pid`);
    rmSync(pidFile, { force: true });
    const script = 'echo $$ >"$1"; shift; exec "$@"';
    const output = Bun.file(log);
    const started = this.#command(["sh", "-c", script, "sh", pidFile, ...command]);
    const child = Bun.spawn(started, {
      env: this.#environment,
      cwd: this.path,
      stdin: "ignore",
      stdout: output,
      stderr: output,
    });
    const kill = async (signal: string): Promise<void> => {
      const pid = readFileSync(pidFile, "utf8").trim();
      await this.enter(["kill", "-s", signal, pid]);
      await child.exited;
    };
    return { log: () => readFileSync(log, "utf8"), exited: () => child.exitCode !== null, kill };
  }

  #command(command: readonly string[]): string[] {
    const namespaces = ["--target", String(this.#first), "--mount", "--net", "--pid"];
    return ["nsenter", ...namespaces, "--", ...command];
  }

  /** Writes busybox' root filesystem as an archive, and returns its path. */
  async writeImage(): Promise<string> {
    const archive = join(this.path, "busybox.tar");
    await using bundle = new TestBundle();
    const { exitCode, stderr } = Bun.spawnSync(["tar", "-C", bundle.rootfs, "-cf", archive, "."]);
    if (exitCode !== 0) throw new Error(stderr.toString());
    return archive;
  }

  /** Ends all that runs in the namespaces. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#namespace.kill("SIGKILL");
    await this.#namespace.exited;
    // Every process in the pid namespace ends before its first one has.
    await until("the namespace has ended", () => !existsSync(`/proc/${this.#first}`));
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A program that an engine consists of. */
export interface EngineDaemon {
  /** What it has written. */
  readonly log: () => string;
  readonly exited: () => boolean;
  /** Sends it a signal and waits for its end. */
  readonly kill: (signal: string) => Promise<void>;
}

/** Waits until a condition holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  await untilWithin(what, condition, commandDeadline);
}

/** Waits until an engine answers; says what it has written when it ends instead. */
export function untilReady(
  name: string,
  daemon: EngineDaemon,
  probe: () => Promise<Outcome>,
): Promise<void> {
  const answers = async (): Promise<boolean> => {
    if (daemon.exited()) throw new Error(`${name} has ended: ${daemon.log()}`);
    return (await probe()).status === 0;
  };
  return until(`${name} answers`, answers);
}

/** Where the cgroup hierarchies of this machine are mounted. */
export function cgroupMounts(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "");
}

/** Removes a cgroup that an engine has made and all below it, in every hierarchy; nothing runs there any more. */
export function removeCgroups(name: string): void {
  for (const mount of cgroupMounts()) removeTree(join(mount, name));
}

function removeTree(cgroup: string): void {
  if (!existsSync(cgroup)) return;
  for (const child of readdirSync(cgroup, { withFileTypes: true })) {
    if (child.isDirectory()) removeTree(join(cgroup, child.name));
  }
  rmdirSync(cgroup);
}
