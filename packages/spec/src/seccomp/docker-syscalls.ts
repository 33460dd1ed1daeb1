/**
 * What Docker's default seccomp profile allows: the facts of which `docker-seccomp.ts` makes a
 * profile.
 *
 * Source: github.com/moby/profiles, seccomp/default.json of seccomp/v0.2.3 (2026-05), the one that moby
 * has, arranged by what the calls are about. A profile says what that file says for every set of
 * capabilities and every architecture, on a kernel that is 4.8 or newer. Where the file names no
 * architectures, ours has that of the kernel: to a runtime both mean the same.
 *
 * @module
 */

import type { CapabilityName } from "../config/capabilities.ts";
import type {
  LinuxSyscall,
  SeccompArchitecture,
  SeccompOperator,
} from "../config/linux/seccomp.ts";

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** The calls that are allowed whatever their arguments are, in every container. */
export const allowedCalls: readonly string[] = [
  // Sockets.
  ...words(`
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
    recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall
    socketpair
  `),
  // Memory.
  ...words(`
    brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock
    mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc
    pkey_free pkey_mprotect process_mrelease remap_file_pages
  `),
  // Extended attributes.
  ...words(`
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr
    listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat
  `),
  // Messages, semaphores, shared memory.
  ...words(`
    ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
    mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
    semtimedop_time64 shmat shmctl shmdt shmget
  `),
  // Waiting for events.
  ...words(`
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
    epoll_wait_old eventfd eventfd2 fanotify_mark futex futex_requeue futex_time64 futex_wait
    futex_waitv futex_wake get_robust_list inotify_add_watch inotify_init inotify_init1
    inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64
    io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select
    set_robust_list signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64
    timerfd_settime timerfd_settime64
  `),
  // Time.
  ...words(`
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
    clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep
    setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64
    timer_settime timer_settime64 times
  `),
  // Signals.
  ...words(`
    kill pause pidfd_open pidfd_send_signal restart_syscall rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn tgkill tkill
  `),
  // Scheduling.
  ...words(`
    getcpu getpriority ioprio_get ioprio_set rseq sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
    sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield setpriority
  `),
  // Identity and limits.
  ...words(`
    capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
    getpgid getpgrp getpid getppid getresgid getresgid32 getresuid getresuid32 getrlimit
    getrusage getsid gettid getuid getuid32 landlock_add_rule landlock_create_ruleset
    landlock_restrict_self prctl prlimit64 seccomp setfsgid setfsgid32 setfsuid setfsuid32
    setgid setgid32 setgroups setgroups32 setpgid setregid setregid32 setresgid setresgid32
    setresuid setresuid32 setreuid setreuid32 setrlimit setsid setuid setuid32 ugetrlimit umask
  `),
  // Processes.
  ...words(`
    execve execveat exit exit_group fork get_thread_area getrandom riscv_hwprobe set_thread_area
    set_tid_address sysinfo uname uretprobe vfork wait4 waitid waitpid
  `),
  // Files.
  ...words(`
    access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3
    faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2
    fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs
    fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown
    lchown32 link linkat listmount _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat
    name_to_handle_at newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64
    pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir
    sendfile sendfile64 splice stat stat64 statfs statfs64 statmount statx symlink symlinkat
    sync sync_file_range syncfs tee truncate truncate64 unlink unlinkat utime utimensat
    utimensat_time64 utimes vmsplice write writev
  `),
  // Tracing. Linux 4.8 and newer filter again after what a tracer changes.
  ...words("process_vm_readv process_vm_writev ptrace"),
];

/** The calls that a capability allows. */
export const callsByCapability: Readonly<Partial<Record<CapabilityName, readonly string[]>>> = {
  CAP_BPF: words("bpf"),
  CAP_DAC_READ_SEARCH: words("open_by_handle_at"),
  CAP_PERFMON: words("perf_event_open"),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open
    quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
  `),
  CAP_SYS_BOOT: words("reboot"),
  CAP_SYS_CHROOT: words("chroot"),
  CAP_SYS_MODULE: words("delete_module finit_module init_module"),
  CAP_SYS_NICE: words("get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
  CAP_SYS_PACCT: words("acct"),
  CAP_SYS_PTRACE: words(`
    kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace
  `),
  CAP_SYS_RAWIO: words("ioperm iopl"),
  CAP_SYS_TIME: words("clock_settime clock_settime64 settimeofday stime"),
  CAP_SYS_TTY_CONFIG: words("vhangup"),
  CAP_SYSLOG: words("syslog"),
};

/** The calls that exist on some architectures only; the profile is for one of them. */
export const callsByArchitecture: readonly (readonly [
  architectures: readonly SeccompArchitecture[],
  names: readonly string[],
])[] = [
  [["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"], words("arch_prctl")],
  [["SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_X86"], words("modify_ldt")],
  [
    ["SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64"],
    words(`
      arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2
    `),
  ],
  [["SCMP_ARCH_PPC64LE"], words("swapcontext sync_file_range2")],
  [["SCMP_ARCH_RISCV64"], words("riscv_flush_icache")],
  [
    ["SCMP_ARCH_S390", "SCMP_ARCH_S390X"],
    words("s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"),
  ],
];

/** The architectures whose programs a kernel for the first one runs, too. */
export const compatibleArchitectures: Readonly<
  Partial<Record<SeccompArchitecture, readonly SeccompArchitecture[]>>
> = {
  SCMP_ARCH_X86_64: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  SCMP_ARCH_AARCH64: ["SCMP_ARCH_ARM"],
  SCMP_ARCH_MIPS64: ["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"],
  SCMP_ARCH_MIPS64N32: ["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64"],
  SCMP_ARCH_MIPSEL64: ["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"],
  SCMP_ARCH_MIPSEL64N32: ["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64"],
  SCMP_ARCH_S390X: ["SCMP_ARCH_S390"],
};

/** AF_ALG, the kernel's cryptography, and AF_VSOCK, the way to a virtual machine's host. */
const [algorithmSockets, virtualMachineSockets] = [38, 40];

/** Execution domains: LINUX, LINUX32, UNAME26, both, and the query for the current one. */
const personalities = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

function allowWhen(name: string, op: SeccompOperator, value: number): LinuxSyscall {
  return { names: [name], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value, op }] };
}

/** The calls that are allowed with certain arguments. */
export const conditionalCalls: readonly LinuxSyscall[] = [
  allowWhen("socket", "SCMP_CMP_LT", algorithmSockets),
  allowWhen("socket", "SCMP_CMP_EQ", algorithmSockets + 1),
  allowWhen("socket", "SCMP_CMP_GT", virtualMachineSockets),
  ...personalities.map((value) => allowWhen("personality", "SCMP_CMP_EQ", value)),
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET: none may be set. */
const namespaceFlags = 0x7e02_0000;

/**
 * Returns what is allowed of clone without CAP_SYS_ADMIN: anything but new namespaces. The flags of
 * clone3 are in memory, where a filter cannot look, so it must seem not to exist: C libraries then
 * use clone.
 *
 * @param flagsArgument the index of clone's flags: 1 on s390, else 0
 */
export function cloneWithoutNamespaces(flagsArgument: 0 | 1): readonly LinuxSyscall[] {
  return [
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: flagsArgument, value: namespaceFlags, op: "SCMP_CMP_MASKED_EQ" }],
    },
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
  ];
}
