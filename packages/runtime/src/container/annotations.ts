/**
 * Annotations that change what the runtime does: some of crun's, which engines and users rely on.
 *
 * @see crun(1), "Annotations"
 * @module
 */

import { type Config, ContainerError } from "@ctr/spec";

/** Sends the notify descriptor of the filter to this socket, when the profile names none. */
const seccompReceiver = "run.oci.seccomp.receiver";
/** Leaves the groups of processes as they are: those of whoever runs the runtime. */
const keepOriginalGroups = "run.oci.keep_original_groups";
/** Sends a pidfd of the first process to this socket. */
const pidfdReceiver = "run.oci.pidfd_receiver";

/**
 * Annotations, or their beginnings, of which an engine should know that they do more than tell: "features" has them.
 *
 * @see features.md, "Unsafe annotations in config.json"
 */
export const unsafeAnnotations: readonly string[] = [
  keepOriginalGroups,
  "org.systemd.property.",
  pidfdReceiver,
  seccompReceiver,
].toSorted();

/**
 * Puts into the configuration what its annotations say of it.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function withAnnotations(config: Config): Config {
  const { linux } = config;
  const listenerPath = pathOf(config, seccompReceiver);
  if (listenerPath === undefined || linux?.seccomp === undefined) return config;
  if ((linux.seccomp.listenerPath ?? "") !== "") return config;
  return { ...config, linux: { ...linux, seccomp: { ...linux.seccomp, listenerPath } } };
}

/** Tells whether processes keep the groups that we have. */
export function keepsGroups({ annotations }: Config): boolean {
  const value = annotations?.[keepOriginalGroups];
  return value !== undefined && value !== "0";
}

/** The socket that is to get a pidfd of the first process. */
export function pidfdReceiverOf(config: Config): string | undefined {
  return pathOf(config, pidfdReceiver);
}

function pathOf({ annotations }: Config, name: string): string | undefined {
  const path = String(annotations?.[name] ?? "");
  if (path === "") return undefined;
  if (path.startsWith("/")) return path;
  const pointer = `/annotations/${name}`;
  throw new ContainerError(`Cannot use "${path}" (${pointer}): it is not an absolute path`, {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    hint: "Name a Unix socket that somebody listens on",
  });
}
