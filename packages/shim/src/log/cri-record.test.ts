import { expect, test } from "bun:test";
import { criRecords, recordTextMax } from "./cri-record.ts";

const time = "2016-10-06T00:17:09.669794202Z";
const records = (text: string): string =>
  new TextDecoder().decode(criRecords("stdout", new TextEncoder().encode(text), time));

test("criRecords() makes a record of each line", () => {
  expect(records("one\ntwo\n")).toBe(`${time} stdout F one\n${time} stdout F two\n`);
  expect(records("\n\n")).toBe(`${time} stdout F \n${time} stdout F \n`);
});

test("criRecords() marks a line that goes on", () => {
  expect(records("begun")).toBe(`${time} stdout P begun\n`);
  expect(records("one\nbegun")).toBe(`${time} stdout F one\n${time} stdout P begun\n`);
});

test("criRecords() makes nothing of nothing", () => {
  expect(records("")).toBe("");
});

test("criRecords() splits lines that are too long for a record, and no others", () => {
  const longest = "x".repeat(recordTextMax);
  expect(records(`${longest}\n`)).toBe(`${time} stdout F ${longest}\n`);
  expect(records(`${longest}y\n`)).toBe(`${time} stdout P ${longest}\n${time} stdout F y\n`);
  expect(records(longest)).toBe(`${time} stdout P ${longest}\n`);
});

test("criRecords() gives back every byte", () => {
  for (let round = 0; round < 200; round++) {
    const data = crypto.getRandomValues(new Uint8Array(Math.floor(Math.random() * 60_000)));
    // Bytes of a small alphabet, so that there are lines of every length.
    const letters = round % 2 === 0 ? data : data.map((byte) => (byte < 3 ? 10 : 65));
    expect(joined(criRecords("stderr", letters, time))).toEqual(letters);
  }
});

function joined(log: Uint8Array): Uint8Array {
  const prefixLength = `${time} stderr F `.length;
  const parts: number[] = [];
  for (let at = 0; at < log.length; ) {
    // A record's text has no newline, as lines end where one is.
    const end = log.indexOf(10, at + prefixLength);
    parts.push(...log.subarray(at + prefixLength, end));
    if (log[at + prefixLength - 2] === 70) parts.push(10);
    at = end + 1;
  }
  return new Uint8Array(parts);
}
