import { expect, test } from "bun:test";
import { ContainerError, errorFromDocument, errorKinds } from "./error.ts";
import { SpecError } from "./spec-error.ts";

test("an error is the same after its wire form", () => {
  const error = new ContainerError("Cannot mount", {
    code: "ERR_MOUNT",
    kind: "conflict",
    hint: "Look",
    pointer: "/mounts/0",
    cause: new Error("EBUSY"),
  });

  const received = errorFromDocument(JSON.parse(JSON.stringify(error.toDocument())));

  expect(received).toBeInstanceOf(ContainerError);
  expect(received.name).toBe("ContainerError");
  expect(received).toMatchObject({
    message: "Cannot mount",
    code: "ERR_MOUNT",
    kind: "conflict",
    hint: "Look",
    pointer: "/mounts/0",
  });
  expect(received.cause).toBeUndefined();
});

test("a wire form has no fields for what an error lacks", () => {
  const error = new ContainerError("No", { code: "ERR_NO", kind: "internal" });

  expect(error.toDocument()).toEqual({ code: "ERR_NO", kind: "internal", message: "No" });
});

test("each kind has an exit code of its own, none of them 0", () => {
  const codes = Object.values(errorKinds).map(({ exitCode }) => exitCode);

  expect(new Set(codes).size).toBe(codes.length);
  expect(Math.min(...codes)).toBe(1);
});

test("SpecError is a ContainerError with a name and problems", () => {
  const problem = {
    pointer: "/a",
    code: "missing",
    level: "error",
    found: "nothing",
    allowed: "a string",
  } as const;
  const error = new SpecError("thing", "ERR_INVALID_THING", [problem]);

  expect(error).toBeInstanceOf(ContainerError);
  expect(error).toMatchObject({ name: "SpecError", pointer: "/a", problems: [problem] });
  expect(error.toDocument().message).toBe(
    "Cannot use this thing: /a: found nothing, allowed is a string",
  );
});
