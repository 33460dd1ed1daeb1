/**
 * Debian's dockerd with bunc as its runtime, configured as our guide says, away from the Docker of this machine.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { addressOf, startContainerd } from "./engines-containerd.ts";
import {
  type EngineDaemon,
  EngineNamespace,
  removeCgroups,
  until,
  untilReady,
} from "./engines-namespace.ts";
import type { Outcome } from "./test-bundle.ts";

/** The image that every test runs: busybox. */
export const image = "busybox:1";

const remappedUser = "daemon";

/** One dockerd of its own. */
export class Docker implements AsyncDisposable {
  readonly path: string;
  /** Cgroup of the containers. */
  readonly cgroupParent: string;
  readonly #namespace: EngineNamespace;
  readonly #archive: string;
  #daemon: EngineDaemon | undefined;

  private constructor(namespace: EngineNamespace, archive: string) {
    this.path = namespace.path;
    this.cgroupParent = `/${basename(namespace.path)}`;
    this.#namespace = namespace;
    this.#archive = archive;
  }

  /**
   * Makes the directory, the namespaces and the image, and starts the daemon.
   *
   * @param options `remap`: all containers get a user namespace whose root is 200000 outside
   */
  static async start({ remap = false } = {}): Promise<Docker> {
    const packages = {
      dockerd: "docker.io",
      docker: "docker.io",
      containerd: "containerd",
      ctr: "containerd",
    };
    const namespace = await EngineNamespace.start("docker", packages);
    const docker = new Docker(namespace, await namespace.writeImage());
    const { path, runtime } = namespace;
    writeFileSync(
      join(path, "daemon.json"),
      JSON.stringify({ runtimes: { bunc: { path: runtime } }, "default-runtime": "bunc" }),
    );
    namespace.setEnvironment("DOCKER_HOST", docker.#socket);
    namespace.setEnvironment("DOCKER_CONFIG", join(path, "docker-config"));
    // dockerd waits 15 s for a containerd of its own, which is too short on a busy machine.
    await startContainerd(namespace);
    if (remap) await docker.#grantIds();
    await docker.restart(remap ? ["--userns-remap", remappedUser] : []);
    return docker;
  }

  get #socket(): string {
    return `unix://${join(this.path, "docker.sock")}`;
  }

  /** Gives a user that every Debian has ids to map, in another /etc that only the namespace sees. */
  async #grantIds(): Promise<void> {
    const script = `cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc && chmod 711 "$1" &&
      for kind in uid gid; do echo "$2:200000:65536" >/etc/sub$kind; done`;
    const { status, stderr } = await this.enter([
      "sh",
      "-c",
      script,
      "sh",
      this.path,
      remappedUser,
    ]);
    if (status !== 0) throw new Error(`Cannot prepare another /etc: ${stderr}`);
  }

  /** Ends the daemon and starts it again; containers live on. */
  async restart(flags: readonly string[] = []): Promise<void> {
    await this.#daemon?.kill("KILL");
    // A daemon that was killed leaves it, and the next one may have its pid.
    await this.enter(["rm", "-f", join(this.path, "dockerd.own.pid")]);
    const daemon = this.#namespace.startDaemon("dockerd", [
      "dockerd",
      ...["--config-file", join(this.path, "daemon.json"), "--host", this.#socket],
      ...["--data-root", join(this.path, "data"), "--exec-root", join(this.path, "exec")],
      ...["--pidfile", join(this.path, "dockerd.own.pid"), "--cgroup-parent", this.cgroupParent],
      ...["--bridge", "none", "--iptables=false", "--ip-masq=false"],
      ...["--storage-driver", "vfs", "--live-restore"],
      ...["--containerd", addressOf(this.#namespace)],
      ...flags,
    ]);
    this.#daemon = daemon;
    await untilReady("dockerd", daemon, () => this.docker(["version"]));
    if ((await this.docker(["image", "inspect", image])).status !== 0) {
      await this.ok(["import", this.#archive, image]);
    }
  }

  /** Runs a command in the namespaces. */
  enter(command: readonly string[], stdin = ""): Promise<Outcome> {
    return this.#namespace.enter(command, stdin);
  }

  /** Runs a command of docker. */
  docker(args: readonly string[], stdin?: string): Promise<Outcome> {
    return this.enter(["docker", ...args], stdin);
  }

  /** Runs a command of docker that has to succeed; returns its output without the last line's end. */
  async ok(args: readonly string[], stdin?: string): Promise<string> {
    const outcome = await this.docker(args, stdin);
    if (outcome.status === 0) return outcome.stdout.trimEnd();
    throw new Error(`docker ${args.join(" ")} exited with ${outcome.status}: ${outcome.stderr}`);
  }

  /** Asks again until the output is the wanted one. */
  async until(args: readonly string[], wanted: string): Promise<void> {
    const what = `docker ${args.join(" ")} says "${wanted}"`;
    await until(what, async () => (await this.ok(args)) === wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const containers = await this.docker(["ps", "--all", "--quiet"]);
    const ids = containers.stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await this.docker(["rm", "--force", ...ids]);
    await this.#namespace[Symbol.asyncDispose]();
    removeCgroups(this.cgroupParent);
  }
}
