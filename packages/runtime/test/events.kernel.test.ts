/** `events` as a stream: figures in intervals, and when memory runs out. */

import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { RuntimeCommand } from "./runtime-command.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
const bunc = new RuntimeCommand("bunc", bundle);
afterAll(async () => {
  await bunc[Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

interface Event {
  readonly type: string;
  readonly id: string;
  readonly data?: Record<string, Record<string, unknown>>;
}

/** What a running `events` prints. */
class EventStream implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<Event, void, void>;

  constructor(...args: readonly string[]) {
    this.#child = Bun.spawn(bunc.words("events", ...args), {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = events(this.#child.stdout);
  }

  /** The next event of a type; `undefined` when the stream ends before. */
  async next(type: string): Promise<Event | undefined> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) return undefined;
      if (value.type === type) return value;
    }
  }

  get exited(): Promise<number> {
    return this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<Event, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

const isV2 = detectCgroupLayout(linuxKernel()).mode === "v2";

test("figures come in intervals, and the stream ends with the container", async () => {
  const id = await bunc.start(bundle.config("while :; do :; done"));
  await using stream = new EventStream("--interval", "50ms", id);
  const totalOf = async (): Promise<number> => {
    const event = await stream.next("stats");
    expect(event?.id).toBe(id);
    return Number(Object(event?.data?.["cpu"]?.["usage"]).total);
  };
  const first = await totalOf();
  // On a busy machine the container may not have run in between.
  while ((await totalOf()) <= first);
  await bunc.output("kill", id, "KILL");
  expect(await stream.next("nothing")).toBeUndefined();
  expect(await stream.exited).toBe(0);
  expect((await bunc.call(["events", "--stats", id])).status).toBe(1);
}, 120_000);

test("that memory ran out is an event", async () => {
  const limit = 16 << 20;
  const config = withLinux(bundle.config("exec sleep 1000"), {
    resources: { memory: { limit, ...(isV2 ? {} : { swap: limit }) } },
  });
  const id = await bunc.start(config);
  await using stream = new EventStream("--interval", "1h", id);
  expect(await stream.next("stats")).toBeDefined();
  // The shell doubles a text until the kernel ends it.
  const glutton = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";
  const executed = bunc.call(["exec", id, "sh", "-c", glutton]);
  expect(await stream.next("oom")).toEqual({ type: "oom", id });
  expect((await executed).status).toBe(137);
}, 120_000);

test.if(isV2 && existsSync("/proc/pressure/cpu"))(
  "figures of version 2 have the pressure",
  async () => {
    const id = await bunc.start(bundle.config("exec sleep 1000"));
    const { data } = JSON.parse(await bunc.output("events", "--stats", id));
    const figures = { avg10: expect.any(Number), avg60: expect.any(Number) };
    for (const part of ["cpu", "memory", "blkio"]) {
      expect([part, data[part].psi]).toEqual([
        part,
        {
          some: expect.objectContaining({ ...figures, total: expect.any(Number) }),
          full: expect.objectContaining({ ...figures, avg300: expect.any(Number) }),
        },
      ]);
    }
  },
);

test.each(["x", "0s", "-1s", ""])("--interval %p is refused", async (interval) => {
  const id = await bunc.start(bundle.config("exec sleep 1000"));
  const { status, stderr } = await bunc.call(["events", "--interval", interval, id]);
  expect([status, stderr]).toEqual([1, expect.stringContaining("--interval")]);
});
