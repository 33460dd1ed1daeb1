import { describe, expect, test } from "bun:test";
import { type LinuxMountOption, linuxMountOptions } from "@ctr/spec";
import { isKnownMountOption, type MountOptions, parseMountOptions } from "./mount-options.ts";

/** What a mount is like that no option says anything about. */
const nothing = {
  bind: "no",
  remount: false,
  idmap: "no",
  tmpcopyup: false,
  links: { copySource: false, keepSource: false, keepTarget: false },
  attributes: { set: [], clear: [] },
  recursive: { set: [], clear: [] },
  namesAttributes: false,
  propagation: [],
  parameters: [],
} as const;

const nothingNamed = { attributes: nothing.attributes };

type Expected = Partial<MountOptions>;

const attributes = (set: string, clear = ""): Expected => ({
  ...parse("attributes", set, clear),
  namesAttributes: true,
});
const recursive = (set: string, clear = ""): Expected => parse("recursive", set, clear);
const parse = (key: "attributes" | "recursive", set: string, clear: string): Expected =>
  JSON.parse(JSON.stringify({ [key]: { set: names(set), clear: names(clear) } }));
const names = (text: string): string[] =>
  text === "" ? [] : text.split(" ").map((name) => `MOUNT_ATTR_${name}`);
const atime = (mode: string): Expected => attributes(mode, "_ATIME NODIRATIME");
const atimeBelow = (mode: string): Expected => recursive(mode, "_ATIME");
const superblock = (flag: string): Expected => ({ parameters: [{ flag }] });

/** What config.md says of each option; `Record` so that none is left out. */
const expected: Readonly<Record<LinuxMountOption, Expected>> = {
  defaults: {},
  silent: {},
  loud: {},
  noiversion: {},
  bind: { bind: "bind" },
  rbind: { bind: "rbind" },
  remount: { remount: true },
  idmap: { idmap: "idmap" },
  ridmap: { idmap: "ridmap" },
  tmpcopyup: { tmpcopyup: true },
  ro: { ...attributes("RDONLY"), ...superblock("ro") },
  rw: { ...attributes("", "RDONLY"), ...superblock("rw") },
  nosuid: attributes("NOSUID"),
  suid: attributes("", "NOSUID"),
  nodev: attributes("NODEV"),
  dev: attributes("", "NODEV"),
  noexec: attributes("NOEXEC"),
  exec: attributes("", "NOEXEC"),
  nodiratime: attributes("NODIRATIME RELATIME", "_ATIME"),
  nosymfollow: attributes("NOSYMFOLLOW"),
  symfollow: attributes("", "NOSYMFOLLOW"),
  noatime: atime("NOATIME"),
  relatime: atime("RELATIME"),
  strictatime: atime("STRICTATIME"),
  // They take back what was given before.
  diratime: { namesAttributes: true },
  atime: { namesAttributes: true },
  nostrictatime: { namesAttributes: true },
  norelatime: { namesAttributes: true },
  rro: recursive("RDONLY"),
  rrw: recursive("", "RDONLY"),
  rnosuid: recursive("NOSUID"),
  rsuid: recursive("", "NOSUID"),
  rnodev: recursive("NODEV"),
  rdev: recursive("", "NODEV"),
  rnoexec: recursive("NOEXEC"),
  rexec: recursive("", "NOEXEC"),
  rnodiratime: recursive("NODIRATIME"),
  rdiratime: recursive("", "NODIRATIME"),
  rnosymfollow: recursive("NOSYMFOLLOW"),
  rsymfollow: recursive("", "NOSYMFOLLOW"),
  rnoatime: atimeBelow("NOATIME"),
  rrelatime: atimeBelow("RELATIME"),
  rstrictatime: atimeBelow("STRICTATIME"),
  ratime: atimeBelow("RELATIME"),
  rnostrictatime: atimeBelow("RELATIME"),
  rnorelatime: atimeBelow("RELATIME"),
  sync: superblock("sync"),
  async: superblock("async"),
  dirsync: superblock("dirsync"),
  lazytime: superblock("lazytime"),
  nolazytime: superblock("nolazytime"),
  mand: superblock("mand"),
  nomand: superblock("nomand"),
  iversion: superblock("iversion"),
  shared: { propagation: [{ flag: "MS_SHARED", recursive: false }] },
  slave: { propagation: [{ flag: "MS_SLAVE", recursive: false }] },
  private: { propagation: [{ flag: "MS_PRIVATE", recursive: false }] },
  unbindable: { propagation: [{ flag: "MS_UNBINDABLE", recursive: false }] },
  rshared: { propagation: [{ flag: "MS_SHARED", recursive: true }] },
  rslave: { propagation: [{ flag: "MS_SLAVE", recursive: true }] },
  rprivate: { propagation: [{ flag: "MS_PRIVATE", recursive: true }] },
  runbindable: { propagation: [{ flag: "MS_UNBINDABLE", recursive: true }] },
};

