import type { Config } from "../config/config.ts";
import type { Mount } from "../config/mount.ts";
import { editError } from "./parts.ts";

/**
 * Returns a configuration with a mount: in the place of one at the same destination, else before the
 * first one below it, which it would hide, else at the end; behind any above it, which would hide it.
 *
 * A mount of type `bind` gets the option `rbind` when it has neither that nor `bind`: the option
 * makes a bind mount, the type does not.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for a destination that is not absolute, and
 * for a bind mount without a source.
 *
 * @example
 * ```ts
 * import { defaultConfig, withMount } from "@ctr/spec";
 *
 * const config = withMount(defaultConfig(), {
 *   destination: "/data",
 *   source: "/srv/data",
 *   type: "bind",
 *   options: ["ro"],
 * });
 * console.log(config.mounts?.at(-1)?.options); // ["rbind", "ro"]
 * ```
 */
export function withMount(config: Config, mount: Mount): Config {
  const added = completeBind(mount);
  checkMount(added);
  const path = cleanPath(added.destination);
  const mounts = config.mounts ?? [];
  const others = mounts.filter(({ destination }) => cleanPath(destination) !== path);
  const same = mounts.findIndex(({ destination }) => cleanPath(destination) === path);
  const below = others.findIndex(({ destination }) => isBelow(cleanPath(destination), path));
  const above = others.findLastIndex(({ destination }) => isBelow(path, cleanPath(destination)));
  const places = [same, below].filter((place) => place > above);
  return { ...config, mounts: others.toSpliced(Math.min(...places, others.length), 0, added) };
}

/** Returns a configuration without the mounts at a destination. */
export function withoutMount(config: Config, destination: string): Config {
  const path = cleanPath(destination);
  const { mounts = [] } = config;
  const kept = mounts.filter((mount) => cleanPath(mount.destination) !== path);
  return kept.length === mounts.length ? config : { ...config, mounts: kept };
}

function isBind(mount: Mount): boolean {
  return mount.options?.some((option) => option === "bind" || option === "rbind") ?? false;
}

function completeBind(mount: Mount): Mount {
  return mount.type === "bind" && !isBind(mount)
    ? { ...mount, options: ["rbind", ...(mount.options ?? [])] }
    : mount;
}

function checkMount(mount: Mount): void {
  const to = JSON.stringify(mount.destination);
  if (!mount.destination.startsWith("/")) {
    throw editError(`Cannot mount at ${to}: the path is not absolute`, "/mounts");
  }
  if (isBind(mount) && (mount.source ?? "") === "") {
    throw editError(`Cannot bind anything at ${to}: there is no source`, "/mounts");
  }
}

/** Returns a path from the root without empty parts, `.` and `..`. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      parts.pop();
    } else if (part !== "" && part !== ".") {
      parts.push(part);
    }
  }
  return `/${parts.join("/")}`;
}

function isBelow(path: string, directory: string): boolean {
  return path !== directory && path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
