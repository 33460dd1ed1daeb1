import { expect, test } from "bun:test";
import { ContainerError } from "@ctr/spec";
import { parseDuration } from "./duration.ts";
import { parseEnvironment } from "./environment.ts";
import { parseInteger } from "./integer.ts";
import { parseLabels } from "./labels.ts";
import { parseMoment } from "./moment.ts";
import { parseSignal } from "./signal.ts";
import { parseSize, parseSizeLimit } from "./size.ts";
import { parseUser } from "./user.ts";

/** Code of the error, or what was returned instead. */
function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error instanceof ContainerError ? error.code : error;
  }
}

test.each([
  ["10", 10_000],
  ["1.5", 1500],
  ["500ms", 500],
  ["1.5s", 1500],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
  ["0", 0],
])("parseDuration() reads %p", (text, milliseconds) => {
  expect(parseDuration(text, "--timeout")).toBe(milliseconds);
});

test.each(["", "-1", "10x", "s", "1 s", "1h30", "1e3"])("parseDuration() refuses %p", (text) => {
  expect(codeOf(() => parseDuration(text, "--timeout"))).toBe("ERR_INVALID_FLAG");
});

test.each([
  ["0", "0"],
  ["1466021437.123456789", "1466021437.123456789"],
  ["2026-06-15T03:10:37.097884439Z", "2026-06-15T03:10:37.097884439Z"],
  ["2026-06-15T03:10:37+02:00", "2026-06-15T03:10:37+02:00"],
  ["2026-06-15", "2026-06-15T00:00:00Z"],
  ["10m", "2026-06-15T11:50:00.000Z"],
])("parseMoment() reads %p", (text, moment) => {
  expect(parseMoment(text, "--since", new Date("2026-06-15T12:00:00Z"))).toBe(moment);
});

test.each(["", "yesterday", "2026-13-01", "2026-06-15T25:00:00Z", "2026-06-15 03:10", "-5m"])(
  "parseMoment() refuses %p",
  (text) => {
    expect(codeOf(() => parseMoment(text, "--since"))).toBe("ERR_INVALID_FLAG");
  },
);

test.each([
  ["1048576", 1_048_576],
  ["512k", 524_288],
  ["64M", 67_108_864],
  ["1.5GiB", 1_610_612_736],
  ["2 gb", 2_147_483_648],
  ["0", 0],
])("parseSize() reads %p", (text, bytes) => {
  expect(parseSize(text, "--memory")).toBe(bytes);
});

test.each(["", "-1", "m", "1x", "1e3", "99999999999t"])("parseSize() refuses %p", (text) => {
  expect(codeOf(() => parseSize(text, "--memory"))).toBe("ERR_INVALID_FLAG");
});

test("parseSizeLimit() takes -1 and max as no limit", () => {
  expect([parseSizeLimit("-1", "--memory"), parseSizeLimit("max", "--memory")]).toEqual([-1, -1]);
});

test("parseInteger() keeps the bounds", () => {
  expect(parseInteger("-1", "--pids-limit", { min: -1, max: 10 })).toBe(-1);
  for (const text of ["", "1.5", "11", "-2", "0x5", "1e1", "NaN"]) {
    expect(codeOf(() => parseInteger(text, "--pids-limit", { min: -1, max: 10 }))).toBe(
      "ERR_INVALID_FLAG",
    );
  }
});

test("parseUser() reads numbers", () => {
  expect(parseUser("1000")).toEqual({ uid: 1000, gid: 0 });
  expect(parseUser("1000:100", ["5", "6"])).toEqual({
    uid: 1000,
    gid: 100,
    additionalGids: [5, 6],
  });
  expect(parseUser("4294967294:0")).toEqual({ uid: 4_294_967_294, gid: 0 });
});

test.each(["", "redis", "1:", ":1", "-1", "4294967295", "1:2:3", "1.5"])(
  "parseUser() refuses %p",
  (text) => {
    expect(codeOf(() => parseUser(text))).toBe("ERR_INVALID_FLAG");
  },
);

test("parseUser() refuses groups by name", () => {
  expect(codeOf(() => parseUser("0", ["wheel"]))).toBe("ERR_INVALID_FLAG");
});

test("parseEnvironment() takes our own value for a bare name", () => {
  const own = { HOME: "/root", EMPTY: "" };

  expect(parseEnvironment(["A=b=c", "HOME", "EMPTY", "UNSET", "B="], own)).toEqual([
    "A=b=c",
    "HOME=/root",
    "EMPTY=",
    "B=",
  ]);
  expect(codeOf(() => parseEnvironment(["=x"], own))).toBe("ERR_INVALID_FLAG");
  expect(codeOf(() => parseEnvironment([""], own))).toBe("ERR_INVALID_FLAG");
});

test("parseLabels() reads keys and values", () => {
  expect(parseLabels(["app=web", "url=http://x?a=b", "bare"])).toEqual({
    app: "web",
    url: "http://x?a=b",
    bare: "",
  });
  expect(codeOf(() => parseLabels(["=x"]))).toBe("ERR_INVALID_FLAG");
});

test.each([
  ["TERM", "SIGTERM"],
  ["SIGKILL", "SIGKILL"],
  ["hup", "SIGHUP"],
  ["9", 9],
  ["RTMIN", 34],
  ["SIGRTMIN+3", 37],
  ["RTMAX-1", 63],
  ["64", 64],
])("parseSignal() reads %p", (text, signal) => {
  expect(parseSignal(text)).toBe(signal);
});

test.each(["", "0", "65", "-9", "TREM", "SIG", "RTMIN+40", "toString"])(
  "parseSignal() refuses %p",
  (text) => {
    expect(codeOf(() => parseSignal(text))).toBe("ERR_INVALID_SIGNAL");
  },
);
