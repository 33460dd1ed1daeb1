import { describe, expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import { delegatedRange, type OwnIds, withDefaultIdMappings } from "./default-id-mappings.ts";

function mappings(
  user: { readonly uid?: number; readonly gid?: number },
  ids: OwnIds,
  linux: Config["linux"] = {},
): readonly unknown[] {
  const config = withDefaultIdMappings(
    {
      ociVersion: "1.0.0",
      process: { cwd: "/", user },
      linux: { namespaces: [{ type: "user" }], ...linux },
    },
    () => ids,
  );
  return [config.linux?.uidMappings, config.linux?.gidMappings].map((list) =>
    list?.map(({ containerID, hostID, size }) => [containerID, hostID, size]),
  );
}

const alone: OwnIds = { id: 0, range: undefined };
const delegated: OwnIds = { id: 1000, range: { start: 100_000, count: 65_536 } };

describe("withDefaultIdMappings()", () => {
  test("maps root to who runs the runtime, when nothing is delegated to him", () => {
    expect(mappings({}, alone)).toEqual([[[0, 0, 1]], [[0, 0, 1]]]);
    expect(mappings({ uid: 5 }, alone)).toEqual([[[0, 0, 1]], [[0, 0, 1]]]);
  });

  test("maps the other ids to those that are delegated", () => {
    expect(mappings({ gid: 7 }, delegated)).toEqual([
      [
        [0, 1000, 1],
        [1, 100_000, 65_536],
      ],
      [
        [0, 100_000, 7],
        [7, 1000, 1],
        [8, 100_007, 65_529],
      ],
    ]);
  });

  test("ends the mappings where the delegated ids end", () => {
    expect(mappings({ uid: 90_000 }, delegated)[0]).toEqual([
      [0, 100_000, 65_536],
      [90_000, 1000, 1],
    ]);
  });

  test("keeps mappings that there are, and adds none to a namespace that is joined or inherited", () => {
    const given = [{ containerID: 0, hostID: 7, size: 9 }];

    expect(mappings({}, alone, { uidMappings: given })).toEqual([[[0, 7, 9]], [[0, 0, 1]]]);
    expect(mappings({}, alone, { namespaces: [{ type: "user", path: "/a" }] })).toEqual([
      undefined,
      undefined,
    ]);
    expect(mappings({}, alone, { namespaces: [{ type: "pid" }] })).toEqual([undefined, undefined]);
  });
});

test.each([
  ["me:100000:65536\n", { start: 100_000, count: 65_536 }],
  ["other:1:2\nme:3:4\nme:5:6\n", { start: 3, count: 4 }],
  ["1000:7:8", { start: 7, count: 8 }],
  ["# me:1:2\nme:\n", undefined],
  ["", undefined],
] as [string, OwnIds["range"]][])("delegatedRange() finds in %p %p", (text, range) => {
  expect(delegatedRange(text, "me", 1000)).toEqual(range);
});
