import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { ContainerError } from "@ctr/spec";

/** Programs that `ctr` starts, and the packages that they are part of, each installed by the one before it. */
const packagesOf = {
  ctrd: ["@ctr/daemon"],
  bunc: ["@ctr/daemon", "@ctr/shim", "@ctr/runtime"],
} as const;

/** A program that `ctr` starts. */
export type ProgramName = keyof typeof packagesOf;

/**
 * Returns how a program is started that belongs to this `ctr`: the link beside the running executable, else Bun with
 * the package's sources.
 *
 * @throws {ContainerError} ERR_PROGRAM_NOT_FOUND.
 */
export function programCommand(name: ProgramName): readonly string[] {
  if (Bun.isStandaloneExecutable) {
    const beside = join(dirname(realpathSync(process.execPath)), name);
    if (existsSync(beside)) return [beside];
    throw notFound(name, `"${beside}" does not exist`);
  }
  try {
    return [process.execPath, sourceOf(name)];
  } catch (error) {
    throw notFound(name, "its package is not installed", error);
  }
}

function sourceOf(name: ProgramName): string {
  let directory = import.meta.dir;
  for (const packageName of packagesOf[name]) {
    directory = dirname(
      realpathSync(Bun.resolveSync(`${packageName}/package.json`, `${directory}/`)),
    );
  }
  const manifest: { readonly bin?: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  );
  const source = join(directory, manifest.bin?.[name] ?? "");
  if (!existsSync(source) || source === directory) throw new Error(`"${source}" does not exist`);
  return source;
}

function notFound(name: string, why: string, cause?: unknown): ContainerError {
  return new ContainerError(`Cannot find ${name}, which belongs to ctr: ${why}`, {
    code: "ERR_PROGRAM_NOT_FOUND",
    kind: "unavailable",
    hint: "Install ctr again",
    cause,
  });
}

const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "TZ",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "XDG_DATA_HOME",
  "XDG_STATE_HOME",
  "DBUS_SESSION_BUS_ADDRESS",
] as const;

/**
 * Returns the environment of a program that `ctr` starts. What steers Bun or the loader (BUN_OPTIONS, BUN_BE_BUN,
 * LD_PRELOAD, NODE_OPTIONS) does not reach it.
 */
export function programEnvironment(
  own: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    const passes = name.startsWith("CTR_") || passedOn.some((passed) => passed === name);
    if (value !== undefined && passes) environment[name] = value;
  }
  return environment;
}
