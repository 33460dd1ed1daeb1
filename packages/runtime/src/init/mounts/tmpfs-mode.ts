/** The mode of a tmpfs: that of the directory that it is mounted on. @see tmpfs(5), "mode" */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { call, purpose, setOption, slot, text } from "../steps.ts";
import { contextOf, type PlannedMount } from "./planned-mount.ts";

/** How a file system gets the mode of the directory that it is mounted on. */
export interface KeptMode {
  /** The slot that is 0 when the directory had to be made. */
  readonly there: string;
  /** Looks at the directory. */
  readonly remember: readonly Step[];
  /** Sets the mode as a parameter of the file system that is being made. */
  readonly set: readonly Step[];
  /** Changes the mode of one that is mounted. */
  readonly change: readonly Step[];
}

/** Size of `struct statx`, and where its `stx_mode` is. */
const statxSize = 256;
const statxMode = 28;

/**
 * A tmpfs over a directory that was there keeps its mode unless an option says otherwise, and shows it as an option, as
 * runc has it; else it has the mode of every tmpfs.
 */
export function modeOfPlace(planned: PlannedMount): KeptMode {
  const { target, made, origin, path } = planned;
  const there = `${target}:there`;
  const buffer = { buffer: `${target}:statx`, size: statxSize };
  const mode = { load: buffer.buffer, size: statxSize, offset: statxMode };
  const keep = purpose(origin, `keep the mode of "${path}"`);
  const ifThere = (step: Step): Step[] => {
    const label = `${target}:mode`;
    return [{ jump: label, when: { slot: there, is: 0 } }, step, { label }];
  };
  return {
    there,
    remember: [
      call(purpose(origin, `look at "${path}"`), "statx", [
        slot(target),
        text(""),
        constant("AT_EMPTY_PATH"),
        constant("STATX_MODE"),
        buffer,
      ]),
    ],
    set: ifThere(
      setOption(keep, contextOf(planned), "mode", {
        struct: [{ octal: mode, digits: 4 }, { pad: 1 }],
      }),
    ),
    // fchmodat takes 16 bits of the mode; what follows it in struct statx is not looked at.
    change: ifThere(call(keep, "fchmodat", [slot(made), text("."), mode])),
  };
}
