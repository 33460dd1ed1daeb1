import { expect, test } from "bun:test";
import { FaultingKernel } from "./faulting.ts";
import { RecordingKernel } from "./recording.ts";

test("FaultingKernel makes one call fail and passes the others on", () => {
  const recording = new RecordingKernel(() => 7);
  const kernel = new FaultingKernel(recording, 2, "ENOSPC");

  expect(kernel.call("getpid")).toBe(7);
  expect(() => kernel.call("mkdirat", -100, "/a", 0o755)).toThrow("mkdirat: ENOSPC");
  expect(kernel.call("getuid")).toBe(7);

  expect(recording.calls).toEqual([["getpid"], ["getuid"]]);
  expect(kernel).toMatchObject({ count: 3, failed: "mkdirat" });
});

test("FaultingKernel does not count what undoes something", () => {
  const recording = new RecordingKernel();
  const kernel = new FaultingKernel(recording, 1);

  kernel.call("close", 5);
  kernel.call("unlinkat", -100, "/a", 0);

  expect(kernel).toMatchObject({ count: 0, failed: undefined });
  expect(recording.calls).toHaveLength(2);
});

test("FaultingKernel counts launches", () => {
  const recording = new RecordingKernel();
  const request = { image: new Uint8Array(), name: "a", descriptors: [], namespaces: 0n };

  expect(() => new FaultingKernel(recording, 1).launch(request)).toThrow("clone3: EIO");
  expect(recording.launches).toEqual([]);
  expect(new FaultingKernel(recording, 0).launch(request)).toEqual({ pid: 1001, pidfd: 101 });
  expect(recording.launches).toEqual([request]);
});
