import { describe, expect, test } from "bun:test";
import { linuxKernel } from "../../kernel/linux.ts";
import { noteTag } from "../../program/report.ts";
import { openPipe } from "./pipes.ts";
import { readMessages } from "./report.ts";

const kernel = linuxKernel();

function message(...words: readonly number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(words).buffer);
}

function write(descriptor: number, bytes: Uint8Array): void {
  kernel.call("write", descriptor, bytes, bytes.length);
}

describe("readMessages()", () => {
  test("returns what a program has said so far", async () => {
    const { read, write: end } = openPipe(kernel);
    using _a = read;
    using _b = end;
    write(end.number, message(noteTag("pid"), 4711, noteTag("ready"), 0, 7, 2));

    expect(await readMessages(kernel, read.number)).toEqual([
      { note: "pid", value: 4711 },
      { note: "ready", value: 0 },
      { failed: 7, errno: "ENOENT" },
    ]);
  });

  test("waits for a program that takes its time, without holding the thread", async () => {
    const { read, write: end } = openPipe(kernel);
    using _a = read;
    using _b = end;
    const messages = readMessages(kernel, read.number);
    const turned = await Promise.race([messages.then(() => false), Bun.sleep(1).then(() => true)]);
    write(end.number, message(noteTag("ready"), 0));

    expect(turned).toBe(true);
    expect(await messages).toEqual([{ note: "ready", value: 0 }]);
  });

  test("returns none when the program has become another, or has ended", async () => {
    const { read, write: end } = openPipe(kernel);
    using _a = read;
    end[Symbol.dispose]();

    expect(await readMessages(kernel, read.number)).toEqual([]);
  });
});
