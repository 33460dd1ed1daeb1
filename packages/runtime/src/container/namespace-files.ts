/** Opens the namespaces that a configuration joins. @see config-linux.md, "Namespaces"; setns(2) */

import { ContainerError } from "@ctr/spec";
import type { JoinedNamespace } from "../init/linux/namespaces.ts";
import { open } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";

/**
 * Opens each, by the name that the program knows it by.
 *
 * @throws {ContainerError} ERR_NAMESPACE_NOT_FOUND
 */
export function openNamespaces(
  kernel: Kernel,
  joined: readonly JoinedNamespace[],
  stack: DisposableStack,
): [string, number][] {
  return joined.map(({ type, path, index }) => {
    try {
      const file = stack.use(open(kernel, path, ["O_RDONLY"]));
      return [`namespace-${type}`, file.number];
    } catch (error) {
      throw new ContainerError(
        `Cannot open the ${type} namespace "${path}" (/linux/namespaces/${index}/path): ${reasonOf(error)}`,
        {
          code: "ERR_NAMESPACE_NOT_FOUND",
          kind: "notFound",
          pointer: `/linux/namespaces/${index}/path`,
          cause: error,
        },
      );
    }
  });
}
