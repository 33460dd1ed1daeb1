/** Unix sockets, and the descriptors that they carry. */

import { ptr } from "bun:ffi";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { open, readAll } from "../src/kernel/file.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import {
  connectUnixSocket,
  receiveDescriptor,
  sendDescriptor,
  socketPair,
} from "../src/kernel/unix-socket.ts";
import { value } from "../src/machine/constants.ts";
import { Scratch, thrown } from "./kernel-fixture.ts";

const kernel = linuxKernel();
const AT_FDCWD = value("AT_FDCWD");
const scratch = new Scratch();
const { folder } = scratch;
const fresh = (name?: string): string => scratch.fresh(name);

afterAll(() => scratch[Symbol.dispose]());

describe("unix sockets", () => {
  const servers: Server[] = [];

  afterAll(() => {
    for (const server of servers) server.close();
  });

  function listen(path: string): Promise<Server> {
    const { promise, resolve, reject } = Promise.withResolvers<Server>();
    const server = createServer((socket) => socket.destroy());
    server.on("error", reject).listen(path, () => resolve(server));
    servers.push(server);
    return promise;
  }

  test.each([
    ["short", "s"],
    ["of 100 letters", "s".repeat(50)],
    ["long by its directory", `${"d".repeat(200)}/s`],
  ])("are connected to by a path that is %s", async (_, name) => {
    const path = join(fresh("sockets"), name);
    mkdirSync(join(path, ".."), { recursive: true });
    // A server binds no long path, so it moves there.
    const bound = fresh("b");
    await listen(bound);
    kernel.call("renameat2", AT_FDCWD, bound, AT_FDCWD, path, 0);
    const before = openDescriptors();
    {
      using socket = connectUnixSocket(kernel, path);
      expect(kernel.call("fcntl", socket.number, 1)).toBe(value("FD_CLOEXEC"));
    }
    expect(openedSince(before)).toEqual([]);
    kernel.call("renameat2", AT_FDCWD, path, AT_FDCWD, bound, 0);
  });

  test("are connected to by a name longer than an address", async () => {
    const bound = fresh("b");
    await listen(bound);
    const path = join(folder, "n".repeat(255));
    kernel.call("renameat2", AT_FDCWD, bound, AT_FDCWD, path, 0);

    using socket = connectUnixSocket(kernel, path);

    expect(socket.number).toBeGreaterThan(2);
    kernel.call("renameat2", AT_FDCWD, path, AT_FDCWD, bound, 0);
  });

  test("that nobody listens on are an error, and nothing stays", () => {
    const before = openDescriptors();

    for (const path of [
      fresh(),
      `${folder}/${"d".repeat(200)}`,
      join(folder, "d".repeat(120), "s"),
    ]) {
      expect(thrown(() => connectUnixSocket(kernel, path))).toMatchObject({ errno: "ENOENT" });
    }
    const file = fresh("f".repeat(150));
    writeFileSync(file, "");
    expect(thrown(() => connectUnixSocket(kernel, file))).toMatchObject({ errno: "ECONNREFUSED" });

    expect(openedSince(before)).toEqual([]);
  });

  test("carry a descriptor, close-on-exec, under a busy garbage collector", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    const path = fresh();
    writeFileSync(path, "sent");
    const before = openDescriptors();

    for (let index = 0; index < 100; index++) {
      using file = open(kernel, path, ["O_RDONLY"]);
      if (index % 10 === 0) Bun.gc(true);
      sendDescriptor(kernel, near.number, file.number, `text ${index} ${"x".repeat(index * 10)}`);
      using received = receiveDescriptor(kernel, far.number);
      if (received === undefined) throw new Error("Nothing was received");
      expect(received.number).not.toBe(file.number);
      expect(kernel.call("fcntl", received.number, 1)).toBe(value("FD_CLOEXEC"));
      expect(new TextDecoder().decode(readAll(kernel, received.number))).toBe("sent");
    }

    expect(openedSince(before)).toEqual([]);
  });

  test("give undefined when the other end closes or sends no descriptor", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    kernel.call("write", near.number, "only text", 9);

    expect(receiveDescriptor(kernel, far.number)).toBeUndefined();
    near[Symbol.dispose]();
    expect(receiveDescriptor(kernel, far.number)).toBeUndefined();
  });

  /** Sends descriptors as our own sender never does: several in one message. */
  function sendDescriptors(socket: number, descriptors: readonly number[]): void {
    const control = new DataView(new ArrayBuffer(16 + descriptors.length * 4));
    control.setBigUint64(0, BigInt(control.byteLength), true);
    control.setUint32(8, value("SOL_SOCKET"), true);
    control.setUint32(12, value("SCM_RIGHTS"), true);
    for (const [index, number] of descriptors.entries()) {
      control.setInt32(16 + index * 4, number, true);
    }
    const text = new Uint8Array(new ArrayBuffer(1));
    const vector = new BigUint64Array([BigInt(ptr(text)), 1n]);
    const header = new BigUint64Array([
      ...[0n, 0n, BigInt(ptr(vector)), 1n],
      ...[BigInt(ptr(control)), BigInt(control.byteLength), 0n],
    ]);
    kernel.call("sendmsg", socket, header, 0);
    expect([text.length, vector.length, control.byteLength]).not.toContain(0);
  }

  test.each([2, 5])("give the first of %d descriptors, and leave none open", (count) => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    const before = openDescriptors();
    sendDescriptors(near.number, Array(count).fill(near.number));

    const received = receiveDescriptor(kernel, far.number);

    expect(received).toBeDefined();
    received?.[Symbol.dispose]();
    expect(openedSince(before)).toEqual([]);
  });

  test("whose other end is gone are an error when a descriptor is sent", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    b[Symbol.dispose]();

    expect(thrown(() => sendDescriptor(kernel, near.number, 0, "x"))).toMatchObject({
      errno: "EPIPE",
    });
  });
});
