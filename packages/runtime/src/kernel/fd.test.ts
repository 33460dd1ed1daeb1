import { expect, test } from "bun:test";
import { FileDescriptor } from "./fd.ts";
import { RecordingKernel } from "./recording.ts";

test("a descriptor is closed when it goes out of scope, once", () => {
  const kernel = new RecordingKernel();
  {
    using descriptor = new FileDescriptor(kernel, 5);
    expect(descriptor.number).toBe(5);
    descriptor[Symbol.dispose]();
    expect(descriptor.number).toBe(-1);
  }

  expect(kernel.calls).toEqual([["close", 5]]);
});

test("a descriptor that is given away stays open", () => {
  const kernel = new RecordingKernel();
  {
    using descriptor = new FileDescriptor(kernel, 5);
    expect(descriptor.release()).toBe(5);
    expect(descriptor.number).toBe(-1);
  }

  expect(kernel.calls).toEqual([]);
});
