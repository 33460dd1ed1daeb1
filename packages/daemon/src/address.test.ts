import { expect, test } from "bun:test";
import { defaultRoot, defaultSocketPath, defaultStateDirectory, parseAddress } from "./address.ts";

test("root has its places in /run and /var/lib, whatever its variables say", () => {
  const options = { uid: 0, env: { XDG_RUNTIME_DIR: "/run/user/0", XDG_DATA_HOME: "/data" } };

  expect(defaultStateDirectory(options)).toBe("/run/ctr");
  expect(defaultSocketPath(options)).toBe("/run/ctr/ctr.sock");
  expect(defaultRoot(options)).toBe("/var/lib/ctr");
});

test("others have theirs where XDG says", () => {
  const env = { XDG_RUNTIME_DIR: "/run/user/7", HOME: "/home/a" };

  expect(defaultSocketPath({ uid: 7, env })).toBe("/run/user/7/ctr/ctr.sock");
  expect(defaultRoot({ uid: 7, env })).toBe("/home/a/.local/share/ctr");
  expect(defaultRoot({ uid: 7, env: { ...env, XDG_DATA_HOME: "/data" } })).toBe("/data/ctr");
  expect(defaultRoot({ uid: 7, env: { ...env, XDG_DATA_HOME: "relative" } })).toBe(
    "/home/a/.local/share/ctr",
  );
  expect(() => defaultStateDirectory({ uid: 7, env: { HOME: "/home/a" } })).toThrow(
    /XDG_RUNTIME_DIR/,
  );
  expect(() => defaultRoot({ uid: 7, env: {} })).toThrow(/HOME/);
});

test("parseAddress() takes paths and unix URLs, and nothing else", () => {
  for (const address of ["/run/x.sock", "unix:///run/x.sock", "unix:/run/x.sock"]) {
    expect(parseAddress(address)).toBe("/run/x.sock");
  }
  expect(parseAddress("here.sock")).toBe("here.sock");
  for (const address of ["", "tcp://0.0.0.0:1", "http://x", "unix://relative", "a\0b"]) {
    expect(() => parseAddress(address)).toThrow(/Cannot use the address/);
  }
});
