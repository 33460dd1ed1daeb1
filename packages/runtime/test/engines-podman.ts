/**
 * Debian's podman and conmon with bunc as their runtime, away from the podman of this machine: storage, state, locks and
 * network configuration lie in one temporary directory, mounts and processes in namespaces that end with it.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupMounts, commandDeadline, EngineNamespace } from "./engines-namespace.ts";
import type { Outcome } from "./test-bundle.ts";

/** The image that every test runs: busybox. */
export const image = "localhost/busybox:1";

/** One podman of its own. */
export class Podman implements AsyncDisposable {
  readonly path: string;
  /** The runtime as an executable file. */
  readonly runtime: string;
  /** Where OCI hooks are looked for. */
  readonly hooksDirectory: string;
  /** The image's root filesystem, to make other images of. */
  readonly archive: string;
  readonly #namespace: EngineNamespace;

  private constructor(namespace: EngineNamespace, archive: string) {
    this.path = namespace.path;
    this.runtime = namespace.runtime;
    this.hooksDirectory = join(this.path, "hooks");
    this.archive = archive;
    this.#namespace = namespace;
  }

  /** Makes the directory, the namespaces and the image. */
  static async start(): Promise<Podman> {
    const packages = { podman: "podman", conmon: "podman" };
    const namespace = await EngineNamespace.start("podman", packages);
    const podman = new Podman(namespace, await namespace.writeImage());
    podman.#configure();
    await podman.ok(["import", podman.archive, image]);
    return podman;
  }

  #configure(): void {
    mkdirSync(this.hooksDirectory);
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
    for (const [name, file] of [
      ["CONTAINERS_CONF", "containers.conf"],
      ["CONTAINERS_STORAGE_CONF", "storage.conf"],
      ["CONTAINERS_REGISTRIES_CONF", "registries.conf"],
    ] as const) {
      this.#namespace.setEnvironment(name, join(this.path, file));
    }
    this.#namespace.setEnvironment("PODMAN_IGNORE_CGROUPSV1_WARNING", "1");
  }

  /** Runs a command in the namespaces, with podman's settings in the environment. */
  enter(command: readonly string[], stdin = ""): Promise<Outcome> {
    return this.#namespace.enter(command, stdin);
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
    await this.#namespace[Symbol.asyncDispose]();
    removeEmptyCgroups(["libpod_parent/conmon", "libpod_parent"]);
  }
}

/** podman leaves the parents of its cgroups. */
function removeEmptyCgroups(names: readonly string[]): void {
  const mounts = cgroupMounts();
  for (const name of names) {
    for (const mount of mounts) Bun.spawnSync(["rmdir", join(mount, name)], { stderr: "ignore" });
  }
}
