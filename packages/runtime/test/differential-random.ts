/**
 * Configurations drawn at random, of all fields that runc 1.1, the one that Debian 12 has, knows; later ones are tested
 * beside their code: domainname, scheduler, ioPriority, personality, time namespaces, idmapped mounts.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { type CapabilityName, capabilityNames, type Hook } from "@ctr/spec";
import { bundlePlace } from "./differential-bundle.ts";
import {
  drawCpu,
  drawDeviceRules,
  drawDevices,
  drawMemory,
  drawMounts,
  drawNamespaces,
  drawSeccomp,
  drawUserNamespace,
  withResources,
} from "./differential-random-linux.ts";
import type { Draw } from "./random-numbers.ts";
import { type Change, withLinux, withProcess } from "./test-bundle.ts";

/** One field, or a few that belong together. */
export interface Part {
  readonly name: string;
  /** How often it is in a configuration. */
  readonly probability: number;
  readonly draw: (draw: Draw) => Change;
}

/** A configuration's parts, in the order in which they change it. */
export type DrawnParts = readonly { readonly name: string; readonly change: Change }[];

/** Draws which fields a configuration sets, and their values. */
export function drawParts(draw: Draw): DrawnParts {
  return parts
    .filter(({ probability }) => draw.chance(probability))
    .map((part) => ({ name: part.name, change: part.draw(draw) }));
}

const part = (name: string, probability: number, drawChange: Part["draw"]): Part => ({
  name,
  probability,
  draw: drawChange,
});

/** Those that can be granted: of others runc 1.1 knows nothing but to fail, and we warn, as config.md has it. */
function grantable(): CapabilityName[] {
  const set = readFileSync("/proc/self/status", "utf8").match(/^CapPrm:\s*(\w+)$/m)?.[1] ?? "0";
  return capabilityNames.filter((_, bit) => ((BigInt(`0x${set}`) >> BigInt(bit)) & 1n) === 1n);
}

function drawCapabilities(draw: Draw): Change {
  const names = grantable();
  const share = draw.pick([0, 0.2, 0.5, 0.9]);
  const permitted = draw.some(names, share);
  const inheritable = draw.chance(0.5) ? draw.some(permitted, 0.5) : [];
  const withMore = (some: readonly CapabilityName[]): CapabilityName[] => [
    ...new Set([...some, ...draw.some(names, 0.1)]),
  ];
  const capabilities = {
    bounding: draw.chance(0.8) ? withMore(permitted) : draw.some(permitted, 0.5),
    permitted,
    effective: draw.some(permitted, 0.8),
    inheritable,
    ambient: draw.some(inheritable, 0.5),
  };
  return (config) => withProcess(config, { capabilities });
}

function drawRlimits(draw: Draw): Change {
  const types = [
    ...(["RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE"] as const),
    ...(["RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE"] as const),
    ...(["RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_STACK"] as const),
  ];
  const rlimits = draw.some(types, 0.3).map((type) => {
    // Much, so that the probe can still run: a limit that is never reached shows as well. None is above a machine's own,
    // and runc, which still runs when they are set, gets the address space that Go wants.
    const hard = 2 ** 30 + 2 * draw.integer(0, 500);
    const most = {
      RLIMIT_AS: 2 ** 42,
      RLIMIT_DATA: 2 ** 42,
      RLIMIT_MEMLOCK: 65_536,
      RLIMIT_MSGQUEUE: 65_536,
      RLIMIT_NICE: 0,
      RLIMIT_NOFILE: 4096,
      RLIMIT_RTPRIO: 0,
    };
    const [, own = hard] = Object.entries(most).find(([name]) => name === type) ?? [];
    return { type, hard: own, soft: draw.chance(0.5) ? own : own / 2 };
  });
  return (config) => withProcess(config, { rlimits });
}

function drawHooks(draw: Draw): Change {
  const log = `${bundlePlace}/hooks`;
  const hook = (name: string, script: string): Hook => ({
    path: "/bin/sh",
    args: ["sh", "-c", script, name],
    ...(draw.chance(0.5) ? { env: ["A=1", "B=x y"] } : {}),
    ...(draw.chance(0.3) ? { timeout: 30 } : {}),
  });
  const outside = 'echo "$0 $(pwd) $A $B" >>LOG; /bin/cat >>LOG; echo >>LOG'.replaceAll("LOG", log);
  const chosen = draw.some(
    ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] as const,
    0.4,
  );
  const hooks = Object.fromEntries(
    chosen.map((name) => [
      name,
      Array.from({ length: draw.integer(1, 2) }, (_, index) => hook(`${name}-${index}`, outside)),
    ]),
  );
  const inside = hook("startContainer", 'echo "$0 $(pwd) $A $B"');
  return (config) => ({
    ...config,
    hooks: draw.chance(0.4) ? { ...hooks, startContainer: [inside] } : hooks,
    annotations: { "org.example.drawn": "yes", another: "" },
  });
}

