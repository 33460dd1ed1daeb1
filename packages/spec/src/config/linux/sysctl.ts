import type { LinuxNamespaceType } from "./namespaces.ts";

/** Whether a kernel parameter belongs to an IPC namespace. */
function isOfIpc(parameter: string): boolean {
  return (
    parameter.startsWith("fs.mqueue.") ||
    [
      "kernel.msgmax",
      "kernel.msgmnb",
      "kernel.msgmni",
      "kernel.sem",
      "kernel.shmall",
      "kernel.shmmax",
      "kernel.shmmni",
      "kernel.shm_rmid_forced",
    ].includes(parameter)
  );
}

/**
 * Returns the dotted form of a kernel parameter's name. What comes first of `.` and `/` separates:
 * `net/ipv4/conf/eth0.1/mtu` is `net.ipv4.conf.eth0/1.mtu`.
 *
 * @see sysctl(8)
 */
export function dottedSysctl(name: string): string {
  const slash = name.indexOf("/");
  const dot = name.indexOf(".");
  if (slash === -1 || (dot !== -1 && dot < slash)) {
    return name;
  }
  return name.replaceAll(/[./]/g, (separator) => (separator === "/" ? "." : "/"));
}

/**
 * Returns the type of namespace that a kernel parameter belongs to, or `undefined` when it is the
 * whole machine's or nobody's: `net.//.kernel.core_pattern` is `/proc/sys/net/../kernel/core_pattern`.
 */
export function sysctlNamespace(name: string): LinuxNamespaceType | undefined {
  const parameter = dottedSysctl(name);
  // In the dotted form: a part that is empty, or a dot or two as a file name, which would lead elsewhere in /proc/sys.
  const strayPart = /(^|\.)\/{0,2}(\.|$)/;
  if (strayPart.test(parameter) || parameter.includes("\0")) {
    return undefined;
  }
  if (parameter.startsWith("net.")) {
    return "network";
  }
  if (isOfIpc(parameter)) {
    return "ipc";
  }
  if (parameter === "kernel.domainname" || parameter === "kernel.hostname") {
    return "uts";
  }
  return parameter.startsWith("user.") ? "user" : undefined;
}
