import { expect, test } from "bun:test";
import { containerIdLengthMax, parseContainerId } from "./container-id.ts";
import { ContainerError } from "./error.ts";

test("parseContainerId() returns every id that runc accepts", () => {
  for (const id of ["redis", "a", "_", "-x", "+1", "A.b_c+d-e", "0", "a".repeat(1024)]) {
    expect(parseContainerId(id)).toBe(id);
  }
});

test.each([
  ["a/b", 'invalid character "/" in a container ID'],
  [".a", 'invalid character "." at the start of a container ID'],
  ["é", 'invalid character "é" at the start of a container ID'],
  ["", "it is empty"],
])("parseContainerId() says what is wrong with %p", (id, why) => {
  expect(() => parseContainerId(id)).toThrow(
    `Cannot use ${JSON.stringify(id)} as a container id: ${why}`,
  );
});

test("parseContainerId() refuses whatever could leave a directory or hide in it", () => {
  const bad = ["", ".", "..", ".hidden", "a/b", "../x", "a b", "a\n", "a\0", "é", "a:b"];
  for (const id of [...bad, "a".repeat(containerIdLengthMax + 1)]) {
    expect(() => parseContainerId(id)).toThrow(ContainerError);
    expect(() => parseContainerId(id)).toThrow(expect.objectContaining({ code: "ERR_INVALID_ID" }));
  }
});
