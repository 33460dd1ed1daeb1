import { expect, test } from "bun:test";
import { isErrno, linuxKernel } from "@ctr/runtime/kernel";
import { until } from "tools/until";
import { closeFile, makePipe } from "../system/descriptor.ts";
import { DescriptorReader } from "./descriptor-reader.ts";
import { DescriptorWriter } from "./descriptor-writer.ts";

const megabyte = 1024 * 1024;

/** Resolves once all timers and polls that are due have run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("DescriptorWriter writes more than a pipe holds, in order, to DescriptorReader", async () => {
  const [readEnd, writeEnd] = makePipe();
  const writer = new DescriptorWriter(writeEnd);
  const written = new Bun.CryptoHasher("sha256");
  for (let index = 0; index < 64; index++) {
    const bytes = crypto.getRandomValues(new Uint8Array(index % 3 === 0 ? 65_536 : 100));
    written.update(bytes);
    writer.write(bytes);
  }
  expect(writer.waitingBytes).toBeGreaterThan(0);
  const read = new Bun.CryptoHasher("sha256");
  const reader = new DescriptorReader(readEnd, (data) => {
    read.update(data);
    return undefined;
  });
  await writer.end();
  expect(writer.waitingBytes).toBe(0);
  await reader.ended;
  expect(read.digest("hex")).toBe(written.digest("hex"));
});

test("DescriptorReader reads no further than is taken", async () => {
  const [readEnd, writeEnd] = makePipe();
  const writer = new DescriptorWriter(writeEnd);
  const taken = Promise.withResolvers<void>();
  let length = 0;
  const reader = new DescriptorReader(readEnd, (data) => {
    length += data.length;
    return taken.promise;
  });
  writer.write(new Uint8Array(4 * megabyte));
  while (length === 0) await turn();
  for (let round = 0; round < 100; round++) await turn();
  expect(length).toBeLessThan(megabyte);
  expect(writer.waitingBytes).toBeGreaterThan(2 * megabyte);
  taken.resolve();
  await writer.end();
  await reader.ended;
  expect(length).toBe(4 * megabyte);
});

test("DescriptorReader lets go of its descriptor when it is closed", async () => {
  const [readEnd, writeEnd] = makePipe();
  const reader = new DescriptorReader(readEnd, () => undefined);
  await reader.close();
  // Bun has a descriptor of its own of the pipe, which it closes a moment later.
  await until("nobody can read any more", () => {
    try {
      linuxKernel().call("write", writeEnd, new Uint8Array(1), 1);
      return false;
    } catch (error) {
      return isErrno(error, "EPIPE");
    }
  });
  closeFile(writeEnd);
});

test("DescriptorWriter throws away what nobody can read", async () => {
  const [readEnd, writeEnd] = makePipe();
  const writer = new DescriptorWriter(writeEnd);
  writer.write(new Uint8Array(megabyte));
  closeFile(readEnd);
  await writer.taken;
  expect(writer.waitingBytes).toBe(0);
  writer.write(new Uint8Array(megabyte));
  expect(writer.waitingBytes).toBe(0);
  await writer.end();
});

test("who writes without end, and faster than is read, does not keep the process from its sockets", async () => {
  const [readEnd, writeEnd] = makePipe();
  const child = Bun.spawn(["yes"], { stdout: writeEnd, stderr: "inherit" });
  closeFile(writeEnd);
  let chunks = 0;
  let answeredAt: number | undefined;
  const data = (): void => {
    answeredAt = chunks;
  };
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data } });
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    socket: { data: () => undefined },
  });
  const reader = new DescriptorReader(readEnd, () => {
    // Work: the pipe is full again by then.
    const until = performance.now() + 1;
    while (performance.now() < until);
    if (++chunks === 50) client.write("hello");
    if (chunks > 1000 || answeredAt !== undefined) child.kill("SIGKILL");
    return undefined;
  });
  await reader.ended;
  await child.exited;
  client.end();
  server.stop(true);

  expect(answeredAt).toBeLessThan(60);
});
