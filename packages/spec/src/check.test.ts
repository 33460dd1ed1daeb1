import { describe, expect, test } from "bun:test";
import { checkConfig, checkProcess, checkState, findConfigProblems } from "./check.ts";
import { defaultConfig } from "./default-config.ts";
import { SpecError } from "./spec-error.ts";

function problemsOf(action: () => unknown): readonly unknown[] {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SpecError);
    return error instanceof SpecError ? error.problems : [];
  }
  throw new Error("Expected a SpecError");
}

describe("checkConfig()", () => {
  test("returns the very value when nothing is wrong", () => {
    const config = defaultConfig();

    expect(checkConfig(config)).toBe(config);
  });

  test("keeps unknown fields and takes undefined for absent", () => {
    const config = { ociVersion: "1.3.0", hostname: undefined, "com.example.new": { a: 1 } };

    expect<unknown>(checkConfig(config)).toBe(config);
  });

  test("reports every problem at once, in the order of the document", () => {
    const problems = problemsOf(() =>
      checkConfig({
        process: { cwd: 7, rlimits: [{ type: "RLIMIT_NOFILE", soft: 1.5, hard: -1 }] },
        linux: { namespaces: [{ type: "mnt" }] },
        mounts: Array.from({ length: 11 }, (_, index) => (index % 10 === 0 ? {} : null)),
      }),
    );

    expect(problems).toMatchObject([
      {
        pointer: "/linux/namespaces/0/type",
        code: "unknown-value",
        found: '"mnt"',
        allowed: '"mount", "pid", "network", "uts", "ipc", "user", "cgroup" or "time"',
        meant: '"mount"',
      },
      { pointer: "/mounts/0/destination", code: "missing", found: "nothing" },
      ...Array.from({ length: 9 }, (_, index) => ({
        pointer: `/mounts/${index + 1}`,
        code: "wrong-type",
        found: "null",
        allowed: "an object",
      })),
      { pointer: "/mounts/10/destination", code: "missing" },
      { pointer: "/ociVersion", code: "missing", found: "nothing", allowed: "a string" },
      { pointer: "/process/cwd", code: "wrong-type", found: "7", allowed: "a string" },
      { pointer: "/process/rlimits/0/hard", code: "out-of-range", found: "-1" },
      { pointer: "/process/rlimits/0/soft", code: "wrong-type", found: "1.5" },
    ]);
  });

  test("throws one error that lists the problems and points at the first", () => {
    expect(() => checkConfig({ ociVersion: 1, root: { path: [] } })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CONFIG",
        kind: "invalid",
        pointer: "/ociVersion",
        message:
          "Cannot use this configuration, 2 problems:\n" +
          "/ociVersion: found 1, allowed is a string\n" +
          "/root/path: found an empty list, allowed is a string",
      }),
    );
  });

  test.each([[undefined], [null], [[]], ["{}"], [7], [true]])("refuses %p", (value) => {
    expect(findConfigProblems(value)).toMatchObject([
      { pointer: "", code: "wrong-type", allowed: "an object" },
    ]);
  });

  test("escapes keys in pointers", () => {
    const problems = findConfigProblems({ ociVersion: "1.3.0", annotations: { "a/b~c": 1 } });

    expect(problems).toMatchObject([{ pointer: "/annotations/a~1b~0c" }]);
  });

  test("takes no key of a map for one of Object's", () => {
    const config = JSON.parse(
      '{"ociVersion": "1", "toString": 1, "linux": {"sysctl": {"__proto__": 1, "constructor": 2}}}',
    );

    expect(findConfigProblems(config)).toMatchObject([
      { pointer: "/linux/sysctl/__proto__" },
      { pointer: "/linux/sysctl/constructor" },
    ]);
  });

  test("shortens what it quotes", () => {
    const problems = findConfigProblems({
      ociVersion: "1",
      root: { path: "x", readonly: "y".repeat(9999) },
    });

    expect(problems[0]?.found.length).toBeLessThan(100);
  });

  test("allows the limits of 64 bits", () => {
    const text = `{"ociVersion": "1", "process": {"cwd": "/", "rlimits": [
      {"type": "RLIMIT_CORE", "soft": 18446744073709551615, "hard": 18446744073709551615}]},
      "linux": {"resources": {"memory": {"limit": -9223372036854775808}}}}`;

    expect(findConfigProblems(JSON.parse(text))).toEqual([]);
  });
});

test("checkProcess() names the process in its error", () => {
  expect(() => checkProcess({})).toThrow(
    expect.objectContaining({
      code: "ERR_INVALID_PROCESS",
      pointer: "/cwd",
      message: "Cannot use this process: /cwd: found nothing, allowed is a string",
    }),
  );
});

test("checkState() refuses a status that the specification lacks", () => {
  const state = { ociVersion: "1.3.0", id: "a", status: "paused", bundle: "/b" };

  expect(problemsOf(() => checkState(state))).toMatchObject([{ pointer: "/status" }]);
  expect(checkState({ ...state, status: "running" }).status).toBe("running");
});
