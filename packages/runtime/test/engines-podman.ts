/**
 * Debian's podman and conmon with bunc as their runtime, away from the podman of this machine: storage, state, locks and
 * network configuration lie in one temporary directory, mounts and processes in namespaces that end with it.
 *
 * @module
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, TestBundle } from "./test-bundle.ts";

/** The image that every test runs: busybox. */
export const image = "localhost/busybox:1";

/** How long one command of podman may take, in ms; then it is killed and its test fails. */
const commandDeadline = 50_000;

/**
 * What podman takes for the machine's own directories, and writes to whatever it is told, is replaced by others in the
 * mount namespace: its caches, and on cgroup v1 the directory of the hierarchies, where it makes some that do not exist.
 */
const privateDirectories = `set -e
  mount -t tmpfs podman /var/lib
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
    mkdir "$1/cgroup"
    mount -t tmpfs podman "$1/cgroup"
    for each in /sys/fs/cgroup/*; do
      mountpoint -q "$each" || continue
      mkdir "$1/cgroup/\${each##*/}"
      mount --bind "$each" "$1/cgroup/\${each##*/}"
    done
    umount --lazy --recursive /sys/fs/cgroup
    mount --move "$1/cgroup" /sys/fs/cgroup
  fi`;

/** One podman of its own. */
export class Podman implements AsyncDisposable {
  readonly path: string;
  /** The runtime as an executable file: bunc from its source, with a root of its own. */
  readonly runtime: string;
  /** Where OCI hooks are looked for. */
  readonly hooksDirectory: string;
  /** The image's root filesystem, to make other images of. */
  readonly archive: string;
  readonly #namespace: Bun.Subprocess;
  /** Pid of the namespaces' first process. */
  readonly #first: number;

  private constructor(path: string, namespace: Bun.Subprocess, first: number) {
    this.path = path;
    this.runtime = join(path, "bunc");
    this.hooksDirectory = join(path, "hooks");
    this.archive = join(path, "busybox.tar");
    this.#namespace = namespace;
    this.#first = first;
  }

  /** Makes the directory, the namespaces and the image. */
  static async start(): Promise<Podman> {
    for (const program of ["podman", "conmon"]) {
      if (Bun.which(program) === null) {
        throw new Error(
          `The test needs ${program}: apt-get install --no-install-recommends podman`,
        );
      }
    }
    const path = mkdtempSync(join(tmpdir(), "ctr-test-podman-"));
    const script = `${privateDirectories}; echo ready; sleep infinity & wait`;
    const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const namespace = Bun.spawn([...unshare, "sh", "-c", script, "sh", path], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    await namespace.stdout.getReader().read();
    const children = `/proc/${namespace.pid}/task/${namespace.pid}/children`;
    const podman = new Podman(path, namespace, Number(readFileSync(children, "utf8")));
    podman.#configure();
    await podman.#importImage();
    return podman;
  }

  #configure(): void {
    mkdirSync(this.hooksDirectory);
    mkdirSync(join(this.path, "tmp"));
    const main = join(import.meta.dir, "../src/main.ts");
    const command = `exec '${process.execPath}' '${main}' --root '${join(this.path, "bunc-root")}' "$@"`;
    writeFileSync(this.runtime, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    // The limits that podman takes by default are above what a machine may allow.
    const containers = [
      "[containers]",
      'netns = "none"',
      'log_driver = "k8s-file"',
      'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
      "[engine]",
      'lock_type = "file"',
      'events_logger = "file"',
      'cgroup_manager = "cgroupfs"',
    ];
    writeFileSync(join(this.path, "containers.conf"), `${containers.join("\n")}\n`);
    const storage = [
      "[storage]",
      'driver = "vfs"',
      `graphroot = "${join(this.path, "storage")}"`,
      `runroot = "${join(this.path, "run")}"`,
    ];
    writeFileSync(join(this.path, "storage.conf"), `${storage.join("\n")}\n`);
    writeFileSync(join(this.path, "registries.conf"), "");
  }

  async #importImage(): Promise<void> {
    await using bundle = new TestBundle();
    const tar = ["tar", "-C", bundle.rootfs, "-cf", this.archive, "."];
    const { exitCode, stderr } = Bun.spawnSync(tar);
    if (exitCode !== 0) throw new Error(stderr.toString());
    await this.ok(["import", this.archive, image]);
  }

  /** Runs a command in the namespaces, with podman's settings in the environment. */
  async enter(command: readonly string[], stdin = ""): Promise<Outcome> {
    const child = Bun.spawn(
      ["nsenter", "--target", String(this.#first), "--mount", "--pid", "--", ...command],
      {
        env: {
          PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
          HOME: this.path,
          TMPDIR: join(this.path, "tmp"),
          CONTAINERS_CONF: join(this.path, "containers.conf"),
          CONTAINERS_STORAGE_CONF: join(this.path, "storage.conf"),
          CONTAINERS_REGISTRIES_CONF: join(this.path, "registries.conf"),
          PODMAN_IGNORE_CGROUPSV1_WARNING: "1",
        },
        cwd: this.path,
        stdin: new Blob([stdin]),
        stdout: "pipe",
        stderr: "pipe",
        timeout: commandDeadline,
        killSignal: "SIGKILL",
      },
    );
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { status, stdout, stderr };
  }

  /** Runs a command of podman. */
  podman(args: readonly string[], stdin?: string): Promise<Outcome> {
    const flags = [
      ...["--runtime", this.runtime, "--tmpdir", join(this.path, "libpod")],
      ...["--network-config-dir", join(this.path, "network"), "--hooks-dir", this.hooksDirectory],
    ];
    return this.enter(["podman", ...flags, ...args], stdin);
  }

  /** Runs a command of podman that has to succeed; returns its output without the last line's end. */
  async ok(args: readonly string[], stdin?: string): Promise<string> {
    const outcome = await this.podman(args, stdin);
    if (outcome.status === 0) return outcome.stdout.trimEnd();
    throw new Error(`podman ${args.join(" ")} exited with ${outcome.status}: ${outcome.stderr}`);
  }

  /** Asks again until the output fits. */
  async until(args: readonly string[], wanted: string | RegExp): Promise<string> {
    const deadline = performance.now() + commandDeadline;
    for (;;) {
      const output = await this.ok(args);
      if (typeof wanted === "string" ? output === wanted : wanted.test(output)) return output;
      if (performance.now() > deadline) {
        throw new Error(`podman ${args.join(" ")} still says "${output}", not ${wanted}`);
      }
      await Bun.sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman(["pod", "rm", "--all", "--force", "--time", "0"]);
    await this.podman(["rm", "--all", "--force", "--time", "0"]);
    this.#namespace.kill("SIGKILL");
    await this.#namespace.exited;
    // Every process in the pid namespace ends before its first one has.
    while (existsSync(`/proc/${this.#first}`)) await Bun.sleep(5);
    removeEmptyCgroups(["libpod_parent/conmon", "libpod_parent"]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** podman leaves the parents of its cgroups. */
function removeEmptyCgroups(names: readonly string[]): void {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "");
  for (const name of names) {
    for (const mount of mounts) Bun.spawnSync(["rmdir", join(mount, name)], { stderr: "ignore" });
  }
}
