import { expect, test } from "bun:test";
import { resolveAddress } from "./address.ts";

test("resolveAddress() takes the flag, then CTR_ADDRESS, then the default", () => {
  const env = { CTR_ADDRESS: "/a/ctr.sock" };

  expect(resolveAddress("/b/ctr.sock", { env, uid: 0 }).socketPath).toBe("/b/ctr.sock");
  expect(resolveAddress(undefined, { env, uid: 0 }).socketPath).toBe("/a/ctr.sock");
  expect(resolveAddress(undefined, { env: { CTR_ADDRESS: "" }, uid: 0 })).toEqual({
    socketPath: "/run/ctr/ctr.sock",
    isDefault: true,
    stateDirectory: "/run/ctr",
  });
  expect(
    resolveAddress(undefined, { env: { XDG_RUNTIME_DIR: "/run/user/7" }, uid: 7 }).socketPath,
  ).toBe("/run/user/7/ctr/ctr.sock");
});

test("resolveAddress() takes a URL, and a path from here", () => {
  expect(resolveAddress("unix:///x/ctr.sock", { env: {}, uid: 0 })).toEqual({
    socketPath: "/x/ctr.sock",
    isDefault: false,
    stateDirectory: "/x",
  });
  expect(resolveAddress("x/my.sock", { env: {}, uid: 0 })).toEqual({
    socketPath: `${process.cwd()}/x/my.sock`,
    isDefault: false,
    stateDirectory: undefined,
  });
});

test("resolveAddress() needs no default when an address is named", () => {
  expect(resolveAddress("/x/ctr.sock", { env: {}, uid: 7 }).isDefault).toBe(false);
});

test("resolveAddress() refuses what is no Unix socket", () => {
  expect(() => resolveAddress("tcp://localhost:80", { env: {}, uid: 0 })).toThrow(
    "Cannot use the address",
  );
});
