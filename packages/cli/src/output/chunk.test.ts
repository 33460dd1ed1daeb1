import { expect, test } from "bun:test";
import { encodeChunk } from "./chunk.ts";

test("encodeChunk() gives text as it is, and loses no byte of anything else", () => {
  expect(encodeChunk("stdout", Buffer.from("\uFEFFhé\n"))).toEqual({
    stream: "stdout",
    text: "\uFEFFhé\n",
  });
  expect(encodeChunk("stderr", Uint8Array.of(0xff, 0))).toEqual({
    stream: "stderr",
    base64: "/wA=",
  });
});
