import type { FreeBsd } from "./freebsd.ts";
import type { Hooks } from "./hooks.ts";
import type { Linux } from "./linux/linux.ts";
import type { Mount } from "./mount.ts";
import type { Process } from "./process.ts";
import type { Root } from "./root.ts";
import type { Solaris } from "./solaris.ts";
import type { Vm } from "./vm.ts";
import type { Windows } from "./windows.ts";
import type { Zos } from "./zos.ts";

/** The version of the runtime specification that these types describe. */
export const ociVersion = "1.3.0";

/**
 * Free key-value pairs.
 *
 * Keys should be in reverse domain notation, `com.example.key`; the empty key and the prefix
 * `org.opencontainers` are reserved.
 *
 * @see config.md, "Annotations"
 */
export type Annotations = Readonly<Record<string, string>>;

/**
 * The configuration of a container: the contents of a bundle's `config.json`.
 *
 * Fields that no version of the specification knows are kept by every function of this package.
 * The types accept what the published JSON schemas accept; what the prose demands beyond that
 * is noted at each field.
 *
 * @see config.md
 */
export interface Config {
  /**
   * Version of the specification that the bundle complies with, in SemVer 2.0.0 form.
   * A runtime accepts every version of its own major.
   */
  readonly ociVersion: string;
  /** Programs that run at points of the container's life. */
  readonly hooks?: Hooks;
  /** Arbitrary metadata of the container. */
  readonly annotations?: Annotations;
  /** Host name inside the container; needs a `uts` namespace of its own. Default: inherited. */
  readonly hostname?: string;
  /**
   * NIS domain name inside the container; needs a `uts` namespace of its own. Default: inherited.
   *
   * @since 1.1.0
   */
  readonly domainname?: string;
  /** File systems to mount beside {@linkcode Config.root}, in this order. */
  readonly mounts?: readonly Mount[];
  /** The root file system. The prose requires it on every platform but Hyper-V. */
  readonly root?: Root;
  /** The process to run. Required by the time that `start` is called. */
  readonly process?: Process;
  /** What only Linux has. */
  readonly linux?: Linux;
  /** What only Solaris has. */
  readonly solaris?: Solaris;
  /** What only Windows has; required there. */
  readonly windows?: Windows;
  /**
   * What only containers in virtual machines have.
   *
   * @since 1.0.2
   */
  readonly vm?: Vm;
  /**
   * What only z/OS has.
   *
   * @since 1.1.0
   */
  readonly zos?: Zos;
  /**
   * What only FreeBSD has.
   *
   * @since 1.3.0
   */
  readonly freebsd?: FreeBsd;
}
