import { describe, expect, test } from "bun:test";
import { ContainerError } from "@ctr/spec";
import type { CommandArgs } from "./command.ts";
import { globalArgs } from "./global-flags.ts";
import { type ReadArguments, readArguments } from "./read-arguments.ts";

const args = {
  id: { type: "positional", required: true },
  bundle: { type: "positional", required: false },
  interactive: { type: "boolean", alias: "i" },
  tty: { type: "boolean", alias: "t" },
  follow: { type: "boolean", default: true },
  noPivot: { type: "boolean" },
  env: { type: "string", alias: "e", multiple: true },
  format: { type: "enum", options: ["cri", "raw"] },
  ...globalArgs,
} as const satisfies CommandArgs;

function read(...argv: string[]): ReadArguments {
  return readArguments({ args, rest: undefined, argv, command: "start" });
}

function readRest(...argv: string[]): ReadArguments {
  const { id, interactive, tty, env } = args;
  return readArguments({
    args: { id, interactive, tty, env, ...globalArgs },
    rest: { name: "COMMAND...", description: "", required: true },
    argv,
    command: "exec",
  });
}

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ContainerError) {
      expect(error.kind).toBe("invalid");
      return `${error.code} ${error.hint ?? ""}`.trim();
    }
  }
  return "nothing was refused";
}

describe("readArguments()", () => {
  test("takes flags before, between and behind positional arguments", () => {
    const { rawArgs } = read("-i", "redis", "--tty", "/bundle", "--format", "raw");

    expect(rawArgs).toEqual(["--interactive", "--tty", "--format=raw", "--", "redis", "/bundle"]);
  });

  test("takes letters together, and a value behind its letter", () => {
    const { rawArgs, repeated } = read("-iteA=1", "-e", "B=2", "-e=C=3", "redis");

    expect(rawArgs).toEqual(["--interactive", "--tty", "--env=C=3", "--", "redis"]);
    expect(repeated.get("env")).toEqual(["A=1", "B=2", "C=3"]);
  });

  test("gives a flag the value behind it, whatever that begins with", () => {
    expect(read("--env", "--json", "redis").repeated.get("env")).toEqual(["--json"]);
    expect(read("--env=", "redis").repeated.get("env")).toEqual([""]);
  });

  test("turns off what is on anyway, and tells --no-pivot from that", () => {
    expect(read("--no-follow", "--no-pivot", "redis").rawArgs).toEqual([
      "--no-follow",
      "--noPivot",
      "--",
      "redis",
    ]);
  });

  test("reads the flags of every command, and keeps them from citty", () => {
    const { globals, rawArgs } = read(
      "--json",
      "redis",
      "--debug",
      "--no-daemon-start",
      "--address",
      "/run/ctr.sock",
    );

    expect(globals).toEqual({
      json: true,
      debug: true,
      daemonStart: false,
      address: "/run/ctr.sock",
      help: false,
    });
    expect(rawArgs).toEqual(["--", "redis"]);
  });

  test("takes anything behind -- as positional", () => {
    expect(read("--", "-x", "--json").rawArgs).toEqual(["--", "-x", "--json"]);
  });

  test("needs no arguments to explain itself", () => {
    expect(read("--help").globals.help).toBe(true);
    expect(readRest("-h").globals.help).toBe(true);
  });

  test.each([
    [["redis", "--intractive"], "ERR_UNKNOWN_FLAG Did you mean --interactive?"],
    [["redis", "--no-folow"], "ERR_UNKNOWN_FLAG Did you mean --no-follow?"],
    [["redis", "--no-tty"], 'ERR_UNKNOWN_FLAG Run "ctr start --help"'],
    [["redis", "-x"], 'ERR_UNKNOWN_FLAG Run "ctr start --help"'],
    [["redis", "--i"], 'ERR_UNKNOWN_FLAG Run "ctr start --help"'],
    [["redis", "--tty=yes"], 'ERR_INVALID_FLAG Run "ctr start --help"'],
    [["redis", "-t=1"], 'ERR_INVALID_FLAG Run "ctr start --help"'],
    [["redis", "--no-follow=1"], 'ERR_INVALID_FLAG Run "ctr start --help"'],
    [["redis", "--env"], 'ERR_INVALID_FLAG Run "ctr start --help"'],
    [["redis", "--format", "rae"], "ERR_INVALID_FLAG Did you mean raw?"],
    [[], 'ERR_MISSING_ARGUMENT Run "ctr start --help"'],
    [["redis", "/bundle", "more"], 'ERR_UNEXPECTED_ARGUMENT Run "ctr start --help"'],
  ])("refuses %p", (argv, expected) => {
    expect(failure(() => read(...argv))).toBe(expected);
  });
});

describe("readArguments() of a command that executes something", () => {
  test("leaves everything behind the container's name alone", () => {
    const { rawArgs, rest, globals } = readRest(
      "-it",
      "redis",
      "ls",
      "-l",
      "--json",
      "--",
      "-e",
      "--help",
    );

    expect(rawArgs).toEqual(["--interactive", "--tty", "--", "redis"]);
    expect(rest).toEqual(["ls", "-l", "--json", "--", "-e", "--help"]);
    expect(globals).toMatchObject({ json: false, help: false });
  });

  test("takes what looks like a flag of ours as the program", () => {
    expect(readRest("redis", "-t").rest).toEqual(["-t"]);
  });

  test("leaves out one -- before the program", () => {
    expect(readRest("redis", "--", "ls", "--", "-l").rest).toEqual(["ls", "--", "-l"]);
    expect(readRest("--", "redis", "ls", "-l").rest).toEqual(["ls", "-l"]);
    expect(readRest("redis", "--", "--", "-l").rest).toEqual(["--", "-l"]);
  });

  test("needs a program", () => {
    expect(failure(() => readRest("redis"))).toStartWith("ERR_MISSING_ARGUMENT");
    expect(failure(() => readRest("redis", "--"))).toStartWith("ERR_MISSING_ARGUMENT");
    expect(failure(() => readRest("-it"))).toStartWith("ERR_MISSING_ARGUMENT");
  });
});

describe("readArguments() of a command that takes several names", () => {
  test("gives all of them", () => {
    const { repeated } = readArguments({
      args: { ids: { type: "positional", required: true, multiple: true }, ...globalArgs },
      rest: undefined,
      argv: ["a", "--json", "b", "c"],
      command: "delete",
    });

    expect(repeated.get("ids")).toEqual(["a", "b", "c"]);
  });
});
