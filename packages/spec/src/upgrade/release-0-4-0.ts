import type { Draft } from "./draft.ts";

const moved = {
  capabilities: "capabilities",
  apparmorProfile: "apparmorProfile",
  selinuxProcessLabel: "selinuxLabel",
  noNewPrivileges: "noNewPrivileges",
  rlimits: "rlimits",
} as const;

/**
 * ChangeLog of 0.4.0: "Move capabilities, selinuxProcessLabel, apparmorProfile, and noNewPrivileges
 * from the linux setting to the process setting, #329, #330, #339" and "Move rlimits to process,
 * #341".
 */
export function moveToProcess(draft: Draft): void {
  for (const [from, to] of Object.entries(moved)) {
    draft.move(["linux", from], ["process", to]);
  }
}

/** ChangeLog of 0.4.0: "Change mount type from *rune to *string, #323"; it meant devices. */
export function spellDeviceTypes(draft: Draft): void {
  for (const path of [
    ["linux", "devices"],
    ["linux", "resources", "devices"],
  ]) {
    for (const [index, device] of draft.objects(...path)) {
      const code = device["type"];
      if (code === 0) {
        draft.remove([...path, index, "type"], "Removed: 0 stood for every type");
      } else if (typeof code === "number" && Number.isInteger(code) && code > 0 && code < 128) {
        device["type"] = String.fromCodePoint(code);
        draft.note([...path, index, "type"], "Made a letter of its character code");
      }
    }
  }
}

/** ChangeLog of 0.4.0: "config-linux: Make seccomp optional, #333". Until then it was empty. */
export function removeEmptySeccomp(draft: Draft): void {
  const action = draft.object("linux", "seccomp")?.["defaultAction"];
  if (action === "" || (action === undefined && draft.object("linux", "seccomp") !== undefined)) {
    draft.remove(["linux", "seccomp"], "Removed: without a default action it stood for no filter");
  }
}

/** ChangeLog of 0.2.0: "Mark RootfsPropagation as omitempty"; labels became so in 0.4.0, #330. */
export function removeEmptyNames(draft: Draft): void {
  for (const path of [
    ["linux", "rootfsPropagation"],
    ["process", "apparmorProfile"],
    ["process", "selinuxLabel"],
  ] as const) {
    if (draft.object(path[0])?.[path[1]] === "") {
      draft.remove(path, 'Removed: "" stood for "not set"');
    }
  }
}
