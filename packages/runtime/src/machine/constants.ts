/**
 * The kernel's constants under their own names. Nearly all are the same on x86-64 and arm64; the others say both.
 *
 * Source: the headers below include/uapi of Linux; arch/arm64/include/uapi/asm/fcntl.h for the flags that differ.
 *
 * @module
 */

import { type Architecture, nativeArchitecture } from "./syscalls.ts";

const values = {
  // name: value, or [x86-64, arm64]
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DIRECT: [0o40000, 0o200000],
  O_LARGEFILE: [0o100000, 0o400000],
  O_DIRECTORY: [0o200000, 0o40000],
  O_NOFOLLOW: [0o400000, 0o100000],
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
  /** Includes O_DIRECTORY. */
  O_TMPFILE: [0o20200000, 0o20040000],
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EACCESS: 0x200,
  AT_REMOVEDIR: 0x200,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
  S_IFMT: 0o170000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  S_IFBLK: 0o060000,
  S_IFREG: 0o100000,
  S_IFIFO: 0o010000,
  S_IFLNK: 0o120000,
  X_OK: 1,
  F_DUPFD_CLOEXEC: 1030,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  FD_CLOEXEC: 1,
  F_ADD_SEALS: 1033,
  F_SEAL_SEAL: 1,
  F_SEAL_SHRINK: 2,
  F_SEAL_GROW: 4,
  F_SEAL_WRITE: 8,
  MFD_CLOEXEC: 1,
  MFD_ALLOW_SEALING: 2,
  MFD_EXEC: 0x10,
  RESOLVE_NO_XDEV: 1,
  RESOLVE_NO_MAGICLINKS: 2,
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  RESOLVE_IN_ROOT: 0x10,
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_SYNCHRONOUS: 16,
  MS_REMOUNT: 32,
  MS_MANDLOCK: 64,
  MS_DIRSYNC: 128,
  MS_NOSYMFOLLOW: 256,
  MS_NOATIME: 1024,
  MS_NODIRATIME: 2048,
  MS_BIND: 4096,
  MS_MOVE: 8192,
  MS_REC: 16384,
  MS_SILENT: 32768,
  MS_UNBINDABLE: 0x20000,
  MS_PRIVATE: 0x40000,
  MS_SLAVE: 0x80000,
  MS_SHARED: 0x100000,
  MS_RELATIME: 0x200000,
  MS_I_VERSION: 0x800000,
  MS_STRICTATIME: 0x1000000,
  MS_LAZYTIME: 0x2000000,
  MNT_DETACH: 2,
  UMOUNT_NOFOLLOW: 8,
  OPEN_TREE_CLONE: 1,
  OPEN_TREE_CLOEXEC: 0o2000000,
  MOVE_MOUNT_F_EMPTY_PATH: 4,
  MOVE_MOUNT_T_EMPTY_PATH: 0x40,
  FSOPEN_CLOEXEC: 1,
  FSMOUNT_CLOEXEC: 1,
  FSPICK_CLOEXEC: 1,
  FSPICK_EMPTY_PATH: 8,
  STATX_MODE: 2,
  STATX_MNT_ID: 0x1000,
  FSCONFIG_SET_FLAG: 0,
  FSCONFIG_SET_STRING: 1,
  FSCONFIG_CMD_CREATE: 6,
  FSCONFIG_CMD_RECONFIGURE: 7,
  MOUNT_ATTR_RDONLY: 1,
  MOUNT_ATTR_NOSUID: 2,
  MOUNT_ATTR_NODEV: 4,
  MOUNT_ATTR_NOEXEC: 8,
  MOUNT_ATTR__ATIME: 0x70,
  MOUNT_ATTR_RELATIME: 0,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR_NODIRATIME: 0x80,
  MOUNT_ATTR_IDMAP: 0x100000,
  MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
  CLONE_VM: 0x100,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_PIDFD: 0x1000,
  CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000,
  CLONE_NEWTIME: 0x80,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_INTO_CGROUP: 0x200000000,
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGTERM: 15,
  SIGCHLD: 17,
  SA_RESTORER: 0x0400_0000,
  SIG_BLOCK: 0,
  SIG_SETMASK: 2,
  CLOSE_RANGE_CLOEXEC: 4,
  PR_SET_PDEATHSIG: 1,
  PR_SET_DUMPABLE: 4,
  PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15,
  PR_CAPBSET_DROP: 24,
  PR_SET_CHILD_SUBREAPER: 36,
  PR_GET_CHILD_SUBREAPER: 37,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_CAP_AMBIENT: 47,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
  KEYCTL_JOIN_SESSION_KEYRING: 1,
  KEYCTL_SETPERM: 5,
  KEYCTL_DESCRIBE: 6,
  TIOCSCTTY: 0x540e,
  TIOCGWINSZ: 0x5413,
  TIOCSWINSZ: 0x5414,
  TIOCSPTLCK: 0x40045431,
  TIOCGPTPEER: 0x5441,
  TIOCGPTN: 0x80045430,
  TCGETS: 0x5401,
  TCSETS: 0x5402,
  ONLCR: 0o4,
  SOL_SOCKET: 1,
  SCM_RIGHTS: 1,
  AF_UNIX: 1,
  AF_INET: 2,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SIOCSIFFLAGS: 0x8914,
  IFF_UP: 1,
  SOCK_SEQPACKET: 5,
  SOCK_CLOEXEC: 0o2000000,
  SOCK_NONBLOCK: 0o4000,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
  P_PIDFD: 3,
  P_PID: 1,
  WNOHANG: 1,
  WEXITED: 4,
  WNOWAIT: 0x1000000,
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  SECCOMP_SET_MODE_FILTER: 1,
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_NEW_LISTENER: 8,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 16,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
  _LINUX_CAPABILITY_VERSION_3: 0x20080522,
  PROT_READ: 1,
  PROT_WRITE: 2,
  PROT_EXEC: 4,
  MAP_SHARED: 1,
  MAP_PRIVATE: 2,
  MAP_ANONYMOUS: 0x20,
  MAP_FIXED_NOREPLACE: 0x100000,
  BPF_PROG_LOAD: 5,
  BPF_PROG_ATTACH: 8,
  BPF_PROG_DETACH: 9,
  BPF_PROG_GET_FD_BY_ID: 13,
  BPF_PROG_QUERY: 16,
  BPF_PROG_TYPE_CGROUP_DEVICE: 15,
  BPF_CGROUP_DEVICE: 6,
  BPF_F_ALLOW_MULTI: 2,
  BPF_F_REPLACE: 4,
  IOPRIO_WHO_PROCESS: 1,
  PROC_SUPER_MAGIC: 0x9fa0,
} as const;

