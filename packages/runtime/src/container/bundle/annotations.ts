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

/** Raw filter in base64 in place of the profile: an array of `struct sock_filter`. */
const seccompData = "run.oci.seccomp_bpf_data";
/** Refuses a profile with a call that no architecture of ours has. */
const seccompFailUnknown = "run.oci.seccomp_fail_unknown_syscall";
/** Files that hooks write to. */
const hookOutputs = { stdout: "run.oci.hooks.stdout", stderr: "run.oci.hooks.stderr" } as const;
/** Name of the cgroup below the scope of systemd's that is the container's. */
const systemdSubgroup = "run.oci.systemd.subgroup";
/** Name of a cgroup below the container's that its processes are in and manage. */
export const delegatedCgroup = "run.oci.delegate-cgroup";
/** Asks for something else than a program to run, such as a virtual machine or WebAssembly. */
const handler = "run.oci.handler";

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
  seccompData,
  systemdSubgroup,
  delegatedCgroup,
  ...Object.values(hookOutputs),
].toSorted();

/**
 * Puts into the configuration what its annotations say of it.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function withAnnotations(config: Config): Config {
  const { linux } = config;
  if ((config.annotations?.[handler] ?? "") !== "") throw noHandler(config);
  const listenerPath = pathOf(config, seccompReceiver);
  if (listenerPath === undefined || linux?.seccomp === undefined) return config;
  if ((linux.seccomp.listenerPath ?? "") !== "") return config;
  return { ...config, linux: { ...linux, seccomp: { ...linux.seccomp, listenerPath } } };
}

/** Whoever asks for a virtual machine must not get less than that. */
function noHandler({ annotations }: Config): ContainerError {
  const pointer = `/annotations/${handler}`;
  return new ContainerError(
    `Cannot use the handler "${annotations?.[handler]}" (${pointer}): there are none`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "unsupported",
      pointer,
      hint: "Leave the annotation out, or use a runtime that has this handler",
    },
  );
}

/** Tells whether processes keep the groups that we have. */
export function keepsGroups(config: Config): boolean {
  return isOn(config, keepOriginalGroups);
}

/** Tells whether a profile may not name calls that nobody knows. */
export function refusesUnknownCalls(config: Config): boolean {
  return isOn(config, seccompFailUnknown);
}

function isOn({ annotations }: Config, name: string): boolean {
  const value = annotations?.[name];
  return value !== undefined && value !== "0";
}

const instructionSize = 8;
const instructionsMax = 4096;

/**
 * The filter that is to be installed as it is, whatever the profile says.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function rawFilterOf({ annotations }: Config): Uint8Array | undefined {
  const text = annotations?.[seccompData];
  if (text === undefined) return undefined;
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  const bytes = isBase64 ? Uint8Array.fromBase64(text) : new Uint8Array();
  const count = bytes.length / instructionSize;
  if (Number.isInteger(count) && count >= 1 && count <= instructionsMax) return bytes;
  const pointer = `/annotations/${seccompData}`;
  throw new ContainerError(`Cannot use this filter (${pointer}): it is not one in base64`, {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    hint: `Encode an array of 1 to ${instructionsMax} struct sock_filter`,
  });
}

/** Where hooks write to, when not to the runtime. */
export type HookOutputs = { readonly [Stream in keyof typeof hookOutputs]?: string };

/**
 * Returns the files that hooks append their output to.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function hookOutputsOf(annotated: Pick<Config, "annotations">): HookOutputs {
  const stdout = pathOf(annotated, hookOutputs.stdout);
  const stderr = pathOf(annotated, hookOutputs.stderr);
  return {
    ...(stdout === undefined ? {} : { stdout }),
    ...(stderr === undefined ? {} : { stderr }),
  };
}

/** The socket that is to get a pidfd of the first process. */
export function pidfdReceiverOf(config: Config): string | undefined {
  return pathOf(config, pidfdReceiver);
}

/** Name of the container's cgroup below its scope, when systemd makes one. */
export function systemdSubgroupOf(config: Config): string | undefined {
  return cgroupNameOf(config, systemdSubgroup);
}

/** Name of the cgroup below the container's that it is to manage. */
export function delegatedCgroupOf(config: Config): string | undefined {
  return cgroupNameOf(config, delegatedCgroup);
}

function cgroupNameOf({ annotations }: Config, key: string): string | undefined {
  const name = annotations?.[key] ?? "";
  if (name === "") return undefined;
  // The kernel's files have a dot in their names, and "." and ".." are elsewhere.
  if (/^[^/.\0\n][^/\0\n]*$/.test(name)) return name;
  const pointer = `/annotations/${key}`;
  throw new ContainerError(`Cannot use "${name}" (${pointer}): it is not the name of a cgroup`, {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    hint: "Give one name without slashes, for example payload",
  });
}

function pathOf({ annotations }: Pick<Config, "annotations">, name: string): string | undefined {
  const path = String(annotations?.[name] ?? "");
  if (path === "") return undefined;
  if (path.startsWith("/")) return path;
  const pointer = `/annotations/${name}`;
  throw new ContainerError(`Cannot use "${path}" (${pointer}): it is not an absolute path`, {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    hint: "Name a socket or a file by its whole path",
  });
}
