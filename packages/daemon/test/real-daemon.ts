import { existsSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { until } from "tools/until";
import { type Client, type ContainerEvent, createClient } from "../src/client.ts";
import { makeBundle, makeRootfs } from "./bundle.ts";

const program = join(import.meta.dir, "../src/bin.ts");

/** ctrd as a process of its own, in a folder that goes away with everything that it made. */
export class RealDaemon implements AsyncDisposable {
  readonly folder: string;
  readonly client: Client;
  readonly #flags: readonly string[];
  #child: Bun.Subprocess | undefined;
  #bundles = 0;
  /** The shim's program, when it is not the one of the sources. */
  shim: string | undefined;
  /** Begins the id of every container, so that no other test on this machine has the same. */
  readonly #prefix: string = `ctrd-test-${crypto.randomUUID().slice(0, 8)}-`;

  private constructor(folder: string, flags: readonly string[]) {
    this.folder = folder;
    this.#flags = flags;
    this.client = createClient({ socketPath: join(folder, "run/ctr.sock") });
  }

  /** Starts it, with more flags, and makes a root filesystem. */
  static async start(...flags: readonly string[]): Promise<RealDaemon> {
    const daemon = new RealDaemon(await mkdtemp(join(tmpdir(), "ctr-test-ctrd-")), flags);
    await makeRootfs(join(daemon.folder, "rootfs"));
    await daemon.begin();
    return daemon;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get log(): string {
    return readFileSync(join(this.folder, "ctrd.log"), "utf8");
  }

  /** Starts the process; resolves when it has taken up every container. */
  async begin(): Promise<void> {
    const log = openSync(join(this.folder, "ctrd.log"), "a");
    const { folder } = this;
    this.#child = Bun.spawn(
      [
        process.execPath,
        program,
        "--state-dir",
        join(folder, "run"),
        "--root",
        join(folder, "lib"),
        "--debug",
        ...this.#flags,
      ],
      {
        cwd: folder,
        stdin: "ignore",
        stdout: log,
        stderr: log,
        ...(this.shim === undefined ? {} : { env: { ...process.env, CTR_SHIM: this.shim } }),
      },
    );
    const child = this.#child;
    await until("ctrd answers", async () => {
      if (child.exitCode !== null) throw new Error(`ctrd has ended: ${this.log}`);
      const health = await this.client.health().catch(() => undefined);
      return health?.status === "ok";
    });
  }

  /** Ends the process with a signal and returns its exit code. */
  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    this.#child?.kill(signal);
    await this.#child?.exited;
    return this.#child?.exitCode ?? null;
  }

  /** Resolves when so many shims wait for a container. */
  async spares(count: number): Promise<void> {
    await until(`${count} shims wait for a container`, async () => {
      const { spareShims } = await this.client.health();
      return spareShims === count;
    });
  }

  /** Returns the id of a container that is called `name` here. */
  id(name: string): string {
    return `${this.#prefix}${name}`;
  }

  /** Makes a bundle. */
  bundle(args: readonly string[], change?: (config: Config) => Config): Promise<string> {
    const path = join(this.folder, `bundle${this.#bundles++}`);
    return makeBundle(path, join(this.folder, "rootfs"), args, change);
  }

  /** Makes a bundle that runs a line of the shell. */
  shell(line: string): Promise<string> {
    return this.bundle(["sh", "-c", line]);
  }

  /** Options of a runtime that keep its state in our folder. */
  runtime(name: string): { readonly runtime: string; readonly runtimeArgs: readonly string[] } {
    return { runtime: name, runtimeArgs: ["--root", join(this.folder, name.replaceAll("/", "-"))] };
  }

  /** Returns the log of a container as text. */
  async output(id: string): Promise<string> {
    const records = await Array.fromAsync(this.client.logs(id));
    return records.map(({ text, partial }) => `${text}${partial === true ? "" : "\n"}`).join("");
  }

  /** Returns every event as `type id process status`. */
  async events(): Promise<string[]> {
    const events = await Array.fromAsync(this.client.events({ since: "0", follow: false }));
    return events.map((event) => formatEvent(event).replaceAll(this.#prefix, ""));
  }

  /** Deletes every container, ends the daemon, and throws when anything is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const containers = await this.client.listContainers().catch(() => []);
    await Promise.all(
      containers.map(({ id }) =>
        this.client.deleteContainer(id, { force: true }).catch(() => undefined),
      ),
    );
    const log = this.log;
    await this.end("SIGTERM");
    const state = join(this.folder, "run");
    const left = existsSync(state) ? readdirSync(state) : [];
    await until("every process ends", () => this.processes().length === 0).catch(
      (error: unknown) => {
        throw new Error(`${this.processes().join("\n")}\n${log}`, { cause: error });
      },
    );
    await rm(this.folder, { recursive: true, force: true });
    if (left.some((name) => name !== "ctrd.lock"))
      throw new Error(`Left: ${left.join(" ")}\n${log}`);
  }

  /** Command lines and directories of the processes that have to do with this folder, but for the daemon. */
  processes(): string[] {
    return readdirSync("/proc")
      .filter(
        (name) => /^\d+$/.test(name) && Number(name) !== process.pid && Number(name) !== this.pid,
      )
      .map((pid) => {
        try {
          // A shim that waits for a container says nothing of us but by the directory it is in.
          const directory = readlinkSync(`/proc/${pid}/cwd`);
          return `${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")} in ${directory}`;
        } catch {
          return "";
        }
      })
      .filter((line) => line.includes(this.folder));
  }
}

/** Returns an event as `type id process status`. */
function formatEvent({ type, id, pid, status }: ContainerEvent): string {
  return [type, id, pid, status].filter((part) => part !== undefined).join(" ");
}
