/**
 * The configuration of an image: how it was built and how to run it.
 *
 * @see config.md of the image specification
 */
export interface ImageConfig {
  /** When the image was made, RFC 3339. */
  readonly created?: string;
  /** Who made it. */
  readonly author?: string;
  /** Architecture by its name in Go, such as `amd64`. */
  readonly architecture: string;
  /** Variant of the architecture, such as `v8`. */
  readonly variant?: string;
  /** Operating system by its name in Go, such as `linux`. */
  readonly os: string;
  /** Version of the operating system. */
  readonly "os.version"?: string;
  /** Features of the operating system that must be there. */
  readonly "os.features"?: readonly string[];
  /** How to run a container of the image. */
  readonly config?: ImageExecution;
  /** The layers. */
  readonly rootfs: ImageRootfs;
  /** How each layer was made, the base first. */
  readonly history?: readonly ImageHistory[];
}

/** @see config.md of the image specification, `config` */
export interface ImageExecution {
  /** User and group: `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`. */
  readonly User?: string;
  /** Ports to expose, `port/tcp`, `port/udp` or `port`; the values are empty. */
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Environment, each entry `NAME=value`. */
  readonly Env?: readonly string[];
  /** Command to run; the arguments of {@linkcode ImageExecution.Cmd} follow. */
  readonly Entrypoint?: readonly string[] | null;
  /** Default arguments of the entry point, or the command when there is none. */
  readonly Cmd?: readonly string[] | null;
  /** Directories that hold the container's data; the values are empty. */
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;
  /** Working directory. */
  readonly WorkingDir?: string;
  /** Metadata of the container, by the rules of annotations. */
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** Signal that ends the container, such as `SIGKILL` or `SIGRTMIN+3`. */
  readonly StopSignal?: string;
  /** Whether the arguments are escaped already. Windows; deprecated. */
  readonly ArgsEscaped?: boolean;
}

/** @see config.md of the image specification, `rootfs` */
export interface ImageRootfs {
  readonly type: "layers";
  /** Digests of the uncompressed layers, the base first. */
  readonly diff_ids: readonly string[];
}

/** @see config.md of the image specification, `history` */
export interface ImageHistory {
  /** When the layer was made, RFC 3339. */
  readonly created?: string;
  /** Who made it. */
  readonly author?: string;
  /** The command that made it. */
  readonly created_by?: string;
  /** A remark. */
  readonly comment?: string;
  /** Whether the command changed no file, so that there is no layer. Default: `false`. */
  readonly empty_layer?: boolean;
}
