/**
 * Debian's containerd with bunc below its runc shim, away from the containerd of this machine.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type EngineDaemon,
  EngineNamespace,
  removeCgroups,
  until,
  untilReady,
} from "./engines-namespace.ts";
import type { Outcome } from "./test-bundle.ts";

/** The image that every test runs: busybox. */
export const image = "localhost/busybox:1";

/** Where containerd listens. */
export const addressOf = (namespace: EngineNamespace): string =>
  join(namespace.path, "containerd.sock");

/** Starts containerd with all that is its own in the directory of the namespace. */
export async function startContainerd(namespace: EngineNamespace): Promise<EngineDaemon> {
  const { path } = namespace;
  const file = join(path, "containerd.toml");
  const settings = [
    "version = 2",
    `root = "${join(path, "containerd-root")}"`,
    `state = "${join(path, "containerd-state")}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    "[grpc]",
    `address = "${addressOf(namespace)}"`,
  ];
  writeFileSync(file, `${settings.join("\n")}\n`);
  const daemon = namespace.startDaemon("containerd", ["containerd", "--config", file]);
  const probe = ["ctr", "--address", addressOf(namespace), "version"];
  await untilReady("containerd", daemon, () => namespace.enter(probe));
  return daemon;
}

/** One containerd of its own. */
export class Containerd implements AsyncDisposable {
  readonly path: string;
  readonly runtime: string;
  /** containerd's namespace, in whose cgroup its containers are. */
  readonly name: string;
  readonly #namespace: EngineNamespace;
  #daemon: EngineDaemon | undefined;

  private constructor(namespace: EngineNamespace) {
    this.path = namespace.path;
    this.runtime = namespace.runtime;
    this.name = basename(namespace.path);
    this.#namespace = namespace;
  }

  /** Makes the directory and the namespaces, starts the daemon and gives it the image. */
  static async start(): Promise<Containerd> {
    const packages = { containerd: "containerd", ctr: "containerd" };
    const namespace = await EngineNamespace.start("containerd", packages);
    const containerd = new Containerd(namespace);
    containerd.#configure();
    await containerd.restart();
    const layer = await namespace.writeImage();
    await containerd.ok(["image", "import", await containerd.#writeImageLayout(layer)]);
    return containerd;
  }

  #configure(): void {
    this.#namespace.setEnvironment("CONTAINERD_ADDRESS", addressOf(this.#namespace));
    this.#namespace.setEnvironment("CONTAINERD_NAMESPACE", this.name);
    // The others need what the file system of a temporary directory may not do.
    this.#namespace.setEnvironment("CONTAINERD_SNAPSHOTTER", "native");
  }

  /** Writes an image of one layer as an archive of an OCI image layout, and returns its path. */
  async #writeImageLayout(layer: string): Promise<string> {
    const layout = join(this.path, "layout");
    mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
    const addBlob = (mediaType: string, content: Buffer) => {
      const hash = createHash("sha256").update(content).digest("hex");
      writeFileSync(join(layout, "blobs/sha256", hash), content);
      return { mediaType, digest: `sha256:${hash}`, size: content.length };
    };
    const addJson = (kind: string, value: unknown) =>
      addBlob(`application/vnd.oci.image.${kind}.v1+json`, Buffer.from(JSON.stringify(value)));
    const layers = [addBlob("application/vnd.oci.image.layer.v1.tar", readFileSync(layer))];
    const config = addJson("config", {
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Env: ["PATH=/bin:/usr/bin"] },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
    const manifest = addJson("manifest", { schemaVersion: 2, config, layers });
    const annotations = { "io.containerd.image.name": image };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
    writeFileSync(join(layout, "index.json"), JSON.stringify(index));
    writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    const archive = join(this.path, "image.tar");
    const packed = await this.enter(["tar", "-C", layout, "-cf", archive, "."]);
    if (packed.status !== 0) throw new Error(packed.stderr);
    return archive;
  }

  /** Ends the daemon and starts it again; containers live on. */
  async restart(): Promise<void> {
    await this.#daemon?.kill("KILL");
    this.#daemon = await startContainerd(this.#namespace);
  }

  /** Runs a command in the namespaces. */
  enter(command: readonly string[], stdin = ""): Promise<Outcome> {
    return this.#namespace.enter(command, stdin);
  }

  /** Runs a command of containerd's ctr. */
  ctr(args: readonly string[], stdin?: string): Promise<Outcome> {
    return this.enter(["ctr", ...args], stdin);
  }

  /** Runs a command of ctr that has to succeed; returns its output without the last line's end. */
  async ok(args: readonly string[], stdin?: string): Promise<string> {
    const outcome = await this.ctr(args, stdin);
    if (outcome.status === 0) return outcome.stdout.trimEnd();
    throw new Error(`ctr ${args.join(" ")} exited with ${outcome.status}: ${outcome.stderr}`);
  }

  /** Runs a container over bunc; the image's first, then its id, then what to run. */
  run(flags: readonly string[], id: string, command: readonly string[], stdin?: string) {
    const args = ["run", "--runc-binary", this.runtime, ...flags, image, id, ...command];
    return this.ctr(args, stdin);
  }

  /** Returns a task's status, in ctr's words. */
  async status(id: string): Promise<string | undefined> {
    const tasks = (await this.ok(["task", "list"])).split("\n").map((line) => line.split(/ +/));
    return tasks.find(([task]) => task === id)?.[2];
  }

  /** Waits until a task has a status. */
  async until(id: string, status: string): Promise<void> {
    const what = `the task ${id} is ${status}`;
    await until(what, async () => (await this.status(id)) === status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const tasks = await this.ctr(["task", "list", "--quiet"]);
    for (const id of tasks.stdout.split("\n").filter((each) => each !== "")) {
      await this.ctr(["task", "delete", "--force", id]);
    }
    await this.#namespace[Symbol.asyncDispose]();
    removeCgroups(this.name);
  }
}
