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
    draft.moveToProcess(["linux", from], to);
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

/**
 * ChangeLog of 0.4.0: "config-linux: Make seccomp optional, #333". Until then it was empty, as it still
 * is in that release's own example. One with rules is a filter that lacks its default action: that is
 * for the check to refuse.
 */
export function removeEmptySeccomp(draft: Draft): void {
  const seccomp = draft.object("linux", "seccomp");
  const isEmpty = (value: unknown): boolean =>
    value === "" || (Array.isArray(value) && value.length === 0);
  if (seccomp !== undefined && Object.values(seccomp).every(isEmpty)) {
    draft.remove(["linux", "seccomp"], "Removed: without a default action it stood for no filter");
  }
}

/**
 * ChangeLog of 0.2.0: "Mark RootfsPropagation as omitempty" and "Make optional Cgroup related config
 * params pointers along with omitempty json tag"; labels became so in 0.4.0, #330.
 */
export function removeEmptyNames(draft: Draft): void {
  const paths: (readonly (string | number)[])[] = [
    ["linux", "rootfsPropagation"],
    ["linux", "cgroupsPath"],
    ["process", "apparmorProfile"],
    ["process", "selinuxLabel"],
    ...draft
      .objects("linux", "namespaces")
      .map(([index]) => ["linux", "namespaces", index, "path"] as const),
  ];
  for (const path of paths) {
    if (draft.object(...path.slice(0, -1))?.[String(path.at(-1))] === "") {
      draft.remove(path, 'Removed: "" stood for "not set"');
    }
  }
}
