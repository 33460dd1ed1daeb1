import { type Config, ociVersion } from "./config/config.ts";
import { defaultMaskedPaths, defaultReadonlyPaths } from "./default-config.ts";

/** Options of {@linkcode minimalConfig}. */
export interface MinimalConfigOptions {
  /** The command and its arguments. */
  readonly args: readonly string[];
  /**
   * The root file system, absolute or relative to the bundle.
   *
   * @default "rootfs"
   */
  readonly rootfs?: string;
}

/**
 * Returns the least that isolates a program on Linux: its own process ids, mounts, network, host name
 * and IPC, `/proc` without what reaches the host, no capabilities and no way to gain any. There is no `/dev/shm`, no terminal, no
 * limit; add what a program needs with {@linkcode withMount} and its like.
 *
 * @example
 * ```ts
 * import { minimalConfig, withMemoryLimit } from "@ctr/spec";
 *
 * const config = withMemoryLimit(minimalConfig({ args: ["/bin/true"] }), 2 ** 20);
 * console.log(config.mounts?.length, config.root?.path); // 1 "rootfs"
 * ```
 */
export function minimalConfig(options: MinimalConfigOptions): Config {
  return {
    ociVersion,
    root: { path: options.rootfs ?? "rootfs" },
    process: {
      cwd: "/",
      args: [...options.args],
      user: { uid: 0, gid: 0 },
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      capabilities: {},
      noNewPrivileges: true,
    },
    mounts: [
      {
        destination: "/proc",
        type: "proc",
        source: "proc",
        options: ["nosuid", "noexec", "nodev"],
      },
    ],
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
      ],
      maskedPaths: [...defaultMaskedPaths],
      readonlyPaths: [...defaultReadonlyPaths],
    },
  };
}
