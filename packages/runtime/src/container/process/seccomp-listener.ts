/** Passes the notify descriptor of a filter to its agent. @see config-linux.md, "Seccomp", `listenerPath` */

import {
  type Config,
  ContainerError,
  type ContainerProcessState,
  ociVersion,
  type State,
  seccompFdName,
} from "@ctr/spec";
import { FileDescriptor } from "../../kernel/fd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import { connectUnixSocket, sendDescriptor } from "../../kernel/unix-socket.ts";
import type { InitProcess } from "./init-process.ts";

/**
 * Fetches the descriptor from the process that installed the filter, and sends it with the state.
 *
 * @throws {ContainerError} ERR_SECCOMP_LISTENER
 */
export function passListener(
  kernel: Kernel,
  config: Config,
  init: Pick<InitProcess, "pid" | "pidfd">,
  descriptor: number,
  state: State,
): void {
  const { listenerPath = "", listenerMetadata } = config.linux?.seccomp ?? {};
  const document: ContainerProcessState = {
    ociVersion,
    fds: [seccompFdName],
    pid: init.pid,
    ...(listenerMetadata === undefined ? {} : { metadata: listenerMetadata }),
    state,
  };
  try {
    using notify = new FileDescriptor(
      kernel,
      kernel.call("pidfd_getfd", init.pidfd, descriptor, 0),
    );
    using socket = connect(kernel, listenerPath);
    sendDescriptor(kernel, socket.number, notify.number, JSON.stringify(document));
  } catch (error) {
    if (error instanceof ContainerError) throw error;
    throw failure(listenerPath, reasonOf(error), error);
  }
}

/** The words are runc's, which programs look for. */
function connect(kernel: Kernel, path: string): FileDescriptor {
  try {
    return connectUnixSocket(kernel, path);
  } catch (error) {
    throw failure(path, `failed to connect with seccomp agent: ${reasonOf(error)}`, error);
  }
}

function failure(path: string, why: string, cause: unknown): ContainerError {
  return new ContainerError(
    `Cannot pass the seccomp listener to "${path}" (/linux/seccomp/listenerPath): ${why}`,
    {
      code: "ERR_SECCOMP_LISTENER",
      kind: "unavailable",
      pointer: "/linux/seccomp/listenerPath",
      cause,
      hint: "A seccomp agent must listen there",
    },
  );
}
