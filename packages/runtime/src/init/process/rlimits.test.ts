import { expect, test } from "bun:test";
import { rlimitTypes } from "@ctr/spec";
import { limitChanges, rlimitSteps } from "./rlimits.ts";

const unlimited = 0xffff_ffff_ffff_ffffn;

test("rlimitSteps() sets soft and hard limit of the process itself", () => {
  expect(rlimitSteps([{ type: "RLIMIT_NOFILE", soft: 512, hard: 1024 }], "/process")).toEqual([
    {
      call: "prlimit64",
      args: [0, 7, { struct: [{ u64: 512n }, { u64: 1024n }] }, 0],
      origin: "/process/rlimits/0",
      does: "set RLIMIT_NOFILE to 512 (soft) and 1024 (hard)",
      hint: "A hard limit above the present one needs CAP_SYS_RESOURCE",
    },
  ]);
  expect(rlimitSteps(undefined, "/process")).toEqual([]);
});

test("limitChanges() knows every type by its number", () => {
  // include/uapi/asm-generic/resource.h
  const order = [
    ...["CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS"],
    ...["LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"],
  ].map((name) => `RLIMIT_${name}`);
  const changes = limitChanges(
    rlimitTypes.map((type) => ({ type, soft: 1, hard: 2 })),
    "",
  );

  expect(changes.map(({ resource }) => order[resource] ?? "")).toEqual([...rlimitTypes]);
  expect(changes.map(({ why }) => why.origin)).toEqual(
    rlimitTypes.map((_, at) => `/rlimits/${at}`),
  );
});

test.each([
  [0, 0n],
  [1, 1n],
  [Number.MAX_SAFE_INTEGER, BigInt(Number.MAX_SAFE_INTEGER)],
  // What JSON has for RLIM_INFINITY is rounded up to 2^64.
  [2 ** 64, unlimited],
  [2 ** 63, unlimited],
  [-1, unlimited],
])("limitChanges() takes %p for %p", (given, limit) => {
  const [change] = limitChanges([{ type: "RLIMIT_AS", soft: given, hard: given }], "/process");

  expect([change?.soft, change?.hard]).toEqual([limit, limit]);
});
