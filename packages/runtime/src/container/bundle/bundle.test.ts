import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Config, defaultConfig, type LinuxNamespace } from "@ctr/spec";
import { linuxKernel } from "../../kernel/linux.ts";
import { type Bundle, openBundle } from "./bundle.ts";

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "bundle-test-")));
  mkdirSync(join(directory, "rootfs"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const base = defaultConfig();
const host = { kernel: linuxKernel(), rootless: false };

function open(config?: Config): Bundle {
  return openBundle(host, {
    bundle: directory,
    ...(config === undefined ? {} : { config }),
  });
}

function write(document: unknown, name = "config.json"): void {
  writeFileSync(
    join(directory, name),
    typeof document === "string" ? document : JSON.stringify(document),
  );
}

/** Code and message of what is thrown. */
function failure(config?: Config): [code: unknown, message: string, pointer: unknown] {
  try {
    open(config);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code, pointer } = { code: undefined, pointer: undefined, ...error };
    return [code, error.message, pointer];
  }
  throw new Error("nothing was thrown");
}

describe("openBundle()", () => {
  test("reads config.json, and finds the root filesystem beside it", () => {
    write(base);

    expect(open()).toEqual({ path: directory, config: base, rootfs: join(directory, "rootfs") });
  });

  test("takes a relative path, and a root filesystem behind a link", () => {
    mkdirSync(join(directory, "real"));
    symlinkSync("real", join(directory, "link"));
    write({ ...base, root: { path: "link" } });

    const bundle = openBundle(host, { bundle: relative(process.cwd(), directory) });
    expect([bundle.path, bundle.rootfs]).toEqual([directory, join(directory, "real")]);
  });

  test("prefers a configuration that it is given", () => {
    write("{");

    expect(open({ ...base, hostname: "other" }).config.hostname).toBe("other");
  });

  test("reads another file than config.json when asked to", () => {
    write({ ...base, hostname: "other" }, "other.json");

    const configFile = join(directory, "other.json");
    expect(openBundle(host, { bundle: directory, configFile }).config.hostname).toBe("other");
  });

  test("makes a current configuration of an old one", () => {
    write({
      version: "0.2.0",
      platform: { os: "linux", arch: "amd64" },
      process: { user: { uid: 0, gid: 0 }, args: ["sh"], cwd: "/", env: [] },
      root: { path: "rootfs" },
      mounts: [],
    });
    write({ linux: { namespaces: [{ type: "mount" }] } }, "runtime.json");

    expect(open().config.ociVersion).toStartWith("1.");
  });

  test.each(["rshared", "rslave", "rprivate", "runbindable"])(
    "understands the propagation %s, which engines write",
    (rootfsPropagation) => {
      write({ ...base, linux: { ...base.linux, rootfsPropagation } });

      expect<string | undefined>(open().config.linux?.rootfsPropagation).toBe(
        rootfsPropagation.slice(1),
      );
    },
  );

  test("takes an empty propagation for none", () => {
    write({ ...base, linux: { ...base.linux, rootfsPropagation: "" } });

    expect(open().config.linux?.rootfsPropagation).toBeUndefined();
  });
});

test("openBundle() maps the ids of a user namespace for which there are no mappings", () => {
  const namespaces: LinuxNamespace[] = [{ type: "mount" }, { type: "user" }];
  const { hostname: _, ...others } = base;

  const { linux } = open({ ...others, linux: { namespaces } }).config;

  expect(linux?.uidMappings?.[0]).toEqual({
    containerID: 0,
    hostID: process.geteuid?.() ?? 0,
    size: 1,
  });
  expect(linux?.gidMappings?.[0]?.containerID).toBe(0);
});

describe("openBundle() refuses", () => {
  test("a directory without config.json", () => {
    expect(failure().slice(0, 2)).toEqual([
      "ERR_BUNDLE_NOT_FOUND",
      `Cannot read the bundle's configuration "${directory}/config.json": no such file or directory (ENOENT)`,
    ]);
  });

  test("what is no JSON, and says where", () => {
    write('{"ociVersion": ');

    const [code, message] = failure();
    expect(code).toBe("ERR_INVALID_CONFIG");
    expect(message).toStartWith(`Cannot read "${directory}/config.json": it is not JSON: `);
  });

  test.each([
    ["another major version", { ...base, ociVersion: "2.0.0" }, "/ociVersion"],
    ["no program", { ...base, process: { cwd: "/", args: [] } }, "/process/args"],
    [
      "a relative working directory",
      { ...base, process: { cwd: "a", args: ["x"] } },
      "/process/cwd",
    ],
    ["an empty root", { ...base, root: { path: "" } }, "/root/path"],
  ] as [string, Config, string][])("%s", (_, config, pointer) => {
    const [code, message] = failure(config);

    expect(code).toBe("ERR_INVALID_CONFIG");
    expect(message).toContain(pointer);
  });

  test("no root", () => {
    const { root: _, ...config } = base;

    expect(failure(config)[0]).toBe("ERR_INVALID_CONFIG");
  });

  test.each(["missing", "rootfs-file"])("a root filesystem that is no directory: %s", (path) => {
    write("", "rootfs-file");

    expect(failure({ ...base, root: { path } })).toEqual([
      "ERR_ROOTFS_NOT_FOUND",
      `Cannot use the root filesystem "${join(directory, path)}" (/root/path): it is not a directory`,
      "/root/path",
    ]);
  });

  test.each([
    ["a user namespace alone", { namespaces: [{ type: "user" }] }, "/linux/namespaces"],
    ["two of a type", { namespaces: [{ type: "mount" }, { type: "mount" }] }, "/linux/namespaces"],
    [
      "mappings without a user namespace",
      {
        namespaces: [{ type: "mount" }],
        uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      },
      "/linux/uidMappings",
    ],
    [
      "clocks of the host",
      { namespaces: [{ type: "mount" }], timeOffsets: { monotonic: { secs: 1 } } },
      "/linux/timeOffsets",
    ],
  ] as [string, { namespaces: LinuxNamespace[] }, string][])("%s", (_, linux, pointer) => {
    const { hostname: _h, ...others } = base;
    const [code, message] = failure({ ...others, linux });

    expect(code).toBe("ERR_INVALID_CONFIG");
    expect(message).toContain(pointer);
  });

  test("a domainname that a kernel parameter contradicts", () => {
    const namespaces: LinuxNamespace[] = [{ type: "mount" }, { type: "uts" }];
    const sysctl = { "kernel.domainname": "other" };
    const config = { ...base, domainname: "web", linux: { namespaces, sysctl } };

    expect(failure(config)[1]).toContain("/linux/sysctl/kernel.domainname");
    expect(open({ ...config, domainname: "other" }).config.domainname).toBe("other");
  });

  test.each(["hostname", "domainname"])("a %s that would be the host's", (field) => {
    const { hostname: _, ...others } = base;
    const config = {
      ...others,
      [field]: "web",
      linux: { namespaces: [{ type: "mount" as const }] },
    };

    expect(failure(config)[1]).toContain(`/${field}`);
  });
});
