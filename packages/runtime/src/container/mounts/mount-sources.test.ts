import { describe, expect, test } from "bun:test";
import type { Config, LinuxNamespaceType, Mount } from "@ctr/spec";
import { planNamespaces } from "../../init/linux/namespaces.ts";
import { launcherSources } from "./mount-sources.ts";

function opened(
  mounts: readonly Mount[],
  types: readonly LinuxNamespaceType[] = ["mount"],
  rootless = false,
): [index: number, mapped: boolean][] {
  const config: Config = { ociVersion: "1.3.0", mounts };
  const namespaces = planNamespaces(types.map((type) => ({ type })));
  const bundle = { config, path: "/bundle", rootfs: "/bundle/rootfs" };
  return launcherSources({ rootless }, bundle, namespaces).map(({ index, mapped }) => [
    index,
    mapped,
  ]);
}

const bind: Mount = { destination: "/b", source: "/s", options: ["rbind"] };
const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];

describe("launcherSources()", () => {
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

  test("that lie in the root filesystem are opened there", () => {
    const inside = (source: string, options = ["rbind"]): Mount => ({ ...bind, source, options });
    const mounts = [
      inside("/bundle/rootfs/a"),
      inside("rootfs//b/../c", ["bind", "idmap"]),
      inside("/bundle/rootfs"),
      inside("/bundle/rootfs2"),
      inside("/bundle"),
    ];
    const find = (types: readonly LinuxNamespaceType[], rootfs: string, which?: "all") =>
      launcherSources(
        { rootless: false },
        { config: { ociVersion: "1.3.0", mounts }, path: "/bundle", rootfs },
        planNamespaces(types.map((type) => ({ type }))),
        new Map(),
        which,
      ).map(({ index, inRoot }) => [index, inRoot]);

    expect(find(["mount", "user"], "/bundle/rootfs")).toEqual([
      [0, "/a"],
      [1, "/c"],
      [2, "/"],
      [3, undefined],
      [4, undefined],
    ]);
    expect(find(["mount"], "/bundle/rootfs")).toEqual([[1, "/c"]]);
    expect(find(["mount"], "/")).toEqual([[1, undefined]]);
    // Who adds mounts to a running container sees nothing of the host.
    expect(find(["mount", "user"], "/bundle/rootfs", "all").flat()).not.toContain("/a");
  });

  test("cannot be those of a mount that is no bind mount", () => {
    const mount: Mount = { destination: "/t", type: "tmpfs", options: ["idmap"] };

    expect(() => opened([bind, mount])).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_CONFIG", pointer: "/mounts/1/options" }),
    );
  });
});