/** As a plain value. */
function parsed(...options: readonly string[]): object {
  const { attributes, recursive, ...others } = parseMountOptions(options);
  const plain = ({ set, clear }: MountOptions["attributes"]): object => ({ set, clear });
  return { ...others, attributes: plain(attributes), recursive: plain(recursive) };
}

const table = Object.entries(expected);

describe("parseMountOptions()", () => {
  test.each([
    [["rbind", "bind"], "rbind"],
    [["bind", "rprivate", "rbind"], "rbind"],
    [["bind", "bind"], "bind"],
  ] as const)("binds for %p with %p: flags add up", (options, bind) => {
    expect(parseMountOptions(options).bind).toBe(bind);
  });

  test.each(table)("knows what %s is for", (option, change) => {
    expect(isKnownMountOption(option)).toBe(true);
    expect(parsed(option)).toEqual({ ...nothing, ...change });
  });

  test("knows the options of the specification's table, and no others", () => {
    expect(table.map(([name]) => name).toSorted()).toEqual(
      Object.keys(linuxMountOptions).toSorted(),
    );

    for (const other of [
      "size=64k",
      "context",
      "rsync",
      "rmand",
      "r",
      "",
      "RO",
      "rbinds",
      "toString",
    ])
      expect(isKnownMountOption(other)).toBe(false);
  });

  test("lets the last of contradicting options win", () => {
    expect(parsed("ro", "rw")).toMatchObject({
      attributes: { set: [], clear: ["MOUNT_ATTR_RDONLY"] },
      parameters: [{ flag: "ro" }, { flag: "rw" }],
    });
    expect(parsed("suid", "nosuid")).toMatchObject(attributes("NOSUID"));
    expect(parsed("noatime", "strictatime", "relatime")).toMatchObject(atime("RELATIME"));
    expect(parsed("noatime", "atime")).toMatchObject({ namesAttributes: true, ...nothingNamed });
    expect(parsed("noatime", "norelatime")).toMatchObject(atime("NOATIME"));
    expect(parsed("nodiratime", "diratime", "noatime")).toMatchObject(atime("NOATIME"));
    expect(parsed("nodiratime", "noatime")).toMatchObject(
      attributes("NODIRATIME NOATIME", "_ATIME"),
    );
    expect(parsed("rrw", "rro")).toMatchObject(recursive("RDONLY"));
    expect(parsed("bind", "rbind")).toMatchObject({ bind: "rbind" });
  });

  test("keeps the attributes of a mount and of those below it apart", () => {
    expect(parsed("ro", "rrw", "nosuid", "rnodev", "rnoatime")).toEqual({
      ...nothing,
      ...attributes("RDONLY NOSUID"),
      ...recursive("NODEV NOATIME", "RDONLY _ATIME"),
      ...superblock("ro"),
    });
  });

  test("keeps propagations in their order: a slave can be shared, too", () => {
    expect(parsed("rslave", "rshared")).toMatchObject({
      propagation: [
        { flag: "MS_SLAVE", recursive: true },
        { flag: "MS_SHARED", recursive: true },
      ],
    });
  });

  test("hands anything else to the file system, in its order", () => {
    expect(parsed("mode=755", "newinstance", "size=64k,nr_inodes=5", "data=a=b", "gid=")).toEqual({
      ...nothing,
      parameters: [
        { key: "mode", value: "755" },
        { flag: "newinstance" },
        { key: "size", value: "64k,nr_inodes=5" },
        { key: "data", value: "a=b" },
        { key: "gid", value: "" },
      ],
    });
  });

  test("takes no options for none", () => {
    expect(parsed()).toEqual(nothing);
  });
});

test.each([
  ["copy-symlink", "copySource"],
  ["src-nofollow", "keepSource"],
  ["dest-nofollow", "keepTarget"],
] as const)("%s of crun is about links: %s", (option, key) => {
  expect(parseMountOptions(["bind", option])).toMatchObject({
    bind: "bind",
    links: { ...nothing.links, [key]: true },
    parameters: [],
  });
  expect(isKnownMountOption(option)).toBe(true);
});
