import { afterEach, describe, expect, test } from "bun:test";
import type { ProcessOptions } from "../container/create-options.ts";
import { parseFlags } from "./flags.ts";
import { createFlags, createOptions, listenFds, processOptions } from "./process-flags.ts";

function options(...args: readonly string[]): ProcessOptions {
  return processOptions(parseFlags(createFlags, args, "all").flags);
}

const { LISTEN_FDS } = process.env;
afterEach(() => {
  if (LISTEN_FDS === undefined) delete process.env["LISTEN_FDS"];
  else process.env["LISTEN_FDS"] = LISTEN_FDS;
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

test("createOptions() takes the working directory for the bundle", () => {
  const parse = (...args: readonly string[]): ReturnType<typeof createOptions> =>
    createOptions(parseFlags(createFlags, args, "all").flags);

  expect(parse()).toEqual({ bundle: process.cwd(), noPivot: false, noNewKeyring: false });
  expect(parse("-b", "/bundle", "-f", "/other.json", "--no-pivot", "--pid-file=/p")).toEqual({
    bundle: "/bundle",
    configFile: "/other.json",
    noPivot: true,
    pidFile: "/p",
    noNewKeyring: false,
  });
});
