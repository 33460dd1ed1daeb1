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

/** Starts `ctr` with pipes. */
export function spawnCtr(
  options: CtrOptions,
  argv: readonly string[],
): Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe"> {
  return Bun.spawn([...ctrCommand, ...argv], {
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: ctrEnvironment(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Runs `ctr` to its end. */
export async function runCtr(options: CtrOptions, ...argv: string[]): Promise<CtrResult> {
  const child = spawnCtr(options, argv);
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, err, code };
}
