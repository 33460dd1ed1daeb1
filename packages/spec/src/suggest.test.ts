import { expect, test } from "bun:test";
import { capabilityNames } from "./config/capabilities.ts";
import { configShape } from "./config/config-shape.ts";
import { linuxNamespaceTypes } from "./config/linux/namespaces.ts";
import { seccompActions, seccompArchitectures, seccompOperators } from "./config/linux/seccomp.ts";
import { linuxMountOptions } from "./config/mount.ts";
import { rlimitTypes } from "./config/rlimit.ts";
import { otherWords } from "./other-words.ts";
import type { Shape } from "./shape.ts";
import { suggest } from "./suggest.ts";

test.each([
  ["CAP_NET_BIN", "CAP_NET_BIND_SERVICE"],
  ["NET_ADMIN", "CAP_NET_ADMIN"],
  ["cap_sys_admin", "CAP_SYS_ADMIN"],
  ["CAP_SYSADMIN", "CAP_SYS_ADMIN"],
  ["CAP-CHOWN", "CAP_CHOWN"],
  ["CAP_NET_BIND", "CAP_NET_BIND_SERVICE"],
])("suggest() takes %s for %s", (found, meant) => {
  expect(suggest(found, capabilityNames)).toBe(meant);
});

test.each([
  ["mnt", "mount"],
  ["net", "network"],
  ["MOUNT", "mount"],
  ["cgrp", "cgroup"],
])("suggest() takes namespace %s for %s", (found, meant) => {
  expect(suggest(found, linuxNamespaceTypes)).toBe(meant);
});

test.each([
  ["muont", "mount"],
  ["tiem", "time"],
  ["pdi", "pid"],
])("suggest() forgives letters in each other's place: %s", (found, meant) => {
  expect(suggest(found, linuxNamespaceTypes)).toBe(meant);
});

test.each([
  ["CAP_ALL", undefined],
  ["CAP_AUDIT", undefined],
  ["CAPSYSADMIN", "CAP_SYS_ADMIN"],
  ["net bind service", "CAP_NET_BIND_SERVICE"],
  ["CAP_PTRACE", "CAP_SYS_PTRACE"],
  ["admin", undefined],
])("suggest() does not take the prefix for likeness: %s", (found, meant) => {
  expect(suggest(found, capabilityNames)).toBe(meant);
});

test.each([
  ["amd64", "SCMP_ARCH_X86_64", seccompArchitectures],
  ["SCMP_ARCH_ARM64", "SCMP_ARCH_AARCH64", seccompArchitectures],
  ["SCMP_ARCH_NATIVE", undefined, seccompArchitectures],
  ["SECCOMP_RET_ALLOW", "SCMP_ACT_ALLOW", seccompActions],
  ["SCMP_ACT_USER_NOTIF", "SCMP_ACT_NOTIFY", seccompActions],
  ["==", "SCMP_CMP_EQ", seccompOperators],
  ["SCMP_CMP_MASK_EQ", "SCMP_CMP_MASKED_EQ", seccompOperators],
  ["nofile", "RLIMIT_NOFILE", rlimitTypes],
  ["procs", "RLIMIT_NPROC", rlimitTypes],
  ["readonly", "ro", Object.keys(linuxMountOptions)],
  ["no-suid", "nosuid", Object.keys(linuxMountOptions)],
  ["userns", "user", linuxNamespaceTypes],
  ["CLONE_NEWNS", "mount", linuxNamespaceTypes],
  ["cmd", "args", ["cwd", "args", "commandLine"]],
  ["pidsLimit", "limit", ["limit"]],
  ["no-tty", undefined, ["tty", "name"]],
])("suggest() takes %s for %s", (found, meant, names) => {
  expect(suggest(found, names)).toBe(meant);
});

test("suggest() completes prefixes", () => {
  expect(suggest("allow", seccompActions)).toBe("SCMP_ACT_ALLOW");
});

test.each(["", "x", "something else", "7", "z".repeat(9999)])(
  "suggest() has no idea of %p",
  (text) => {
    expect(suggest(text, linuxNamespaceTypes)).toBeUndefined();
  },
);

test.each(Object.entries({ capabilityNames, seccompActions, seccompArchitectures, rlimitTypes }))(
  "suggest() knows each of %s in small letters, without underscores, and with two letters exchanged",
  (_, names) => {
    for (const name of names) {
      const middle = Math.floor(name.length / 2) + 1;
      const [a = "", b = ""] = name.slice(middle);
      const exchanged = `${name.slice(0, middle)}${b}${a}${name.slice(middle + 2)}`;

      expect(suggest(name.toLowerCase(), names)).toBe(name);
      expect(suggest(name.replaceAll("_", ""), names)).toBe(name);
      expect([name, suggest(exchanged, names)]).toEqual([name, name]);
    }
  },
);

test("every word of another program is for a name of the specification", () => {
  const names = new Set(
    [configShape(), ...Object.keys(linuxMountOptions), ...rlimitTypes].flatMap(namesIn),
  );

  for (const [word, meant] of otherWords()) {
    expect([word, meant.filter((name) => !names.has(name))]).toEqual([word, []]);
  }
});

/** Returns the fields and the values that a shape names. */
function namesIn(shape: Shape | string): readonly string[] {
  if (typeof shape === "string") {
    return [shape];
  }
  switch (shape.type) {
    case "object":
      return [...Object.keys(shape.fields), ...Object.values(shape.fields).flatMap(namesIn)];
    case "map":
      return namesIn(shape.values);
    case "list":
      return namesIn(shape.items);
    case "nullable":
      return namesIn(shape.shape);
    case "text":
      return shape.names ?? [];
    default:
      return [];
  }
}
