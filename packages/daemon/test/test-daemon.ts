import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@ctr/spec";
import type { Hono } from "hono";
import { createApp } from "../src/app.ts";
import type { AppEnvironment } from "../src/routes/app-environment.ts";
import { ContainerService } from "../src/services/container-service.ts";
import { Journal } from "../src/services/journal.ts";
import { versionInfo } from "../src/version.ts";
import { FakeShims } from "./fake-shims.ts";

const silence = () => undefined;
/** A log that nobody reads. */
export const silentLog = { debug: silence, info: silence, warn: silence, error: silence };

/** The application over shims in memory, in a folder that goes away. */
export class TestDaemon implements AsyncDisposable {
  readonly folder: string;
  readonly shims: FakeShims = new FakeShims();
  /** What the daemon has warned of. */
  readonly warnings: string[] = [];
  app!: Hono<AppEnvironment>;
  journal!: Journal;
  containers!: ContainerService;
  #shutdown = new AbortController();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(): Promise<TestDaemon> {
    const daemon = new TestDaemon(await mkdtemp(join(tmpdir(), "ctr-test-daemon-")));
    mkdirSync(daemon.stateDirectory);
    mkdirSync(daemon.root);
    mkdirSync(daemon.bundle);
    writeFileSync(join(daemon.bundle, "config.json"), JSON.stringify(defaultConfig()));
    await daemon.#begin();
    return daemon;
  }

  get stateDirectory(): string {
    return join(this.folder, "run");
  }

  get root(): string {
    return join(this.folder, "lib");
  }

  get bundle(): string {
    return join(this.folder, "bundle");
  }

  async #begin(): Promise<void> {
    const { stateDirectory, root, shims } = this;
    const log = { ...silentLog, warn: (message: string) => void this.warnings.push(message) };
    this.#shutdown = new AbortController();
    this.journal = Journal.open(root);
    this.containers = new ContainerService({
      stateDirectory,
      root,
      journal: this.journal,
      shims,
      log,
      runtime: "bunc",
      runtimeIdSuffix: "-test",
    });
    this.app = createApp({
      containers: this.containers,
      journal: this.journal,
      spares: { readyCount: 0 },
      log: silentLog,
      version: versionInfo(),
      started: new Date(),
      stateDirectory,
      root,
      shutdown: this.#shutdown.signal,
    });
    await this.containers.restore();
  }

  /** Ends the daemon without a word, as SIGKILL does; `meanwhile` runs before it is started again. */
  async restart(meanwhile: () => void = () => undefined): Promise<void> {
    this.#end();
    meanwhile();
    await this.#begin();
  }

  #end(): void {
    this.#shutdown.abort();
    this.containers.dispose();
    this.journal[Symbol.dispose]();
  }

  /** Sends a request with a JSON body. */
  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return await this.app.request(`http://ctr/v1${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  }

  /** Sends a request that has to succeed, and returns its document. */
  async ok(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Creates and starts a container. */
  async run(id: string, options: object = {}): Promise<unknown> {
    return await this.ok("POST", "/containers", {
      id,
      bundle: this.bundle,
      start: true,
      ...options,
    });
  }

  /** Returns the stored events of a container as `type process status`. */
  of(id: string): string[] {
    return this.events()
      .map((event) => event.split(" "))
      .filter(([, container]) => container === id)
      .map(([type, , ...rest]) => [type, ...rest].join(" "));
  }

  /** Returns the stored events as `type id process status`. */
  events(): string[] {
    return this.journal
      .read({ after: 0, upTo: this.journal.last, limit: 1000 })
      .map(({ type, id, pid, status }) =>
        [type, id, pid, status].filter((x) => x !== undefined).join(" "),
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
