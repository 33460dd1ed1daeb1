import { expect, test } from "bun:test";
import { ociVersion } from "@ctr/spec";
import { stateDocument } from "./state.ts";

const facts = { id: "web", bundle: "/bundle", pid: 42, annotations: undefined };

test("stateDocument() has what the specification requires", () => {
  expect(stateDocument(facts, "created")).toEqual({
    ociVersion,
    id: "web",
    status: "created",
    pid: 42,
    bundle: "/bundle",
  });
});

test("stateDocument() has no pid once the process has ended, and annotations when there are some", () => {
  expect(stateDocument({ ...facts, annotations: { a: "b" } }, "stopped")).toEqual({
    ociVersion,
    id: "web",
    status: "stopped",
    bundle: "/bundle",
    annotations: { a: "b" },
  });
});
