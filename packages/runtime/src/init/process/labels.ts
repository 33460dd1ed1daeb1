/** What the security modules of the kernel know the process by. @see config.md, "Process"; apparmor(7), selinux(8) */

import type { Process } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, openProc, purpose, sequence, slot, writeText } from "../steps.ts";

/** Sets the labels that take effect at execve. */
export function labelSteps(process: Process, origin: string): Step[] {
  const { apparmorProfile, selinuxLabel } = process;
  return sequence(
    apparmorProfile !== undefined &&
      apparmorProfile !== "" &&
      apparmorSteps(apparmorProfile, `${origin}/apparmorProfile`),
    selinuxLabel !== undefined &&
      selinuxLabel !== "" &&
      selinuxSteps(selinuxLabel, `${origin}/selinuxLabel`),
  );
}

function apparmorSteps(profile: string, origin: string): Step[] {
  const why = purpose(
    origin,
    `apply the AppArmor profile "${profile}"`,
    "Does the kernel run AppArmor, and is the profile loaded (apparmor_parser)?",
  );
  return [
    // Since Linux 5.8 each module has its own directory; before, they shared one file.
    openProc(why, "self/attr/apparmor/exec", ["O_WRONLY"], {
      save: "apparmor",
      on: { ENOENT: "apparmor:shared" },
    }),
    { jump: "apparmor:write" },
    { label: "apparmor:shared" },
    openProc(why, "self/attr/exec", ["O_WRONLY"], { save: "apparmor" }),
    { label: "apparmor:write" },
    writeText(why, slot("apparmor"), `exec ${profile}`),
    call(why, "close", [slot("apparmor")]),
  ];
}

/** Sets the label of the keys that are made before execve: without it the process might not use its own session keyring. */
export function keyLabelSteps({ selinuxLabel = "" }: Process, origin: string): Step[] {
  return selinuxLabel === "" ? [] : writeLabel(selinuxLabel, "keycreate", `${origin}/selinuxLabel`);
}

function selinuxSteps(label: string, origin: string): Step[] {
  return writeLabel(label, "exec", origin);
}

function writeLabel(label: string, attribute: "exec" | "keycreate", origin: string): Step[] {
  const why = purpose(
    origin,
    `apply the SELinux label "${label}"`,
    "Does the kernel run SELinux, and does its policy know the label?",
  );
  return [
    openProc(why, `self/attr/${attribute}`, ["O_WRONLY"], { save: "selinux" }),
    writeText(why, slot("selinux"), label),
    call(why, "close", [slot("selinux")]),
  ];
}
