import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { stdioOwnerSteps, umaskSteps, userSteps } from "./user.ts";

test("userSteps() takes groups, gid and uid in this order: with the uid the right to the others is gone", () => {
  const user = { uid: 1000, gid: 100, additionalGids: [5, 44] };

  expect(planLines(userSteps(user, "/process", true))).toEqual([
    "/process/user/additionalGids: setgroups(2, {u32 5, u32 44})",
    "/process/user/gid: setresgid(100, 100, 100)",
    "/process/user/uid: setresuid(1000, 1000, 1000)",
  ]);
});

test("userSteps() takes a group once that engines list twice", () => {
  const user = { uid: 0, gid: 0, additionalGids: [0, 0, 1] };

  expect(planLines(userSteps(user, "/process", true))[0]).toBe(
    "/process/user/additionalGids: setgroups(2, {u32 0, u32 1})",
  );
});

test("userSteps() drops all groups when none are listed, and is root by default", () => {
  expect(planLines(userSteps({}, "", true))).toEqual([
    "/user/additionalGids: setgroups(0, {})",
    "/user/gid: setresgid(0, 0, 0)",
    "/user/uid: setresuid(0, 0, 0)",
  ]);
});

test("userSteps() leaves the groups alone where setgroups(2) is denied", () => {
  const steps = userSteps({ uid: 1, gid: 1, additionalGids: [5] }, "/process", false);

  expect(planLines(steps)).toEqual([
    "/process/user/gid: setresgid(1, 1, 1)",
    "/process/user/uid: setresuid(1, 1, 1)",
  ]);
});

test.each([
  [{ uid: 2 ** 32 - 1 }, "/process/user/uid"],
  [{ uid: 2 ** 32 }, "/process/user/uid"],
  [{ uid: -1 }, "/process/user/uid"],
  [{ uid: 1.5 }, "/process/user/uid"],
  [{ uid: Number.NaN }, "/process/user/uid"],
  [{ gid: 2 ** 32 - 1 }, "/process/user/gid"],
  [{ additionalGids: [0, -1] }, "/process/user/additionalGids/1"],
])(
  "userSteps() does not stay root for %j, which the kernel would take for no change",
  (user, pointer) => {
    expect(() => userSteps(user, "/process", true)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_PROCESS", pointer }),
    );
    expect(userSteps({ uid: 2 ** 32 - 2 }, "/process", true)).not.toBeEmpty();
  },
);

test("stdioOwnerSteps() gives stdio to a user other than root, as far as that is possible", () => {
  expect(planLines(stdioOwnerSteps(1000, [0, 2]))).toEqual([
    "fchown(0, 1000, 0xffffffff)  ok EINVAL EPERM EROFS",
    "fchown(2, 1000, 0xffffffff)  ok EINVAL EPERM EROFS",
  ]);
  expect(stdioOwnerSteps(0, [0, 1, 2])).toEqual([]);
});

test("umaskSteps() sets the mask; 022 by default", () => {
  expect(planLines(umaskSteps({ umask: 0o77 }, "/process"))).toEqual([
    "/process/user/umask: umask(077)",
  ]);
  expect(planLines(umaskSteps({ umask: 0 }, "/process"))).toEqual([
    "/process/user/umask: umask(0)",
  ]);
  expect(planLines(umaskSteps({}, "/process"))).toEqual(["/process/user/umask: umask(022)"]);
});
