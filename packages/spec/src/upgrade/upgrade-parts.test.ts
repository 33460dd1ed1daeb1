import { expect, test } from "bun:test";
import { upgradeLinuxResources, upgradeProcess } from "./upgrade-parts.ts";

test("upgradeProcess() leaves nulls out and spells names, and leaves the value as it is", () => {
  const value = { cwd: "/", user: { UID: 5, gid: null }, NoNewPrivileges: true, env: null };

  expect<unknown>(upgradeProcess(value)).toEqual({
    cwd: "/",
    user: { uid: 5 },
    noNewPrivileges: true,
  });
  expect(value).toEqual({
    cwd: "/",
    user: { UID: 5, gid: null },
    NoNewPrivileges: true,
    env: null,
  });
});

test("upgradeLinuxResources() takes what Docker's and podman's libraries write, and hand-written names", () => {
  expect<unknown>(
    upgradeLinuxResources({
      hugepageLimits: [{ pagesize: "2MB", limit: 0 }],
      memory: { Limit: 5, swap: null },
      unified: { "Memory.High": "1" },
    }),
  ).toEqual({
    hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
    memory: { limit: 5 },
    unified: { "Memory.High": "1" },
  });
});

test.each([[null], [5], [[]], ["x"]])("%p is refused by its own kind of error", (value) => {
  expect(() => upgradeProcess(value)).toThrow(
    expect.objectContaining({ code: "ERR_INVALID_PROCESS" }),
  );
  expect(() => upgradeLinuxResources(value)).toThrow(
    expect.objectContaining({ code: "ERR_INVALID_RESOURCES" }),
  );
});

test("what is wrong is named as it is called in the specification", () => {
  expect(() => upgradeProcess({ CWD: 7 })).toThrow("/cwd");
});
