import { join } from "node:path";

/** What a command line gave. */
export interface CtrResult {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Where `ctr` runs. */
export interface CtrOptions {
  readonly socketPath: string;
  /** @default "ignore" */
  readonly stdin?: "ignore" | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The command that is `ctr`, from its sources. */
export const ctrCommand: readonly string[] = [
  process.execPath,
  join(import.meta.dir, "..", "src", "bin.ts"),
];

/** The environment of a `ctr` that talks to one socket, and starts no daemon. */
export function ctrEnvironment(options: Pick<CtrOptions, "socketPath" | "environment">): {
  readonly [name: string]: string | undefined;
} {
  return {
    ...process.env,
    NO_COLOR: "1",
    CTR_ADDRESS: options.socketPath,
    CTR_NO_DAEMON_START: "1",
    ...options.environment,
  };
}

/** How long a `ctr` may run, in ms: one that does not end tells more by what it has printed than its test that times out. */
const timeoutMs = 50_000;

/** Starts `ctr` with pipes; it is killed when it has not ended after a time. */
export function spawnCtr(
  options: CtrOptions,
  argv: readonly string[],
): Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe"> {
  return Bun.spawn([...ctrCommand, ...argv], {
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: ctrEnvironment(options),
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/**
 * Runs `ctr` to its end.
 *
 * @throws {Error} that tells what it has printed, when it does not end.
 */
export async function runCtr(options: CtrOptions, ...argv: string[]): Promise<CtrResult> {
  const child = spawnCtr(options, argv);
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (child.signalCode === "SIGKILL") {
    const printed = JSON.stringify({ out, err });
    throw new Error(`ctr ${argv.join(" ")} did not end in ${timeoutMs} ms: ${printed}`);
  }
  return { out, err, code };
}
