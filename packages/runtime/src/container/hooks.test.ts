import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hook, State } from "@ctr/spec";
import { runHooks } from "./hooks.ts";

const state: State = {
  ociVersion: "1.3.0",
  id: "web",
  status: "created",
  pid: 4711,
  bundle: "/bundle",
  annotations: { "org.example.key": "valué" },
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "hooks-test-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A hook that runs a shell script in which `$0` is a file that the test can read. */
function shell(script: string, more: Partial<Hook> = {}): Hook {
  return { path: "/bin/sh", args: ["sh", "-c", script, join(directory, "file")], ...more };
}

const written = (): string => readFileSync(join(directory, "file"), "utf8");

describe("runHooks()", () => {
  test("gives each the state to read, with its arguments and no environment but its own", async () => {
    const hook = shell('cat > "$0"; echo "$A-$B-$HOME" >> "$0"', { env: ["A=1=2", "B"] });
    await runHooks("createRuntime", [hook], state);

    const [json, variables] = splitAtJson(written());
    expect(JSON.parse(json)).toEqual(state);
    expect(variables).toBe("1=2--\n");
  });

  test("runs them in their order, each when the one before it has ended", async () => {
    await runHooks("prestart", [shell('echo 1 > "$0"'), shell('echo 2 >> "$0"')], state);

    expect(written()).toBe("1\n2\n");
  });

  test("takes the first argument for the name that the hook is called by", async () => {
    await runHooks(
      "poststop",
      [
        {
          path: "/bin/sh",
          args: ["-sh", "-c", `tr '\\0' ' ' < /proc/$$/cmdline > ${directory}/file`],
        },
      ],
      state,
    );

    expect(written()).toStartWith("-sh -c ");
  });

  test("says which hook failed, how, and what it said", async () => {
    const failing = shell("echo out; echo no license >&2; exit 3");

    await expect(
      runHooks("createRuntime", [shell("true"), failing, shell('echo > "$0".no')], state),
    ).rejects.toMatchObject({
      code: "ERR_HOOK_FAILED",
      pointer: "/hooks/createRuntime/1",
      message:
        'Cannot go on (/hooks/createRuntime/1): error running createRuntime hook #1: "/bin/sh" as createRuntime hook failed with exit code 3: out\nno license',
    });
  });

  test("says which signal ended a hook", async () => {
    await expect(runHooks("poststart", [shell("kill -TERM $$")], state)).rejects.toThrow(
      '(/hooks/poststart/0): error running poststart hook #0: "/bin/sh" ended with SIGTERM',
    );
  });

  test("ends a hook that takes longer than its timeout", async () => {
    await expect(
      runHooks("poststop", [shell("exec sleep 1000", { timeout: 0.05 })], state),
    ).rejects.toThrow("did not end within 0.05 s");
  });

  test("does not wait for what a hook leaves behind with its output open", async () => {
    const left = shell('sleep 1000 & echo $! > "$0"');
    try {
      await runHooks("createRuntime", [left], state);
    } finally {
      process.kill(Number(written()), "SIGKILL");
    }
  });

  test("says that a hook could not be started", async () => {
    await expect(runHooks("prestart", [{ path: "/no/such/hook" }], state)).rejects.toMatchObject({
      code: "ERR_HOOK_FAILED",
      message: expect.stringContaining("could not be started"),
    });
  });

  test("does not mind that a hook reads nothing of a large state", async () => {
    const large = { ...state, annotations: { large: "x".repeat(1_000_000) } };

    await runHooks("prestart", [{ path: "/bin/true" }], large);
  });

  test("does nothing without hooks", async () => {
    await runHooks("poststop", undefined, state);
  });
});

/** The JSON at the beginning of a text, and what follows it. */
function splitAtJson(text: string): [string, string] {
  const end = text.lastIndexOf("}") + 1;
  return [text.slice(0, end), text.slice(end)];
}
