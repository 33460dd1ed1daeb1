/**
 * A systemd of a test's own, for throw-away machines only: it takes over a part of the cgroup tree.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "tools/until";

const systemd = "/lib/systemd/systemd";

/** Whether one may be started here. */
export const canRunSystemd: boolean = process.env["CTR_IN_VM"] === "1" && existsSync(systemd);

/** How long an emulated processor may take. */
const deadlineMs = 60_000;

/** A user's systemd, which owns a cgroup at the top and nothing else. */
export class UserSystemd implements AsyncDisposable {
  readonly cgroup = "/sys/fs/cgroup/systemd-container-test";
  readonly #work: string = mkdtempSync(join(tmpdir(), "systemd-"));
  readonly #before: string | undefined = process.env["XDG_RUNTIME_DIR"];
  readonly #manager: Bun.Subprocess;

  private constructor() {
    // As the machine's systemd does for the user's, which looks once what there is and leaves alone what it lacks.
    writeFileSync("/sys/fs/cgroup/cgroup.subtree_control", "+cpu +io +memory +pids");
    mkdirSync(this.cgroup);
    // systemd looks for this to see whether it is the machine's init.
    mkdirSync("/run/systemd/system", { recursive: true });
    process.env["XDG_RUNTIME_DIR"] = this.#work;
    const log = Bun.file(join(this.#work, "log"));
    this.#manager = Bun.spawn([systemd, "--user"], {
      cgroup: this.cgroup,
      env: { ...process.env, XDG_RUNTIME_DIR: this.#work },
      stdout: log,
      stderr: log,
    });
  }

  /** Starts it; XDG_RUNTIME_DIR leads to it from then on. */
  static async start(): Promise<UserSystemd> {
    const instance = new UserSystemd();
    const socket = `${instance.#work}/systemd/private`;
    await until("the user's systemd is up", () => existsSync(socket), deadlineMs);
    return instance;
  }

  /** Returns properties of a unit. */
  show(unit: string, ...names: readonly string[]): Record<string, string> {
    const command = ["systemctl", "--user", "show", "-p", names.join(","), unit];
    const { stdout } = Bun.spawnSync(command, { env: process.env, stderr: "inherit" });
    const lines = stdout.toString().trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#manager.kill("SIGKILL");
    await this.#manager.exited;
    writeFileSync(`${this.cgroup}/cgroup.kill`, "1");
    if (this.#before === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = this.#before;
    await until("its cgroups are gone", () => this.#removed(), deadlineMs);
    rmSync("/run/systemd/system", { recursive: true });
    rmSync(this.#work, { recursive: true });
  }

  #removed(): boolean {
    const { stdout } = Bun.spawnSync(["find", this.cgroup, "-depth", "-type", "d"]);
    try {
      for (const path of stdout.toString().trim().split("\n")) rmdirSync(path);
      return true;
    } catch {
      return false;
    }
  }
}

/** Reads a control file. */
export function readControl(cgroup: string, file: string): string {
  return readFileSync(`${cgroup}/${file}`, "utf8").trim();
}
