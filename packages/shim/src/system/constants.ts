/**
 * Numbers of the kernel that the shim uses; the same on x86-64 and arm64.
 *
 * Source: the headers below include/uapi of Linux.
 *
 * @module
 */

export const AT_FDCWD = -100;
export const AT_REMOVEDIR = 0x200;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;

export const F_DUPFD_CLOEXEC = 1030;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const SEEK_END = 2;

export const PR_SET_CHILD_SUBREAPER = 36;

export const P_ALL = 0;
export const P_PID = 1;
export const WNOHANG = 1;
export const WEXITED = 4;
export const WNOWAIT = 0x100_0000;

export const SIGKILL = 9;

export const TCGETS = 0x5401;
export const TIOCSWINSZ = 0x5414;

export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
