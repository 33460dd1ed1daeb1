/**
 * Programs that change the mounts of a running container: they join its namespaces, mount or unmount, and end.
 *
 * @module
 */

import type { LinuxNamespaceType, Mount } from "@ctr/spec";
import { constant } from "../machine/constants.ts";
import type { Program, Step } from "../program/step.ts";
import { cleanPath } from "./container-path.ts";
import { joinInitSteps } from "./linux/namespaces.ts";
import { type MountsInput, mountSteps, readonlyTmpfsSteps } from "./mounts/mounts.ts";
import {
  AT_FDCWD,
  call,
  closeOnExec,
  directoryFlags,
  hide,
  purpose,
  rootfsSlot,
  sequence,
  setName,
  text,
} from "./steps.ts";

/** What both programs need. */
export interface ChangeMountsInput {
  /** Namespaces to join, of the process that descriptor `init` is a pidfd of. */
  readonly namespaces: readonly LinuxNamespaceType[];
}

/** Writes the program that makes mounts, at paths of the container. */
export function planAddMounts({ namespaces }: ChangeMountsInput, mounts: MountsInput): Program {
  const sources = [...mounts.openedSources].map((index) => `mount-${index}`);
  return inContainer(namespaces, sources, [
    call(
      purpose("", "open the container's root"),
      "openat",
      [AT_FDCWD, text("/"), directoryFlags, 0],
      { save: rootfsSlot },
    ),
    ...mountSteps(mounts),
    ...readonlyTmpfsSteps(mounts.mounts),
  ]);
}

/** Writes the program that takes mounts away, the last first. */
export function planRemoveMounts(
  { namespaces }: ChangeMountsInput,
  mounts: readonly Mount[],
): Program {
  return inContainer(
    namespaces,
    [],
    mounts
      .map(({ destination }, index) => {
        const path = cleanPath(destination);
        return call(
          purpose(`/mounts/${index}`, `unmount "${path}"`, "Is something mounted there?"),
          "umount2",
          // Links on the way are the container's, and lead to mounts of its own only: its root is ours by now.
          [text(path), constant("MNT_DETACH", "UMOUNT_NOFOLLOW")],
        );
      })
      .toReversed(),
  );
}

function inContainer(
  namespaces: readonly LinuxNamespaceType[],
  more: readonly string[],
  steps: readonly Step[],
): Program {
  return {
    preserveFds: 0,
    descriptors: ["report", "sync", "init", ...more],
    steps: sequence(
      closeOnExec(0),
      setName("bunc:mounts"),
      hide(),
      joinInitSteps(namespaces),
      steps,
      [{ exit: 0 } as const],
    ),
  };
}
