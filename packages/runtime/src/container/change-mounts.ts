/**
 * Mounts that a running container gets, or loses: `bunc mounts`, as crun has it.
 *
 * @see crun(1), "mounts add", "mounts remove"
 * @module
 */

import { type Config, ContainerError, type Mount } from "@ctr/spec";
import { planAddMounts, planRemoveMounts } from "../init/change-mounts.ts";
import { cleanPath } from "../init/container-path.ts";
import { planNamespaces } from "../init/linux/namespaces.ts";
import type { Program } from "../program/step.ts";
import { cgroupOf } from "./container-cgroup.ts";
import { namespacesToJoin } from "./exec.ts";
import { openProcess } from "./kill.ts";
import { copiedLinks } from "./mounts/copied-links.ts";
import { copyUp } from "./mounts/copy-up.ts";
import { MountSources } from "./mounts/mount-sources.ts";
import { InitProcess, launched, type NoteHandlers } from "./process/init-process.ts";
import { openProgramPipes } from "./process/pipes.ts";
import type { Runtime } from "./runtime-options.ts";
import type { Status } from "./state/state.ts";
import type { StateDocument } from "./state/state-directory.ts";

/** A container whose mounts are changed. */
export interface MountsTarget {
  readonly runtime: Runtime;
  readonly state: StateDocument;
  readonly config: Config;
  readonly status: Status;
}

/**
 * Makes mounts in a container, in their order; when one fails those before it are taken away.
 *
 * @param mounts their pointers begin with `/mounts`
 */
export async function addMounts(target: MountsTarget, mounts: readonly Mount[]): Promise<void> {
  check(target, mounts);
  const { runtime, state, config } = target;
  const { linux, annotations } = config;
  using stack = new DisposableStack();
  const bundle = {
    path: state.bundle,
    rootfs: `/proc/${state.pid}/root`,
    config: {
      ociVersion: config.ociVersion,
      mounts,
      ...(linux === undefined ? {} : { linux }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
  const plan = planNamespaces(linux?.namespaces ?? []);
  const sources = new MountSources(runtime, bundle, plan, "all").open(stack);
  const program = planAddMounts(
    { namespaces: namespacesToJoin(state) },
    {
      mounts,
      bundle: state.bundle,
      openedSources: new Set(sources.keys()),
      copiedLinks: copiedLinks(runtime.kernel, bundle),
      lockedSources: plan.own.has("user"),
      cgroupMounts: cgroupOf(runtime.kernel, state).mountSources(),
      ownCgroupNamespace: plan.own.has("cgroup"),
      ...(linux?.mountLabel === undefined ? {} : { mountLabel: linux.mountLabel }),
    },
  );
  const given = [...sources].map(([index, file]): [string, number] => [`mount-${index}`, file]);
  try {
    await runIn(target, program, given);
  } catch (error) {
    const made = madeBefore(error);
    if (made > 0) await removeMounts(target, mounts.slice(0, made)).catch(() => undefined);
    throw error;
  }
}

/** Takes mounts away, the last first; of each only the destination counts. */
export async function removeMounts(target: MountsTarget, mounts: readonly Mount[]): Promise<void> {
  check(target, mounts);
  const namespaces = namespacesToJoin(target.state);
  await runIn(target, planRemoveMounts({ namespaces }, mounts), []);
}

/** How many mounts had been made when one failed. */
function madeBefore(error: unknown): number {
  if (!(error instanceof ContainerError)) return 0;
  return Number(/^\/mounts\/(\d+)/.exec(error.pointer ?? "")?.[1] ?? 0);
}

function check({ state, status }: MountsTarget, mounts: readonly Mount[]): void {
  if (status === "stopped" || status === "creating") {
    throw new ContainerError(
      `Cannot change the mounts of container "${state.id}": it is ${status}`,
      {
        code: "ERR_CONTAINER_NOT_RUNNING",
        kind: "conflict",
      },
    );
  }
  if (!state.namespaces.includes("mount")) {
    throw new ContainerError(
      `Cannot change the mounts of container "${state.id}": it has no mount namespace, so they would be the host's`,
      { code: "ERR_INVALID_CONFIG", kind: "unsupported", pointer: "/linux/namespaces" },
    );
  }
  const root = mounts.findIndex(({ destination }) => cleanPath(destination) === "/");
  if (root < 0) return;
  throw new ContainerError(
    `Cannot change the mounts of container "${state.id}" (/mounts/${root}/destination): "/" is its root`,
    { code: "ERR_INVALID_CONFIG", kind: "invalid", pointer: `/mounts/${root}/destination` },
  );
}

/** Runs a program to its end. */
async function runIn(
  { runtime, state }: MountsTarget,
  program: Program,
  descriptors: readonly (readonly [string, number])[],
): Promise<void> {
  const { kernel } = runtime;
  using ends = new DisposableStack();
  const init = ((): InitProcess => {
    using given = new DisposableStack();
    const target = openProcess(kernel, state);
    if (target === undefined) {
      throw new ContainerError(
        `Cannot change the mounts of container "${state.id}": it has stopped`,
        {
          code: "ERR_CONTAINER_NOT_RUNNING",
          kind: "conflict",
        },
      );
    }
    given.use(target);
    const { report, sync } = openProgramPipes(kernel, given, ends);
    const request = {
      program,
      name: "bunc:mounts",
      stdio: [0, 1, 2],
      preserved: [],
      descriptors: new Map([
        ["report", report.write.number],
        ["sync", sync.read.number],
        ["init", target.number],
        ...descriptors,
      ]),
      namespaces: 0n,
    } as const;
    return new InitProcess(kernel, request, report.read, sync.write);
  })();
  runtime.debug(launched(init, program));
  const handlers: NoteHandlers = { copyUp: (from, to) => copyUp(kernel, init.pid, from, to) };
  try {
    await init.untilExecuted(handlers);
  } finally {
    // It has ended, or is to: this reaps it.
    init.abandon();
  }
}
