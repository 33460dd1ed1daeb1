/**
 * An ordinary user who exists only in a mount namespace of his own: his account is in copies of /etc/passwd and the like
 * that are bound over the machine's.
 *
 * @module
 */

import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buncCommand, buncProgram } from "./bunc-command.ts";
import type { Outcome } from "./test-bundle.ts";

const uid = 54_321;
const subordinate = { first: 3_000_000, count: 65_536 } as const;

/** How a command of the user's is run. */
export interface UserCommandOptions {
  /** Directories that programs are looked for in. @default those of this process */
  readonly path?: string;
  /** Directory of a cgroup of version 2 to start in. */
  readonly cgroup?: string;
  readonly cwd?: string;
  /** Instead of one in the user's directory. */
  readonly runtimeDirectory?: string;
  /** A command that runs the command, such as unshare(1). */
  readonly within?: readonly string[];
  /** What the command reads. */
  readonly input?: string;
}

/** The user. */
export class OrdinaryUser {
  readonly uid: number = uid;
  /** The first of his subordinate ids (subuid(5)). */
  readonly firstSubordinate: number = subordinate.first;
  /** His own directory. */
  readonly home: string;
  readonly #accounts: string;
  #calls = 0;

  /** @param directory that the user can enter; his own is made in it */
  constructor(directory: string) {
    this.home = join(directory, "home");
    this.#accounts = join(directory, "accounts");
    for (const path of [this.home, join(this.home, "run"), this.#accounts]) mkdirSync(path);
    for (const path of [this.home, join(this.home, "run")]) chownSync(path, uid, uid);
    const line = (file: string, text: string): void => {
      const present = existsSync(`/etc/${file}`) ? readFileSync(`/etc/${file}`, "utf8") : "";
      writeFileSync(join(this.#accounts, file), `${present.trimEnd()}\n${text}\n`);
    };
    line("passwd", `ctr-test:x:${uid}:${uid}::${this.home}:/bin/sh`);
    line("group", `ctr-test:x:${uid}:`);
    line("subuid", `ctr-test:${subordinate.first}:${subordinate.count}`);
    line("subgid", `ctr-test:${subordinate.first}:${subordinate.count}`);
  }

  /** Whether the user can read this program at all: not where it lies in root's home directory. */
  get canRun(): boolean {
    const check = `test -r ${buncProgram} && test -x ${buncCommand[0]}`;
    return Bun.spawnSync([...this.#become(), "sh", "-c", check]).exitCode === 0;
  }

  /** Runs `bunc` as the user. */
  async bunc(args: readonly string[], options: UserCommandOptions = {}): Promise<Outcome> {
    return await this.run([...(options.within ?? []), ...buncCommand, ...args], options);
  }

  /** Runs a command as the user; what it leaves behind may hold on to its output. */
  async run(command: readonly string[], options: UserCommandOptions = {}): Promise<Outcome> {
    const env = {
      HOME: this.home,
      USER: "ctr-test",
      PATH: options.path ?? process.env["PATH"] ?? "",
      XDG_RUNTIME_DIR: options.runtimeDirectory ?? join(this.home, "run"),
    };
    const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const call = this.#calls++;
    const [stdout, stderr] = ["out", "err"].map((name) => join(this.#accounts, `${call}.${name}`));
    const child = Bun.spawn([...this.#become(), "env", "-i", ...given, ...command], {
      ...(options.cgroup === undefined ? {} : { cgroup: options.cgroup }),
      cwd: options.cwd ?? this.home,
      stdin: new Blob([options.input ?? ""]),
      stdout: Bun.file(stdout ?? ""),
      stderr: Bun.file(stderr ?? ""),
    });
    const status = await child.exited;
    return {
      status,
      stdout: readFileSync(stdout ?? "", "utf8"),
      stderr: readFileSync(stderr ?? "", "utf8"),
    };
  }

  /** Gives files to the user. */
  give(...paths: readonly string[]): void {
    Bun.spawnSync(["chown", "-R", `${uid}:${uid}`, ...paths]);
  }

  #become(): string[] {
    const binds = ["passwd", "group", "subuid", "subgid"].map(
      // A machine without subordinate ids has no file to bind over.
      (file) => `[ ! -e /etc/${file} ] || mount --bind ${this.#accounts}/${file} /etc/${file}`,
    );
    const script = [...binds, `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups "$@"`];
    return ["unshare", "--mount", "sh", "-ec", script.join("\n"), "sh"];
  }
}

/** Where the programs are that map subordinate ids; `undefined` when they are not installed. */
export const idMapHelpers: string | undefined = ((): string | undefined => {
  const found = Bun.which("newuidmap");
  return found === null || !existsSync("/etc/subuid") ? undefined : dirname(found);
})();
