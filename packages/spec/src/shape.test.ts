import { expect, test } from "bun:test";
import { findConfigProblems } from "./check.ts";
import { configShape } from "./config/config-shape.ts";
import { findShapeProblemsAndNotes } from "./shape.ts";

test("unknown fields are noted wherever they are, and refused nowhere", () => {
  const config = {
    ociVersion: "1.3.0",
    proccess: {},
    mounts: [{ destination: "/a" }, { destination: "/b", sorce: "x", "a/b": { c: 1 } }],
    linux: {
      sysctl: { "any.key": "1" },
      resources: { rdma: { mlx5: { hcaHandle: 1 } }, unified: { x: "" } },
    },
    annotations: { anything: "" },
    windows: { credentialSpec: { whatever: 1 } },
  };

  const { notes, problems } = findShapeProblemsAndNotes(config, configShape());

  expect(problems.map(({ pointer }) => pointer)).toEqual(["/windows/layerFolders"]);
  expect(notes.map(({ pointer, meant }) => [pointer, meant])).toEqual([
    ["/linux/resources/rdma/mlx5/hcaHandle", '"hcaHandles"'],
    ["/mounts/1/a~1b", undefined],
    ["/mounts/1/sorce", '"source"'],
    ["/proccess", '"process"'],
  ]);
  expect(new Set(notes.map(({ level, code }) => `${level} ${code}`))).toEqual(
    new Set(["note unknown-field"]),
  );
  expect(findConfigProblems({ ...config, windows: undefined })).toEqual([]);
});
