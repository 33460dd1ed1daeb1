import { describe, expect, test } from "bun:test";
import { defaultConfig } from "@ctr/spec";
import { asCurrentForm, withinRootfs } from "./accepted-forms.ts";

describe("asCurrentForm()", () => {
  test.each([
    ["rslave", { rootfsPropagation: "slave" }],
    ["runbindable", { rootfsPropagation: "unbindable" }],
    ["shared", { rootfsPropagation: "shared" }],
    ["r", { rootfsPropagation: "r" }],
    ["", {}],
  ])("takes the propagation %p as it is meant", (rootfsPropagation, linux) => {
    expect(asCurrentForm({ linux: { rootfsPropagation } })).toEqual({ linux });
  });

  test("takes the type of the file off the modes of devices", () => {
    const devices = [{ fileMode: 0o20666 }, { fileMode: 0o600 }, {}, 5];
    expect(asCurrentForm({ linux: { devices } })).toEqual({
      linux: { devices: [{ fileMode: 0o666 }, { fileMode: 0o600 }, {}, 5] },
    });
  });

  test("takes off the access of device rules what is no letter of it", () => {
    const devices = ["rwa", "rwm", "a", ""].map((access) => ({ allow: false, access }));
    expect(asCurrentForm({ linux: { resources: { devices: [...devices, {}, 5] } } })).toEqual({
      linux: {
        resources: {
          devices: [...["rw", "rwm", "a", ""].map((access) => ({ allow: false, access })), {}, 5],
        },
      },
    });
  });

  test("leaves to those who check what is no configuration", () => {
    for (const document of [undefined, null, 5, "x", [], {}, { linux: null }]) {
      expect(asCurrentForm(document)).toEqual(document);
    }
    expect(asCurrentForm({ linux: { devices: {} } })).toEqual({ linux: { devices: {} } });
  });
});

describe("withinRootfs()", () => {
  const destinations = (rootfs: string, ...given: readonly string[]): string[] => {
    const mounts = given.map((destination) => ({ destination, type: "tmpfs" }));
    const config = withinRootfs({ ...defaultConfig(), mounts }, rootfs);
    return (config.mounts ?? []).map(({ destination }) => destination);
  };

  test("takes the root filesystem off what lies in it", () => {
    expect(
      destinations("/b/rootfs", "/b/rootfs/etc", "//b/./rootfs//etc/", "/b/rootfs", "/etc"),
    ).toEqual(["/etc", "/etc", "/", "/etc"]);
  });

  test("leaves what only begins alike", () => {
    const alike = ["/b/rootfs2", "/b", "/c/b/rootfs/etc", "/b/rootfs/../etc"];
    expect(destinations("/b/rootfs", ...alike)).toEqual(alike);
    expect(destinations("/", "/etc")).toEqual(["/etc"]);
  });

  test("returns a configuration that needs no change", () => {
    const config = defaultConfig();
    expect(withinRootfs(config, "/b/rootfs")).toBe(config);
  });
});
