/**
 * The command lines of `bunc` and runc, each with a root of its own.
 *
 * @module
 */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { buncCommand } from "./bunc-command.ts";
import type { Outcome, TestBundle } from "./test-bundle.ts";

const commands = { bunc: buncCommand, runc: ["runc"] } as const;

/** A runtime's name. */
export type RuntimeName = keyof typeof commands;

/** How a command is run. */
export interface CallOptions {
  /** What it reads. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors from 3 on. */
  readonly descriptors?: readonly number[];
}

/** One runtime's command line, in the bundle's directory. */
export class RuntimeCommand implements AsyncDisposable {
  readonly name: RuntimeName;
  readonly root: string;
  readonly #bundle: TestBundle;
  readonly #outputs: string;
  #calls = 0;

  constructor(name: RuntimeName, bundle: TestBundle) {
    this.name = name;
    this.#bundle = bundle;
    this.root = join(bundle.path, `root-${name}`);
    // Of its own: a file that is there keeps its end when less is written to it.
    this.#outputs = mkdtempSync(join(bundle.path, `outputs-${name}-`));
  }

  /** The words of a call. */
  words(...args: readonly string[]): string[] {
    return [...commands[this.name], "--root", this.root, ...args];
  }

  /** Calls it; a container that it leaves behind may hold on to its output. */
  async call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    const call = this.#calls++;
    const [out = "", err = ""] = ["out", "err"].map((name) =>
      join(this.#outputs, `${call}.${name}`),
    );
    const { input, env = {}, descriptors = [] } = options;
    const child = Bun.spawn(this.words(...args), {
      cwd: this.#bundle.bundle,
      env: { ...process.env, ...env },
      stdio: [
        input === undefined ? "ignore" : new Blob([input]),
        Bun.file(out),
        Bun.file(err),
        ...descriptors,
      ],
    });
    const status = await child.exited;
    return { status, stdout: readFileSync(out, "utf8"), stderr: readFileSync(err, "utf8") };
  }

  /**
   * Calls it and returns what it printed.
   *
   * @throws {Error} when it fails
   */
  async output(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.call(args);
    if (status === 0) return stdout;
    throw new Error(`${this.name} ${args.join(" ")}: status ${status}: ${stderr}`);
  }

  /** Runs a container of this configuration in the background; returns its id. */
  async start(config: Config, ...flags: readonly string[]): Promise<string> {
    writeFileSync(join(this.#bundle.bundle, "config.json"), JSON.stringify(config));
    const id = this.#bundle.id();
    await this.output("run", "--detach", ...flags, id);
    return id;
  }

  /** Removes all of its containers; a root that it has not made yet has none. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!existsSync(this.root)) return;
    for (const id of (await this.output("list", "-q")).split("\n").filter(Boolean)) {
      await this.output("delete", "--force", id);
    }
  }
}
