/** Words that other programs have for the specification's names: those of Docker, Compose, Kubernetes, libseccomp and C. */

// Both are made when a suggestion is wanted for the first time: a start has no time for them.
function makeWords(): Readonly<Record<string, string>> {
  return {
    // config.json
    labels: "annotations",
    domain: "domainname",
    // process
    command: "args commandLine",
    cmd: "args",
    argv: "args",
    entrypoint: "args",
    environment: "env",
    workingdir: "cwd",
    workdir: "cwd",
    tty: "terminal",
    allowprivilegeescalation: "noNewPrivileges",
    groups: "additionalGids",
    groupadd: "additionalGids",
    supplementalgroups: "additionalGids",
    userid: "uid",
    runasuser: "uid",
    groupid: "gid",
    runasgroup: "gid",
    inherited: "inheritable",
    realtime: "IOPRIO_CLASS_RT",
    besteffort: "IOPRIO_CLASS_BE",
    normal: "SCHED_OTHER",
    openfiles: "RLIMIT_NOFILE",
    procs: "RLIMIT_NPROC",
    vmem: "RLIMIT_AS",
    // root, mounts
    rootfs: "root path",
    readonly: "ro readonly",
    readwrite: "rw",
    target: "destination",
    dst: "destination",
    containerpath: "destination",
    src: "source",
    hostpath: "source",
    // linux
    ns: "namespaces",
    mnt: "mount",
    netns: "network",
    process: "pid",
    hostname: "uts",
    clonenewns: "mount",
    newns: "mount",
    limits: "resources",
    char: "c",
    character: "c",
    block: "b",
    fifo: "p",
    pipe: "p",
    max: "limit",
    memswap: "swap",
    memoryswap: "swap",
    memoryreservation: "reservation",
    oomkilldisable: "disableOOMKiller",
    weight: "shares weight",
    cpusetcpus: "cpus",
    cpusetmems: "mems",
    reserve: "reservation",
  };
}

function makeSeccompWords(): Readonly<Record<string, string>> {
  return {
    default: "defaultAction",
    amd64: "SCMP_ARCH_X86_64",
    x64: "SCMP_ARCH_X86_64",
    i386: "SCMP_ARCH_X86",
    i686: "SCMP_ARCH_X86",
    "386": "SCMP_ARCH_X86",
    arm64: "SCMP_ARCH_AARCH64",
    ppc64el: "SCMP_ARCH_PPC64LE",
    usernotif: "SCMP_ACT_NOTIFY",
    equal: "SCMP_CMP_EQ",
    "==": "SCMP_CMP_EQ",
    "!=": "SCMP_CMP_NE",
    "<": "SCMP_CMP_LT",
    "<=": "SCMP_CMP_LE",
    lte: "SCMP_CMP_LE",
    ">": "SCMP_CMP_GT",
    ">=": "SCMP_CMP_GE",
    gte: "SCMP_CMP_GE",
  };
}

let table: ReadonlyMap<string, readonly string[]> | undefined;

/** Returns the words in small letters, and what the specification calls what they mean. */
export function otherWords(): ReadonlyMap<string, readonly string[]> {
  table ??= new Map(
    Object.entries({ ...makeWords(), ...makeSeccompWords() }).map(([key, names]) => [
      key,
      names.split(" "),
    ]),
  );
  return table;
}

/** Returns the specification's names for a word of another program, whatever its case and underscores. */
export function namesForWord(word: string): readonly string[] {
  return otherWords().get(word.replaceAll("_", "").toLowerCase()) ?? [];
}
