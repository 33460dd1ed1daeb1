import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Returns how `ctr-shim` is started: what `CTR_SHIM` names, else the link beside the running executable, else Bun with
 * the sources.
 */
export function shimCommand(): readonly string[] {
  const named = process.env["CTR_SHIM"];
  if (named !== undefined && named !== "") return [named];
  if (Bun.isStandaloneExecutable) {
    const beside = join(dirname(realpathSync(process.execPath)), "ctr-shim");
    if (existsSync(beside)) return [beside];
  }
  return [process.execPath, join(import.meta.dir, "..", "bin.ts")];
}

const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "TZ",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
  "NOTIFY_SOCKET",
] as const;

/** Returns the environment of a shim: BUN_OPTIONS, LD_PRELOAD and the like do not reach it. */
export function shimEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
