import { type Finding, ok } from "./finding.ts";
import type { Host } from "./host.ts";

/** Oldest kernel: the first with mount_setattr(2). */
const kernelMin: readonly [major: number, minor: number] = [5, 12];

const architectures: Readonly<Record<string, string>> = { x64: "x86-64", arm64: "arm64" };

const namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const;

/** Looks at the kernel: its version, what it was built with, and what is turned off. */
export function checkKernel(host: Host): Finding[] {
  return [
    architecture(host),
    kernelVersion(host),
    namespaceTypes(host),
    seccomp(host),
    memfdExecution(host),
    jit(host),
  ];
}

function architecture({ architecture: name }: Host): Finding {
  const known = architectures[name];
  return known === undefined
    ? {
        name: "Architecture",
        level: "error",
        found: name,
        hint: "Init programs are made for x86-64 and arm64 only",
      }
    : ok("Architecture", known);
}

function kernelVersion({ kernelRelease }: Host): Finding {
  const [major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(kernelRelease) ?? []).slice(1).map(Number);
  const isOld = major < kernelMin[0] || (major === kernelMin[0] && minor < kernelMin[1]);
  return isOld
    ? {
        name: "Kernel",
        level: "error",
        found: kernelRelease,
        hint: `Linux ${kernelMin.join(".")} or newer is needed`,
      }
    : ok("Kernel", kernelRelease);
}

function namespaceTypes(host: Host): Finding {
  const missing = namespaces.filter((type) => !host.exists(`/proc/self/ns/${type}`));
  return missing.length === 0
    ? ok("Namespaces", namespaces.join(" "))
    : {
        name: "Namespaces",
        level: missing.includes("mnt") || missing.includes("pid") ? "error" : "warning",
        found: `no ${missing.join(", ")}`,
        hint: "Containers whose config.json asks for these cannot run: the kernel was built without them",
      };
}

function seccomp(host: Host): Finding {
  const actions = host.readText("/proc/sys/kernel/seccomp/actions_avail")?.trim();
  return actions === undefined
    ? {
        name: "Seccomp",
        level: "warning",
        found: "not there",
        hint: "Containers with linux.seccomp cannot run: the kernel lacks CONFIG_SECCOMP_FILTER",
      }
    : ok("Seccomp", actions);
}

function memfdExecution(host: Host): Finding {
  const setting = host.readText("/proc/sys/vm/memfd_noexec")?.trim() ?? "0";
  return setting === "2"
    ? {
        name: "Memfd execution",
        level: "warning",
        found: "forbidden (vm.memfd_noexec is 2)",
        hint: "Init programs go by way of unlinked files in the state directory, which must not be mounted noexec",
      }
    : ok("Memfd execution", "allowed");
}

function jit({ environment }: Host): Finding {
  const setting = environment["BUN_JSC_useJIT"];
  return setting === "0" || setting === "false"
    ? {
        name: "Bun's JIT",
        level: "error",
        found: `turned off by BUN_JSC_useJIT=${setting}`,
        hint: "Unset it: system calls go through code that is made at run time",
      }
    : ok("Bun's JIT", `Bun ${Bun.version}`);
}
