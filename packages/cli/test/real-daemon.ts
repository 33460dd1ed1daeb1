import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@ctr/daemon/client";
import { defaultConfig } from "@ctr/spec";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import { type CtrResult, runCtr } from "./run-ctr.ts";

const repository = join(import.meta.dir, "..", "..", "..");

/** A folder with bundles and the address of a daemon, which `ctr` starts when it needs it; ends and goes away with it. */
export interface RealDaemon extends AsyncDisposable {
  readonly folder: string;
  readonly socketPath: string;
  /** Makes a bundle with a shell, whose process is `args`. */
  bundle(name: string, args: readonly string[], terminal?: boolean): Promise<string>;
  /** Runs `ctr` to its end. */
  ctr(...argv: string[]): Promise<CtrResult>;
  /** Runs `ctr`, which has to succeed, and returns what it printed. */
  ok(...argv: string[]): Promise<string>;
}

/** Makes a {@linkcode RealDaemon}. */
export async function realDaemon(): Promise<RealDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-test-cli-"));
  const socketPath = join(folder, "run", "ctr.sock");
  const rootfs = join(folder, "shell", "rootfs");
  const programs = ["sh", "cat", "echo", "id", "ls", "sleep", "stty"];
  await command(join(repository, "examples/shell/make-bundle"), join(folder, "shell"), ...programs);
  const ctr = (...argv: string[]): Promise<CtrResult> =>
    runCtr({ socketPath, environment: { CTR_NO_DAEMON_START: "" } }, ...argv);
  return {
    folder,
    socketPath,
    ctr,
    ok: async (...argv) => {
      const { out, err, code } = await ctr(...argv);
      if (code !== 0) throw new Error(`ctr ${argv.join(" ")} exited with ${code}: ${out}${err}`);
      return out;
    },
    bundle: async (name, args, terminal = false) => {
      const path = join(folder, name);
      const config = defaultConfig();
      await mkdir(path);
      await Bun.write(
        join(path, "config.json"),
        JSON.stringify({
          ...config,
          root: { path: rootfs, readonly: true },
          process: { ...config.process, terminal, args },
        }),
      );
      return path;
    },
    [Symbol.asyncDispose]: async () => {
      await endDaemon(socketPath);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Deletes every container, and ends the daemon when one answers. */
async function endDaemon(socketPath: string): Promise<void> {
  const client = createClient({ socketPath });
  const health = await client.health().catch(() => undefined);
  if (health === undefined) return;
  for (const { id } of await client.listContainers()) {
    await client.deleteContainer(id, { force: true }).catch(() => undefined);
  }
  process.kill(health.pid);
  await until("the daemon ends", () => !isAlive(health.pid));
}

async function command(...words: string[]): Promise<void> {
  const child = Bun.spawn(words, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(await child.stderr.text());
}
