import { afterEach, describe, expect, test } from "bun:test";
import type { ProcessOptions } from "../container/create-options.ts";
import { parseFlags } from "./flags.ts";
import { createFlags, createOptions, processOptions } from "./process-flags.ts";
import { listenFds, withListenFds } from "./socket-activation.ts";

function options(...args: readonly string[]): ProcessOptions {
  return processOptions(parseFlags(createFlags, args, "all").flags);
}

const names = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] as const;
const before = names.map((name) => process.env[name]);
afterEach(() => {
  for (const [index, name] of names.entries()) {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe("processOptions()", () => {
  test("has nothing but defaults without flags", () => {
    expect(options()).toEqual({ noNewKeyring: false });
  });

  test("has what each flag says", () => {
    expect(
      options(
        ...["--pid-file", "/run/pid", "--console-socket=/run/console"],
        ...["--preserve-fds", "2", "--no-new-keyring"],
      ),
    ).toEqual({
      pidFile: "/run/pid",
      console: { socket: "/run/console" },
      preserveFds: 2,
      noNewKeyring: true,
    });
  });

  test("takes empty values for none, as scripts give them", () => {
    expect(options("--pid-file=", "--console-socket=")).toEqual({ noNewKeyring: false });
  });

  test("hands on no fewer descriptors than none", () => {
    expect(() => options("--preserve-fds=-1")).toThrow(
      expect.objectContaining({ code: "ERR_USAGE" }),
    );
  });

  test("hands the sockets that systemd has opened on, before others", () => {
    process.env["LISTEN_FDS"] = "3";

    expect(options().preserveFds).toBe(3);
    expect(options("--preserve-fds=2").preserveFds).toBe(5);
  });
});

test.each([
  ["2", 2],
  ["0", 0],
  ["", 0],
  ["-1", 0],
  ["x", 0],
  ["1.5", 0],
])("listenFds() understands LISTEN_FDS=%s as %d", (text, count) => {
  process.env["LISTEN_FDS"] = text;

  expect(listenFds()).toBe(count);
});

test("listenFds() counts what is meant for us only", () => {
  process.env["LISTEN_FDS"] = "2";
  process.env["LISTEN_PID"] = String(process.pid);
  expect(listenFds()).toBe(2);
  process.env["LISTEN_PID"] = "1";
  expect(listenFds()).toBe(0);
});

test("withListenFds() tells the program of its sockets, and of nothing when there are none", () => {
  const config = { ociVersion: "1.3.0", process: { cwd: "/", env: ["A=1"] } };
  expect(withListenFds(config)).toBe(config);

  process.env["LISTEN_FDS"] = "2";
  process.env["LISTEN_FDNAMES"] = "http:admin";
  expect(withListenFds(config).process?.env).toEqual([
    "A=1",
    "LISTEN_FDS=2",
    "LISTEN_PID=1",
    "LISTEN_FDNAMES=http:admin",
  ]);
});

test("createOptions() takes the working directory for the bundle", () => {
  const parse = (...args: readonly string[]): ReturnType<typeof createOptions> =>
    createOptions(parseFlags(createFlags, args, "all").flags);

  const amend = expect.any(Function);
  expect(parse()).toEqual({ bundle: process.cwd(), noPivot: false, noNewKeyring: false, amend });
  expect(parse("-b", "/bundle", "-f", "/other.json", "--no-pivot", "--pid-file=/p")).toEqual({
    bundle: "/bundle",
    configFile: "/other.json",
    noPivot: true,
    amend,
    pidFile: "/p",
    noNewKeyring: false,
  });
});