/** Ends in another way than the probe's last command does. */
function drawEnd(draw: Draw): Change {
  const end = draw.pick([
    "exit 3",
    "exit 255",
    "kill -9 $$",
    "kill -TERM $$; exit 4",
    "kill -SEGV $$",
  ]);
  return (config) => {
    const [shell = "", flag = "", script = ""] = config.process?.args ?? [];
    return withProcess(config, { args: [shell, flag, `${script}\n${end}`] });
  };
}

const somePaths = [
  ...[
    "/etc/motd",
    "/etc/group",
    "/home",
    "/mnt",
    "/missing",
    "/proc/keys",
    "/proc/sys",
    "/proc/irq",
  ],
  ...["/sys/firmware", "/proc/sysrq-trigger", "/data", "/link", "/usr/share"],
];

const parts: readonly Part[] = [
  part("root.readonly", 0.4, (draw) => {
    const readonly = draw.chance(0.3);
    return (config) => ({ ...config, root: { path: "rootfs", readonly } });
  }),
  part("hostname", 0.2, (draw) => {
    const hostname = draw.pick(["other", "a.b.c", "x".repeat(63)]);
    return (config) => ({ ...config, hostname });
  }),
  part("mounts", 0.5, drawMounts),
  part("process.user", 0.4, (draw) => {
    const user = {
      uid: draw.pick([0, 0, 1000, 5]),
      gid: draw.pick([0, 1000, 7]),
      ...(draw.chance(0.5) ? { additionalGids: draw.some([0, 5, 6, 1000, 999], 0.4) } : {}),
      ...(draw.chance(0.4) ? { umask: draw.pick([0, 0o27, 0o77, 0o777]) } : {}),
    };
    return (config) => withProcess(config, { user });
  }),
  part("process.capabilities", 0.5, drawCapabilities),
  part("process.rlimits", 0.3, drawRlimits),
  part("process.env", 0.3, (draw) => {
    const env = [
      "PATH=/bin",
      ...draw.some(["A=1", "B=x y", "EMPTY=", "HOME=/x", "A=2", "é=ü"], 0.5),
    ];
    return (config) => withProcess(config, { env });
  }),
  part("process.cwd", 0.3, (draw) => {
    const cwd = draw.pick(["/tmp", "/usr/share", "/link", "/mnt", "/new/directory", "/data"]);
    return (config) => withProcess(config, { cwd });
  }),
  part("process.noNewPrivileges", 0.4, (draw) => {
    const noNewPrivileges = draw.chance(0.3);
    return (config) => withProcess(config, { noNewPrivileges });
  }),
  part("process.oomScoreAdj", 0.2, (draw) => {
    const oomScoreAdj = draw.pick([0, 100, 500, 1000]);
    return (config) => withProcess(config, { oomScoreAdj });
  }),
  part("process.terminal", 0.08, (draw) => {
    const consoleSize = draw.chance(0.5) ? { consoleSize: { width: 80, height: 25 } } : {};
    return (config) => withProcess(config, { terminal: true, ...consoleSize });
  }),
  part("linux.namespaces", 0.35, drawNamespaces),
  part("linux.uidMappings", 0.2, drawUserNamespace),
  part("linux.sysctl", 0.2, (draw) => {
    const sysctl = Object.fromEntries(
      draw.some(
        [
          ["net.ipv4.ip_forward", "1"],
          ["net.ipv4.ping_group_range", "0 1000"],
          ["kernel.msgmax", "65536"],
          ["kernel.shm_rmid_forced", "1"],
          ["fs.mqueue.msg_max", "20"],
        ] as const,
        0.4,
      ),
    );
    return (config) => withLinux(config, { sysctl });
  }),
  part("linux.maskedPaths", 0.25, (draw) => {
    const maskedPaths = draw.some(somePaths, 0.3);
    return (config) => withLinux(config, { maskedPaths });
  }),
  part("linux.readonlyPaths", 0.25, (draw) => {
    const readonlyPaths = draw.some(somePaths, 0.3);
    return (config) => withLinux(config, { readonlyPaths });
  }),
  part("linux.devices", 0.25, drawDevices),
  part("linux.resources.devices", 0.3, drawDeviceRules),
  part("linux.resources.memory", 0.25, drawMemory),
  part("linux.resources.cpu", 0.25, drawCpu),
  part("linux.resources.pids", 0.2, (draw) => {
    const limit = draw.pick([64, 100, -1]);
    return (config) => withResources(config, { pids: { limit } });
  }),
  part("linux.resources.blockIO", 0.1, (draw) => {
    const weight = draw.pick([10, 100, 500, 1000]);
    return (config) => withResources(config, { blockIO: { weight } });
  }),
  part("linux.seccomp", 0.25, drawSeccomp),
  part("linux.rootfsPropagation", 0.2, (draw) => {
    const rootfsPropagation = draw.pick(["private", "slave", "shared", "unbindable"] as const);
    return (config) => withLinux(config, { rootfsPropagation });
  }),
  part("hooks", 0.2, drawHooks),
  part("the end", 0.3, drawEnd),
];
