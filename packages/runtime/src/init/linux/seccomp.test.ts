import { expect, test } from "bun:test";
import { constant } from "../../machine/constants.ts";
import { seccompSteps } from "./seccomp.ts";

const filter = new Uint8Array(3 * 8);
const install = {
  call: "seccomp",
  args: [
    constant("SECCOMP_SET_MODE_FILTER"),
    2,
    { struct: [{ u16: 3 }, { pad: 6 }, { u64: { bytes: filter } }] },
  ],
  save: "listener",
  origin: "/linux/seccomp",
  does: "install the system call filter",
  hint: "Without noNewPrivileges it needs CAP_SYS_ADMIN",
} as const;

test("seccompSteps() installs a struct sock_fprog that counts instructions of eight bytes", () => {
  expect(seccompSteps({ filter, flags: 2, listener: false })).toEqual([install]);
});

test("seccompSteps() has the listener fetched before anything else, and lets go of it", () => {
  const waits = "wait until the seccomp listener has been passed on";
  const steps = seccompSteps({ filter, flags: 2, listener: true });

  expect(steps.slice(0, 3)).toEqual([
    install,
    { tell: "listener", value: { slot: "listener" } },
    {
      call: "read",
      args: [{ descriptor: "sync" }, { buffer: "byte", size: 8 }, 1],
      save: `read:${waits}`,
      origin: "",
      does: waits,
      hint: "The process that was to go on is gone",
    },
  ]);
  expect(steps.at(-1)).toMatchObject({ call: "close", args: [{ slot: "listener" }] });
});

test("seccompSteps() does nothing without a profile", () => {
  expect(seccompSteps(undefined)).toEqual([]);
});
