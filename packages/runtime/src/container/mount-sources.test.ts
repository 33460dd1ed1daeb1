import { describe, expect, test } from "bun:test";
import type { Config, LinuxNamespaceType, Mount } from "@ctr/spec";
import { planNamespaces } from "../init/namespaces.ts";
import { sourcesToOpen } from "./mount-sources.ts";

function opened(
  mounts: readonly Mount[],
  types: readonly LinuxNamespaceType[] = ["mount"],
  rootless = false,
): [index: number, mapped: boolean][] {
  const config: Config = { ociVersion: "1.3.0", mounts };
  const namespaces = planNamespaces(types.map((type) => ({ type })));
  return sourcesToOpen({ rootless }, config, namespaces).map(({ index, mapped }) => [
    index,
    mapped,
  ]);
}

const bind: Mount = { destination: "/b", source: "/s", options: ["rbind"] };
const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];

describe("sourcesToOpen()", () => {
  test("are those whose ids are mapped: by an option or by mappings of their own", () => {
    expect(
      opened([
        bind,
        { ...bind, options: ["bind", "idmap"] },
        { ...bind, options: ["bind", "ridmap"] },
        { ...bind, type: "bind", options: [], uidMappings: mappings, gidMappings: mappings },
        { destination: "/t", type: "tmpfs" },
      ]),
    ).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
  });

  test("are all bind mounts in a user namespace, whose root may not reach them", () => {
    const mounts = [
      bind,
      { destination: "/t", type: "tmpfs" },
      { ...bind, options: ["bind", "idmap"] },
      { ...bind, options: ["bind", "remount", "ro"] },
    ];

    expect(opened(mounts, ["mount", "user"])).toEqual([
      [0, false],
      [2, true],
    ]);
  });

  test("are not those of an ordinary user, who reaches no more himself", () => {
    expect(opened([bind], ["mount", "user"], true)).toEqual([]);
  });

  test("are the host's sysfs where a user namespace has no network of its own", () => {
    const sysfs: Mount = { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] };

    expect(opened([sysfs], ["mount", "user"])).toEqual([[0, false]]);
    expect(opened([sysfs], ["mount", "user", "network"])).toEqual([]);
    expect(opened([sysfs], ["mount"])).toEqual([]);
    expect(opened([sysfs], ["mount", "user"], true)).toEqual([]);
  });

  test("cannot be those of a mount that is no bind mount", () => {
    const mount: Mount = { destination: "/t", type: "tmpfs", options: ["idmap"] };

    expect(() => opened([bind, mount])).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_CONFIG", pointer: "/mounts/1/options" }),
    );
  });
});
