import { expect, test } from "bun:test";
import { SystemCallError } from "../../kernel/kernel.ts";
import { RecordingKernel } from "../../kernel/recording.ts";
import { setLimits } from "./limits.ts";

test("setLimits() sets those of another process", () => {
  const kernel = new RecordingKernel();
  setLimits(kernel, 42, [
    { type: "RLIMIT_NOFILE", soft: 512, hard: 1024 },
    { type: "RLIMIT_CORE", soft: 0, hard: -1 },
  ]);

  expect(kernel.calls).toEqual([
    ["prlimit64", 42, 7, new BigUint64Array([512n, 1024n]), null],
    ["prlimit64", 42, 4, new BigUint64Array([0n, 0xffff_ffff_ffff_ffffn]), null],
  ]);
});

test("setLimits() names the limit that cannot be set", () => {
  const kernel = new RecordingKernel(() => {
    throw new SystemCallError("prlimit64", "EPERM");
  });

  expect(() => setLimits(kernel, 42, [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }])).toThrow(
    "Cannot set RLIMIT_NOFILE to 1 (soft) and 2 (hard) (/process/rlimits/0): operation not permitted (EPERM)",
  );
});
