import { expect, test } from "bun:test";
import { frameHeader } from "../protocol.ts";
import { InputBuffer } from "./input-buffer.ts";
import { OutputQueue } from "./output-queue.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("InputBuffer gives lines however they arrive", () => {
  const text = '{"a":1}\n\n{"text":"äöü"}\n';
  for (let size = 1; size < 12; size++) {
    const buffer = new InputBuffer();
    const lines: string[] = [];
    for (let at = 0; at < bytes(text).length; at += size) {
      buffer.push(bytes(text).slice(at, at + size));
      for (let line = buffer.takeLine(100); line !== undefined; line = buffer.takeLine(100)) {
        lines.push(line);
      }
    }
    expect(lines).toEqual(['{"a":1}', "", '{"text":"äöü"}']);
  }
});

test("InputBuffer gives frames after lines", () => {
  const buffer = new InputBuffer();
  const stream = [bytes("line\n"), frameHeader(1, 5), bytes("hello"), frameHeader(0, 0)];
  const whole = new Uint8Array(stream.flatMap((part) => [...part]));
  buffer.push(whole.slice(0, 9));
  expect(buffer.takeLine(100)).toBe("line");
  expect(buffer.takeFrame(100)).toBeUndefined();
  buffer.push(whole.slice(9));
  const frame = buffer.takeFrame(100);
  expect([frame?.type, new TextDecoder().decode(frame?.payload)]).toEqual([1, "hello"]);
  expect(buffer.takeFrame(100)).toMatchObject({ type: 0, payload: new Uint8Array(0) });
  expect(buffer.takeFrame(100)).toBeUndefined();
});

test("InputBuffer refuses what is too long", () => {
  const line = new InputBuffer();
  line.push(bytes("x".repeat(11)));
  expect(() => line.takeLine(10)).toThrow(expect.objectContaining({ code: "ERR_SHIM_PROTOCOL" }));
  const frame = new InputBuffer();
  frame.push(frameHeader(0, 11));
  expect(() => frame.takeFrame(10)).toThrow(expect.objectContaining({ code: "ERR_SHIM_PROTOCOL" }));
});

test("OutputQueue keeps what the other end does not take, in order", () => {
  let room = 3;
  let taken = "";
  const queue = new OutputQueue({
    write: (data) => {
      const count = Math.min(room, data.length);
      taken += new TextDecoder().decode(data.subarray(0, count));
      room -= count;
      return count;
    },
  });
  const emptied: string[] = [];
  queue.whenEmpty(() => emptied.push("at once"));
  queue.push(bytes("hello "));
  queue.push(bytes("world"));
  queue.whenEmpty(() => emptied.push("later"));
  expect([taken, queue.waitingBytes, emptied]).toEqual(["hel", 8, ["at once"]]);
  room = 4;
  queue.drain();
  expect([taken, queue.waitingBytes]).toEqual(["hello w", 4]);
  room = 100;
  queue.drain();
  expect([taken, queue.waitingBytes, emptied]).toEqual(["hello world", 0, ["at once", "later"]]);
});

test("OutputQueue forgets what waits when the other end is gone", () => {
  const queue = new OutputQueue({ write: () => 0 });
  let emptied = 0;
  queue.push(bytes("x"));
  queue.whenEmpty(() => emptied++);
  queue.discard();
  expect([queue.waitingBytes, emptied]).toEqual([0, 1]);
});
