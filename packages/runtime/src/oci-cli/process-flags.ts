/** Flags that create, run and exec share. */

import { type Config, ContainerError } from "@ctr/spec";
import type { CreateOptions, ProcessOptions } from "../container/create-options.ts";
import { FileDescriptor } from "../kernel/fd.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { connectUnixSocket, sendDescriptor } from "../kernel/unix-socket.ts";
import { type Flag, type Flags, usageError } from "./flags.ts";
import { callersNotifySocket, withNotifySocket } from "./notify-socket.ts";
import { listenFds, withListenFds } from "./socket-activation.ts";

export const consoleSocketFlag: Flag = {
  name: "console-socket",
  value: "PATH",
  help: "Unix socket that gets the master of the terminal",
};
export const pidFileFlag: Flag = {
  name: "pid-file",
  value: "FILE",
  help: "file that gets the pid",
};
export const pidfdSocketFlag: Flag = {
  name: "pidfd-socket",
  value: "PATH",
  help: "Unix socket that gets a pidfd of the process",
};
export const preserveFdsFlag: Flag = {
  name: "preserve-fds",
  value: "N",
  help: "hand N descriptors from 3 on to the process",
};

/** Only run in the foreground takes over what a program leaves behind; elsewhere it changes nothing, as with runc and crun. */
export const noSubreaperFlag: Flag = {
  name: "no-subreaper",
  help: "do not take over what the program leaves behind",
};

/** Flags of create and run. */
export const createFlags: readonly Flag[] = [
  { name: "bundle", short: "b", value: "DIR", help: "the bundle (default: the working directory)" },
  { name: "config", short: "f", value: "FILE", help: "instead of the bundle's config.json" },
  consoleSocketFlag,
  pidfdSocketFlag,
  pidFileFlag,
  { name: "no-pivot", help: "use chroot, for a root filesystem in a ramdisk; weaker" },
  { name: "no-new-keyring", help: "share the session keyring of the caller" },
  preserveFdsFlag,
  noSubreaperFlag,
];

/** Reads the flags that say what is created. */
export function createOptions(
  flags: Flags,
): Pick<CreateOptions, "bundle" | "configFile" | "noPivot" | "amend"> & ProcessOptions {
  const configFile = flags.text("config");
  return {
    bundle: flags.text("bundle") ?? process.cwd(),
    ...(configFile === undefined ? {} : { configFile }),
    noPivot: flags.has("no-pivot"),
    amend,
    ...processOptions(flags),
  };
}

/** What our own environment means for the container. */
function amend(config: Config, stateDirectory: string): Config {
  const listening = withListenFds(config);
  const notify = callersNotifySocket();
  if (notify === undefined) return listening;
  return withNotifySocket(linuxKernel(), listening, stateDirectory, notify);
}

/** Reads the flags that every new process has. */
export function processOptions(flags: Flags): ProcessOptions {
  const pidFile = flags.text("pid-file");
  const socket = flags.text("console-socket");
  const preserveFds = preserved(flags);
  return {
    ...(pidFile === undefined || pidFile === "" ? {} : { pidFile }),
    ...(socket === undefined || socket === "" ? {} : { console: { socket } }),
    ...(preserveFds === undefined ? {} : { preserveFds: preserveFds + listenFds() }),
    ...(preserveFds === undefined && listenFds() > 0 ? { preserveFds: listenFds() } : {}),
    noNewKeyring: flags.has("no-new-keyring"),
  };
}

function preserved(flags: Flags): number | undefined {
  const count = flags.number("preserve-fds");
  if (count === undefined || count >= 0) return count;
  throw usageError(`Cannot hand ${count} descriptors on (--preserve-fds)`, "Use 0 or more");
}

/**
 * Sends a pidfd of the process, when somebody asked for it.
 *
 * @param receiver where to, when there is no flag
 * @throws {ContainerError} ERR_PIDFD_SOCKET
 */
export function sendPidfd(flags: Flags, pid: number, receiver?: string): void {
  const path = flags.text("pidfd-socket") || receiver;
  if (path === undefined || path === "") return;
  const kernel = linuxKernel();
  try {
    using pidfd = new FileDescriptor(kernel, kernel.call("pidfd_open", pid, 0));
    using socket = connectUnixSocket(kernel, path);
    sendDescriptor(kernel, socket.number, pidfd.number, "pidfd");
  } catch (error) {
    throw new ContainerError(`Cannot send the pidfd to the socket "${path}": ${reasonOf(error)}`, {
      code: "ERR_PIDFD_SOCKET",
      kind: "invalid",
      hint: "Somebody must listen on it",
      cause: error,
    });
  }
}
