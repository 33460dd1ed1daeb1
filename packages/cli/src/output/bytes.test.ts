import { expect, test } from "bun:test";
import { formatBytes } from "./bytes.ts";

test.each([
  [0, "0B"],
  [1023, "1023B"],
  [1024, "1.00KiB"],
  [12_345, "12.1KiB"],
  [1_047_552, "1023KiB"],
  [1_048_500, "1.00MiB"],
  [64n << 20n, "64.0MiB"],
  [18446744073709551615n, "16.0EiB"],
] as const)("formatBytes() writes %p as %p", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
