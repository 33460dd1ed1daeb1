import type { Capabilities } from "./capabilities.ts";
import type { ExecCpuAffinity } from "./exec-cpu-affinity.ts";
import type { IoPriority } from "./io-priority.ts";
import type { Rlimit } from "./rlimit.ts";
import type { Scheduler } from "./scheduler.ts";
import type { User } from "./user.ts";

/**
 * The process of a container, or one that is executed in it.
 *
 * @see config.md, "Process"
 */
export interface Process {
  /** Whether the process gets a pseudoterminal on its standard streams. Default: `false`. */
  readonly terminal?: boolean;
  /** Initial size of the terminal; ignored without {@linkcode Process.terminal}. */
  readonly consoleSize?: ConsoleSize;
  /** User and groups of the process. */
  readonly user?: User;
  /**
   * The command: `execvp`'s file, looked up in `PATH` of {@linkcode Process.env}, and its
   * arguments. The prose requires at least one entry everywhere but on Windows.
   */
  readonly args?: readonly string[];
  /**
   * Full command line on Windows; preferred there over {@linkcode Process.args}.
   *
   * @since 1.0.2
   */
  readonly commandLine?: string;
  /** Environment, each entry `NAME=value`. */
  readonly env?: readonly string[];
  /** Working directory inside the container, absolute. */
  readonly cwd: string;
  /** Capabilities by set. Linux. */
  readonly capabilities?: Capabilities;
  /** Resource limits, each type at most once. POSIX. */
  readonly rlimits?: readonly Rlimit[];
  /** Whether `execve` can no longer grant privileges: prctl(2), PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivileges?: boolean;
  /** Name of the AppArmor profile. Linux. */
  readonly apparmorProfile?: string;
  /** `/proc/<pid>/oom_score_adj`, -1000 to 1000. Default: not touched. Linux. */
  readonly oomScoreAdj?: number;
  /** SELinux label of the process. Linux. */
  readonly selinuxLabel?: string;
  /**
   * I/O priority of the process. Linux.
   *
   * @since 1.1.0
   */
  readonly ioPriority?: IoPriority;
  /**
   * CPU scheduling of the process. Linux.
   *
   * @since 1.1.0
   */
  readonly scheduler?: Scheduler;
  /**
   * CPUs that an executed process runs on; not for the container's first process. Linux.
   *
   * @since 1.2.1
   */
  readonly execCPUAffinity?: ExecCpuAffinity;
}

/**
 * Size of a terminal in characters.
 *
 * @see config.md, "Process", `consoleSize`
 */
export interface ConsoleSize {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}
