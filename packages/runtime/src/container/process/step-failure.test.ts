import { describe, expect, test } from "bun:test";
import type { Program } from "../../program/step.ts";
import { notesFrom, stepFailure } from "./step-failure.ts";

describe("stepFailure()", () => {
  test("says what could not be done, for which field, and why", () => {
    const note = { origin: "/mounts/3", does: 'mount "tmpfs" at "/dev/shm"', hint: "Try less" };

    expect(stepFailure(note, "EINVAL").toDocument()).toEqual({
      code: "ERR_CONTAINER_INIT",
      kind: "invalid",
      message: 'Cannot mount "tmpfs" at "/dev/shm" (/mounts/3): invalid argument (EINVAL)',
      hint: "Try less",
      pointer: "/mounts/3",
    });
    expect(stepFailure(note, "EINVAL").cause).toBe("EINVAL");
  });

  test("names no field where none asked for it", () => {
    expect(stepFailure({ origin: "", does: "make a session" }, "EIO").toDocument()).toEqual({
      code: "ERR_CONTAINER_INIT",
      kind: "internal",
      message: "Cannot make a session: input/output error (EIO)",
    });
  });

  test.each(["/process/args", "/args"])(
    "tells a program at %s that cannot be executed",
    (origin) => {
      const failure = stepFailure({ origin, does: 'execute "sh"' }, "ENOENT");

      expect([failure.code, failure.kind]).toEqual(["ERR_CANNOT_EXECUTE", "notFound"]);
      expect(stepFailure({ origin, does: 'execute "sh"' }, "EACCES").kind).toBe("forbidden");
    },
  );

  test.each([
    ["EPERM", "forbidden"],
    ["EACCES", "forbidden"],
    ["EROFS", "forbidden"],
    ["ENOSYS", "unsupported"],
    ["ENODEV", "unsupported"],
    ["EOPNOTSUPP", "unsupported"],
    ["ENOENT", "invalid"],
    ["ENOTDIR", "invalid"],
    ["ELOOP", "invalid"],
    ["ENOMEM", "internal"],
  ] as const)("is of a kind that says what to do: %s is %s", (errno, kind) => {
    expect(stepFailure({ origin: "/a", does: "x" }, errno).kind).toBe(kind);
  });

  test("of a hook says what a hook does", () => {
    expect(
      stepFailure({ origin: "/hooks/startContainer/0", does: "run it" }, "EPROTO").message,
    ).toBe("Cannot run it (/hooks/startContainer/0): it did not exit with status 0");
  });

  test("of a step that nobody knows any more says what there is to say", () => {
    expect(stepFailure(undefined, "EIO").message).toBe(
      "Cannot set up the container: input/output error (EIO)",
    );
  });
});

test("notesFrom() keeps the purposes of steps from one on, by number", () => {
  const program: Program = {
    preserveFds: 0,
    descriptors: ["report"],
    steps: [
      { call: "getpid", args: [], origin: "/a", does: "one" },
      { tell: "ready" },
      { call: "getpid", args: [], origin: "/b", does: "two", hint: "try" },
      { label: "l" },
      { fail: "EIO", origin: "", does: "three" },
    ],
  };

  expect(notesFrom(program, 1)).toEqual({
    2: { origin: "/b", does: "two", hint: "try" },
    4: { origin: "", does: "three" },
  });
});
