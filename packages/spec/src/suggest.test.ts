import { expect, test } from "bun:test";
import { capabilityNames } from "./config/capabilities.ts";
import { linuxNamespaceTypes } from "./config/linux/namespaces.ts";
import { seccompActions } from "./config/linux/seccomp.ts";
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

test("suggest() completes prefixes", () => {
  expect(suggest("allow", seccompActions)).toBe("SCMP_ACT_ALLOW");
});

test.each(["", "x", "something else", "7", "z".repeat(9999)])(
  "suggest() has no idea of %p",
  (text) => {
    expect(suggest(text, linuxNamespaceTypes)).toBeUndefined();
  },
);
