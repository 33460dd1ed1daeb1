import { lstatSync, mkdirSync } from "node:fs";
import { ContainerError } from "@ctr/spec";
import type { Kernel } from "../kernel/kernel.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { inspectHost } from "./host.ts";

/** Who makes the cgroup of a container: we by ourselves, systemd as a scope, or nobody. */
export type CgroupManager = "cgroupfs" | "systemd" | "disabled";

/** What every verb of the runtime takes. */
export interface RuntimeOptions {
  /**
   * Directory that holds a directory for each container.
   *
   * @default `/run/bunc`, or `$XDG_RUNTIME_DIR/bunc` without privileges
   */
  readonly root?: string;
  /** The door to the kernel; tests replace it. */
  readonly kernel?: Kernel;
  /**
   * Who makes cgroups. With `disabled` a container stays in the cgroup of its creator, without limits.
   *
   * @default "cgroupfs"
   */
  readonly cgroupManager?: CgroupManager;
  /** The same as `cgroupManager: "systemd"`; `linux.cgroupsPath` is `slice:prefix:name` then. */
  readonly systemdCgroup?: boolean;
  /**
   * Whether cgroups that may not be made are done without, unless a path or a limit asks for them.
   *
   * @default whether we are not root, or root of a user namespace only
   */
  readonly rootless?: boolean;
  /** Is told what could not be done and yet is no failure. @default nobody is told */
  readonly onWarning?: (message: string) => void;
  /** Is told step by step what is done, for who looks for a fault. @default nobody is told */
  readonly onDebug?: (message: string) => void;
}

/** {@linkcode RuntimeOptions} with its defaults. */
export interface Runtime {
  readonly root: string;
  readonly kernel: Kernel;
  /** Whether we run without privileges: not as root. */
  readonly rootless: boolean;
  /** Whether cgroups can be done without. */
  readonly rootlessCgroups: boolean;
  readonly cgroupManager: CgroupManager;
  readonly warn: (message: string) => void;
  readonly debug: (message: string) => void;
}

/**
 * Fills in the defaults.
 *
 * @throws {ContainerError} ERR_STATE_DIRECTORY when the default root could be somebody else's
 */
export function runtimeOf(options: RuntimeOptions): Runtime {
  const kernel = options.kernel ?? linuxKernel();
  const rootless = process.geteuid?.() !== 0;
  return {
    root: options.root ?? defaultRoot(kernel, rootless),
    kernel,
    rootless,
    rootlessCgroups: options.rootless ?? (rootless || inspectHost(kernel).inUserNamespace),
    cgroupManager:
      options.cgroupManager ?? (options.systemdCgroup === true ? "systemd" : "cgroupfs"),
    warn: options.onWarning ?? (() => undefined),
    debug: options.onDebug ?? (() => undefined),
  };
}

/** As runc has it: root of a user namespace is a user like others unless he calls himself root. */
function defaultRoot(kernel: Kernel, rootless: boolean): string {
  const directory = process.env["XDG_RUNTIME_DIR"] ?? "";
  const isUser =
    rootless || (inspectHost(kernel).inUserNamespace && process.env["USER"] !== "root");
  if (isUser && directory !== "") return `${directory}/bunc`;
  return rootless ? ownTemporaryRoot() : "/run/bunc";
}

/** Anybody could have made the directory before us, with containers in it that run their hooks as us. */
function ownTemporaryRoot(): string {
  const uid = process.geteuid?.() ?? 0;
  const root = `/tmp/bunc-${uid}`;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const found = lstatSync(root);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return root;
  throw new ContainerError(`Cannot keep containers in "${root}": others can write to it`, {
    code: "ERR_STATE_DIRECTORY",
    kind: "forbidden",
    hint: "Set XDG_RUNTIME_DIR, or name another place with --root",
  });
}
