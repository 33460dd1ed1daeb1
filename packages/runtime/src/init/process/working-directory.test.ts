import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { openRootStep, workingDirectorySteps } from "./working-directory.ts";

test("workingDirectorySteps() enters by a descriptor, in the root and over no magic link", () => {
  const how =
    "{u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}";

  expect(planLines([openRootStep(), ...workingDirectorySteps("/srv", "/process")])).toEqual([
    '$root = openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)',
    `/process/cwd: $cwd-again = openat2($root, "/srv", ${how}, 24)`,
    "/process/cwd: fchdir($cwd-again)",
    "/process/cwd: close($cwd-again)",
  ]);
});

test("workingDirectorySteps() goes on elsewhere when it may not enter", () => {
  const steps = workingDirectorySteps("/srv", "", "denied");

  expect(planLines(steps).map((line) => line.replace(/\(.*\)/, ""))).toEqual([
    "/cwd: $cwd = openat2  EACCES -> denied",
    "/cwd: fchdir  EACCES -> denied",
    "/cwd: close",
  ]);
});

test("workingDirectorySteps() takes an empty directory for the root, as runc does", () => {
  expect(planLines(workingDirectorySteps("", ""))[0]).toContain('openat2($root, "/", ');
});