/** The name of a constant. */
export type ConstantName = keyof typeof values;

/** All names. */
export const constantNames: readonly ConstantName[] = Object.keys(values) as ConstantName[];

/** A number together with the names that it was made of, so that a program can be read. */
export interface Constant {
  /** For example `MS_BIND|MS_REC`. */
  readonly constant: string;
  readonly value: number;
  /** The number on arm64, where it is another. */
  readonly arm64?: number;
}

/** Returns the number of constants put together, on the machine that we run on: `value("MS_BIND", "MS_REC")`. */
export function value(...names: readonly ConstantName[]): number {
  return constantOn(constant(...names), nativeArchitecture());
}

/** Constants that were asked for before: the same few stand in most steps of a program. */
const known: Map<string, Constant> = new Map();

/** Returns constants put together, with their names; nothing is 0. A name given twice counts once. */
export function constant(...names: readonly ConstantName[]): Constant {
  const key = names.join("|");
  let found = known.get(key);
  if (found === undefined) {
    found = combined([...new Set(names)]);
    known.set(key, found);
  }
  return found;
}

function combined(names: readonly ConstantName[]): Constant {
  const text = names.join("|") || "0";
  const number = combine(names, "x86-64");
  const arm64 = combine(names, "arm64");
  return arm64 === number
    ? { constant: text, value: number }
    : { constant: text, value: number, arm64 };
}

/** Returns the number that a constant is on an architecture. */
export function constantOn({ value, arm64 }: Constant, architecture: Architecture): number {
  return architecture === "arm64" ? (arm64 ?? value) : value;
}

function combine(names: readonly ConstantName[], architecture: Architecture): number {
  let combined: number | undefined;
  for (const name of names) {
    const entry = values[name];
    const each = typeof entry === "number" ? entry : entry[architecture === "x86-64" ? 0 : 1];
    combined = combined === undefined ? each : or(combined, each);
  }
  return combined ?? 0;
}

/** Bitwise or of flags up to 53 bits; the operator stops at 32. */
function or(a: number, b: number): number {
  const upper = Math.floor(a / 2 ** 32) | Math.floor(b / 2 ** 32);
  return upper * 2 ** 32 + ((a | b) >>> 0);
}
