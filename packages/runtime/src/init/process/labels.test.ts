import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { keyLabelSteps, labelSteps } from "./labels.ts";

test("labelSteps() writes the AppArmor profile to its own directory, or to the file that modules share", () => {
  expect(
    planLines(labelSteps({ cwd: "/", apparmorProfile: "docker-default" }, "/process")),
  ).toEqual([
    '/process/apparmorProfile: $apparmor = openat($proc, "self/attr/apparmor/exec", O_WRONLY|O_CLOEXEC, 0)  ENOENT -> apparmor:shared',
    "jump apparmor:write",
    "apparmor:shared:",
    '/process/apparmorProfile: $apparmor = openat($proc, "self/attr/exec", O_WRONLY|O_CLOEXEC, 0)',
    "apparmor:write:",
    '/process/apparmorProfile: write($apparmor, "exec docker-default", 19)',
    "/process/apparmorProfile: close($apparmor)",
  ]);
});

test("labelSteps() writes the SELinux label for execve", () => {
  expect(planLines(labelSteps({ cwd: "/", selinuxLabel: "a:b:c:s0" }, ""))).toEqual([
    '/selinuxLabel: $selinux = openat($proc, "self/attr/exec", O_WRONLY|O_CLOEXEC, 0)',
    '/selinuxLabel: write($selinux, "a:b:c:s0", 8)',
    "/selinuxLabel: close($selinux)",
  ]);
});

test("keyLabelSteps() writes the SELinux label for keys", () => {
  expect(planLines(keyLabelSteps({ cwd: "/", selinuxLabel: "a:b:c:s0" }, ""))).toEqual([
    '/selinuxLabel: $selinux = openat($proc, "self/attr/keycreate", O_WRONLY|O_CLOEXEC, 0)',
    '/selinuxLabel: write($selinux, "a:b:c:s0", 8)',
    "/selinuxLabel: close($selinux)",
  ]);
  expect(keyLabelSteps({ cwd: "/", selinuxLabel: "" }, "")).toEqual([]);
  expect(keyLabelSteps({ cwd: "/" }, "")).toEqual([]);
});

test("labelSteps() takes an empty label for none, as Go programs write it", () => {
  expect(labelSteps({ cwd: "/", apparmorProfile: "", selinuxLabel: "" }, "/process")).toEqual([]);
  expect(labelSteps({ cwd: "/" }, "/process")).toEqual([]);
});
