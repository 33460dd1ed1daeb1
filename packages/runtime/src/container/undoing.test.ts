import { describe, expect, test } from "bun:test";
import { ContainerError } from "@ctr/spec";
import { undoing } from "./undoing.ts";

describe("undoing()", () => {
  test("undoes nothing when all went well", async () => {
    const done: string[] = [];

    const result = await undoing(async (undo) => {
      undo.defer(() => void done.push("undone"));
      return "made";
    });

    expect([result, done]).toEqual(["made", []]);
  });

  test("undoes the steps in reverse, and throws what went wrong", async () => {
    const done: string[] = [];
    const error = new ContainerError("Cannot do it", { code: "ERR_X", kind: "conflict" });

    const attempt = undoing(async (undo) => {
      undo.defer(() => void done.push("first"));
      undo.defer(async () => {
        await Promise.resolve();
        done.push("second");
      });
      throw error;
    });

    await expect(attempt).rejects.toBe(error);
    expect(done).toEqual(["second", "first"]);
  });

  test("undoes the rest when one step cannot be undone, and says both", async () => {
    const done: string[] = [];
    const first = new ContainerError("Cannot mount", {
      code: "ERR_MOUNT",
      kind: "invalid",
      hint: "Mount less",
    });
    const second = new Error("EBUSY");

    const attempt = undoing(async (undo) => {
      undo.defer(() => void done.push("first"));
      undo.defer(() => {
        throw second;
      });
      throw first;
    });

    await expect(attempt).rejects.toMatchObject({
      code: "ERR_MOUNT",
      kind: "invalid",
      hint: "Mount less",
      message: "Cannot mount; what was done could not be undone: Error: EBUSY",
      cause: { error: second, suppressed: first },
    });
    expect(done).toEqual(["first"]);
  });

  test.each([
    ["an Error", new TypeError("no")],
    ["a text", "no"],
  ])("has a code and a hint of its own for what is no ContainerError: %s", async (_, thrown) => {
    const attempt = undoing(async (undo) => {
      undo.defer(() => {
        throw new Error("EBUSY");
      });
      throw thrown;
    });

    await expect(attempt).rejects.toMatchObject({
      code: "ERR_UNDO_FAILED",
      kind: "internal",
      message: "no; what was done could not be undone: Error: EBUSY",
      hint: '"bunc delete --force" tries again',
    });
  });
});
