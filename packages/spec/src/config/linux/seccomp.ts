/** The architectures of a seccomp filter, by the names of libseccomp. */
export const seccompArchitectures = [
  "SCMP_ARCH_X86",
  "SCMP_ARCH_X86_64",
  "SCMP_ARCH_X32",
  "SCMP_ARCH_ARM",
  "SCMP_ARCH_AARCH64",
  "SCMP_ARCH_LOONGARCH64",
  "SCMP_ARCH_M68K",
  "SCMP_ARCH_MIPS",
  "SCMP_ARCH_MIPS64",
  "SCMP_ARCH_MIPS64N32",
  "SCMP_ARCH_MIPSEL",
  "SCMP_ARCH_MIPSEL64",
  "SCMP_ARCH_MIPSEL64N32",
  "SCMP_ARCH_PPC",
  "SCMP_ARCH_PPC64",
  "SCMP_ARCH_PPC64LE",
  "SCMP_ARCH_S390",
  "SCMP_ARCH_S390X",
  "SCMP_ARCH_SH",
  "SCMP_ARCH_SHEB",
  "SCMP_ARCH_PARISC",
  "SCMP_ARCH_PARISC64",
  "SCMP_ARCH_RISCV64",
] as const;

/** A name of {@linkcode seccompArchitectures}. */
export type SeccompArchitecture = (typeof seccompArchitectures)[number];

/** What a seccomp filter can do about a system call. */
export const seccompActions = [
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
] as const;

/** A name of {@linkcode seccompActions}. */
export type SeccompAction = (typeof seccompActions)[number];

/** The flags of seccomp(2). */
export const seccompFlags = [
  "SECCOMP_FILTER_FLAG_TSYNC",
  "SECCOMP_FILTER_FLAG_LOG",
  "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
] as const;

/** A name of {@linkcode seccompFlags}. */
export type SeccompFlag = (typeof seccompFlags)[number];

/** The comparisons of a system call's argument. */
export const seccompOperators = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
] as const;

/** A name of {@linkcode seccompOperators}. */
export type SeccompOperator = (typeof seccompOperators)[number];

/**
 * System call filter of the container.
 *
 * @see config-linux.md, "Seccomp"
 * @see seccomp(2)
 */
export interface LinuxSeccomp {
  /** Action for a call that no rule matches. */
  readonly defaultAction: SeccompAction;
  /**
   * errno of the default action when that is SCMP_ACT_ERRNO, or the message of SCMP_ACT_TRACE.
   * Default: EPERM.
   *
   * @since 1.1.0
   */
  readonly defaultErrnoRet?: number;
  /**
   * Flags of seccomp(2).
   *
   * @since 1.0.2
   */
  readonly flags?: readonly SeccompFlag[];
  /**
   * Unix stream socket that gets the container process state and the notify descriptor when
   * SCMP_ACT_NOTIFY is used.
   *
   * @since 1.1.0
   */
  readonly listenerPath?: string;
  /**
   * Opaque data for the agent at {@linkcode LinuxSeccomp.listenerPath}.
   *
   * @since 1.1.0
   */
  readonly listenerMetadata?: string;
  /** Architectures that the filter knows. Default: the runtime's own. */
  readonly architectures?: readonly SeccompArchitecture[];
  /** Rules. */
  readonly syscalls?: readonly LinuxSyscall[];
}

/**
 * One rule of a {@linkcode LinuxSeccomp} filter.
 *
 * @see config-linux.md, "Seccomp", `syscalls`
 */
export interface LinuxSyscall {
  /** Names of the system calls, at least one. */
  readonly names: readonly string[];
  /** What to do when one of them matches. */
  readonly action: SeccompAction;
  /**
   * errno of SCMP_ACT_ERRNO, or the message of SCMP_ACT_TRACE. Default: EPERM.
   *
   * @since 1.1.0
   */
  readonly errnoRet?: number;
  /** Conditions on the arguments, all of which must hold. Default: none. */
  readonly args?: readonly LinuxSeccompArg[];
}

/**
 * A condition on one argument of a system call.
 *
 * Values are unsigned 64-bit; JSON numbers above 2^53 are rounded to the nearest double.
 *
 * @see config-linux.md, "Seccomp", `syscalls[].args`
 */
export interface LinuxSeccompArg {
  /** Which argument, 0 to 5. */
  readonly index: number;
  /** What it is compared with; the mask of SCMP_CMP_MASKED_EQ. */
  readonly value: number;
  /** What the masked argument is compared with. Only for SCMP_CMP_MASKED_EQ. Default: 0. */
  readonly valueTwo?: number;
  /** Comparison. */
  readonly op: SeccompOperator;
}
