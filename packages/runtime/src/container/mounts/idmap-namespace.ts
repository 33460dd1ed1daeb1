/** A user namespace that exists only to say how ids are mapped. @see mount_setattr(2), MOUNT_ATTR_IDMAP */

import type { LinuxIdMapping } from "@ctr/spec";
import { waitFor } from "../../init/steps.ts";
import { FileDescriptor } from "../../kernel/fd.ts";
import { open } from "../../kernel/file.ts";
import { reap } from "../../kernel/wait.ts";
import { value } from "../../machine/constants.ts";
import { assemble } from "../../program/assemble.ts";
import { writeIdMappings } from "../id-mappings.ts";
import type { Runtime } from "../runtime-options.ts";

/** Makes a user namespace with these mappings and returns a descriptor that keeps it. */
export function openUserNamespace(
  runtime: Runtime,
  uidMappings: readonly LinuxIdMapping[],
  gidMappings: readonly LinuxIdMapping[],
): FileDescriptor {
  const { kernel } = runtime;
  using stack = new DisposableStack();
  const ends = new Int32Array(2);
  kernel.call("pipe2", ends, value("O_CLOEXEC"));
  const [readEnd, writeEnd] = [...ends].map((end) => stack.use(new FileDescriptor(kernel, end)));
  const null_ = stack.use(open(kernel, "/dev/null", ["O_RDWR"]));
  // The process does nothing but wait until we go away.
  const image = assemble({
    preserveFds: 0,
    descriptors: ["report", "sync"],
    steps: waitFor("sync", "wait"),
  });
  const config = { ociVersion: "1.0.0", linux: { uidMappings, gidMappings } };
  const { pid, pidfd } = kernel.launch({
    image,
    name: "bunc:idmap",
    descriptors: [null_, null_, null_, null_, readEnd ?? null_].map(({ number }) => number),
    namespaces: BigInt(value("CLONE_NEWUSER")),
  });
  stack.defer(() => kernel.call("close", pidfd));
  stack.defer(() => {
    kernel.call("pidfd_send_signal", pidfd, value("SIGKILL"), null, 0);
    reap(kernel, pidfd, "block");
  });
  void writeEnd;
  // Only now: the process need not be anybody in there, and id 0 need not be mapped.
  writeIdMappings(runtime, config, pid);
  return open(kernel, `/proc/${pid}/ns/user`, ["O_RDONLY"]);
}
