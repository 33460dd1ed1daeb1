/**
 * Assembled programs are executed: on this machine's processor, and arm64's in an emulator.
 *
 * @module
 */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { constant } from "../src/machine/constants.ts";
import type { ErrnoName } from "../src/machine/errno.ts";
import { type Architecture, nativeArchitecture } from "../src/machine/syscalls.ts";
import type { Arg, Field, Program, Step } from "../src/program/step.ts";
import { interpret } from "./interpret-program.ts";
import { call, type Outcome, programOf, runProgram } from "./run-program.ts";

const architectures: readonly Architecture[] = ["x86-64", "arm64"];
const AT_FDCWD = constant("AT_FDCWD");
const fail = (errno: ErrnoName): Step => ({ fail: errno, origin: "", does: "fail" });
const tell = (value: Arg): Step => ({ tell: "pid", value });
/** Writes memory to what the test reads. */
const show = (memory: Arg, size: number): Step =>
  call("write", [{ descriptor: "out" }, memory, size]);
/** An open(2) that always gives ENOENT. */
const missing = (rest: Parameters<typeof call>[2]): Step =>
  call("openat", [AT_FDCWD, { text: "/does/not/exist" }, constant("O_RDONLY"), 0], rest);
const valuesOf = ({ messages }: Outcome): (number | string)[] =>
  messages.map((message) =>
    "note" in message ? message.value : `${message.failed} ${message.errno}`,
  );

describe.each(architectures)("on %s", (architecture) => {
  const run = (...steps: readonly Step[]): Promise<Outcome> =>
    runProgram(programOf(...steps), architecture);

  test("a program that runs past its last step ends with 0", async () => {
    expect(await run()).toEqual({ messages: [], out: new Uint8Array(), status: 0 });
  });

  test("exit ends with its status and without a report", async () => {
    expect(await run({ exit: 42 }, { tell: "ready" })).toMatchObject({ messages: [], status: 42 });
  });

  test("results are kept in slots", async () => {
    const { messages, status } = await run(
      call("getpid", [], { save: "pid" }),
      tell({ slot: "pid" }),
      { tell: "ready" },
      tell({ slot: "never set" }),
    );

    expect(messages).toEqual([
      { note: "pid", value: expect.any(Number) },
      { note: "ready", value: 0 },
      { note: "pid", value: 0 },
    ]);
    expect((messages[0] as { value: number }).value).toBeGreaterThan(1);
    expect(status).toBe(0);
  });

  test("the last octal digits of a number are a text", async () => {
    const struct = (digits: number): Arg => ({
      struct: [{ octal: { slot: "mode" }, digits }, { pad: 1 }],
    });
    const { out } = await run(
      { set: "mode", to: 0o100_1750 },
      show(struct(4), 5),
      show(struct(1), 2),
      show(struct(7), 8),
    );

    expect(new TextDecoder().decode(out)).toBe("1750\0" + "0\0" + "1001750\0");
  });

  test.each([
    [15, 143],
    [1, 129],
    [10, 9],
  ])("signal %d ends a program by its handler with status %d", async (signal, status) => {
    const handled = (number: number, exits: number): Step => {
      const struct: Field[] = [{ exits }, { u64: constant("SA_RESTORER") }, { exits }, { u64: 0 }];
      return call("rt_sigaction", [number, { struct }, 0, 8]);
    };
    const outcome = await run(
      handled(15, 143),
      handled(10, 9),
      handled(1, 129),
      call("getpid", [], { save: "pid" }),
      tell(1),
      call("kill", [{ slot: "pid" }, signal]),
      tell(2),
    );

    expect(outcome.status).toBe(status);
    expect(valuesOf(outcome)).toEqual([1]);
  });

  test("a failure is reported with the step's number and the errno, and ends the program", async () => {
    const outcome = await run({ tell: "ready" }, { label: "here" }, missing({}), { tell: "ready" });

    expect(outcome.messages).toEqual([
      { note: "ready", value: 0 },
      { failed: 2, errno: "ENOENT" },
    ]);
    expect(outcome.status).toBe(1);
  });

  test.each(["EPERM", "EIO", "ENOTRECOVERABLE", "ERFKILL"] as const)(
    "fail %s is reported",
    async (errno) => {
      const outcome = await run(tell(1), fail(errno));

      expect(outcome).toMatchObject({ messages: [{ value: 1 }, { failed: 1, errno }], status: 1 });
    },
  );

  test("an accepted errno is in the slot as a negative number, and the program goes on", async () => {
    const outcome = await run(
      missing({ save: "fd", accept: ["EACCES", "ENOENT"] }),
      tell({ slot: "fd" }),
      missing({ accept: ["EACCES", "EEXIST"] }),
    );

    expect(valuesOf(outcome)).toEqual([2 ** 32 - 2, "2 ENOENT"]);
  });

  test("an errno leads to its label", async () => {
    const outcome = await run(
      missing({ on: { EACCES: "wrong", ENOENT: "right" }, save: "fd" }),
      fail("EIO"),
      { label: "wrong" },
      fail("EACCES"),
      { label: "right" },
      tell({ slot: "fd" }),
      // Its label is the errno's business; success just goes on.
      call("getpid", [], { on: { ENOENT: "end" } }),
      tell(7),
      { label: "end" },
    );

    expect(valuesOf(outcome)).toEqual([2 ** 32 - 2, 7]);
  });

  test("jumps compare all 64 bits of a slot", async () => {
    const compared = [0, 1, -1, 127, 128, -128, -129, 255, 256, 4095, -4095];
    const steps = compared.flatMap((number, index): Step[] => [
      { set: "slot", to: number },
      { jump: `is ${index}`, when: { slot: "slot", is: number } },
      fail("EIO"),
      { label: `is ${index}` },
      { jump: `not ${index}`, when: { slot: "slot", isNot: number } },
      { jump: `other ${index}`, when: { slot: "slot", isNot: number === 0 ? 1 : -number } },
      fail("EIO"),
      { label: `other ${index}` },
      // The same low 32 bits.
      { set: "slot", to: BigInt(number) ^ (1n << 40n) },
      { jump: `not ${index}`, when: { slot: "slot", is: number } },
      { jump: `next ${index}`, when: { slot: "slot", isNot: number } },
      { label: `not ${index}` },
      fail("EDOM"),
      { label: `next ${index}` },
    ]);

    expect(await run(...steps, tell(1))).toMatchObject({ messages: [{ value: 1 }], status: 0 });
  });

  test("a jump without a condition goes", async () => {
    expect(
      valuesOf(await run(tell(1), { jump: "end" }, fail("EIO"), { label: "end" }, tell(2))),
    ).toEqual([1, 2]);
  });

  const numbers = [
    0n,
    1n,
    -1n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x1_0000_0000n,
    -0x8000_0000n,
    -0x8000_0001n,
    0x7fff_ffff_ffff_ffffn,
    -0x8000_0000_0000_0000n,
    0x0123_4567_89ab_cdefn,
    0xffff_0000_ffff_0000n,
    0xffff_ffff_0000_1234n,
  ];

  test("slots hold 64 bits", async () => {
    const steps = numbers.flatMap((to): Step[] => [
      { set: "a", to },
      { set: "b", to: { slot: "a" } },
      show({ addressOf: "b" }, 8),
      ...(BigInt(Number(to)) === to
        ? [{ set: "b", to: Number(to) }, show({ addressOf: "b" }, 8)]
        : []),
    ]);

    const { out } = await run(...steps);

    const expected = numbers.flatMap((to) => (BigInt(Number(to)) === to ? [to, to] : [to]));
    expect([...new BigUint64Array(out.slice().buffer)]).toEqual(
      expected.map((to) => BigInt.asUintN(64, to)),
    );
  });

  test("structs hold constants and slots of each width, and nothing beside them", async () => {
    const struct: Field[] = [
      { u8: { slot: "long" } },
      { u8: 0x1ff },
      { u16: { slot: "long" } },
      { u32: { slot: "long" } },
      { u64: { slot: "long" } },
      { u64: -2 },
      { u32: -2 },
      { u16: -2n },
      { u8: -2 },
      { inline: new Uint8Array([1, 2, 3]) },
      { pad: 2 },
      { u32: constant("O_CLOEXEC", "O_DIRECTORY") },
      { u8: { descriptor: "out" } },
      { u8: 0 },
    ];

    const { out } = await run({ set: "long", to: 0x8877_6655_4433_2211n }, show({ struct }, 42));

    const flags = architecture === "x86-64" ? 0o2200000 : 0o2040000;
    const parts: readonly (readonly [size: number, value: bigint])[] = [
      [1, 0x11n],
      [1, 0xffn],
      [2, 0x2211n],
      [4, 0x4433_2211n],
      [8, 0x8877_6655_4433_2211n],
      [8, -2n],
      [4, -2n],
      [2, -2n],
      [1, -2n],
      [3, 0x030201n],
      [2, 0n],
      [4, BigInt(flags)],
      [1, 4n],
      [1, 0n],
    ];
    expect(out.toHex()).toBe(parts.map(([size, value]) => littleEndian(value, size)).join(""));
  });

  test("structs point to texts, bytes, slots, buffers and other structs", async () => {
    // struct iovec[3] for writev(2)
    const parts: Field[] = [
      { u64: { text: "text " } },
      { u64: 5 },
      { u64: { bytes: new Uint8Array([0x62, 0x79, 0x74, 0x65, 0x73, 0x20]) } },
      { u64: { slot: "six" } },
      { u64: { struct: [{ inline: new TextEncoder().encode("in") }, { u16: { slot: "ner" } }] } },
      { u64: 4 },
    ];

    const { out } = await run(
      { set: "six", to: 6 },
      { set: "ner", to: 0x72_65_6e },
      call("writev", [{ descriptor: "out" }, { struct: parts }, 3]),
    );

    expect(new TextDecoder().decode(out)).toBe("text bytes inne");
  });

  test("calls write to buffers and slots, which other steps read", async () => {
    const given = new Uint8Array([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xff, 0xff, 0xff, 0xff, 16,
    ]);

    const { out, messages } = await runProgram(
      programOf(
        call("read", [{ descriptor: "in" }, { buffer: "shared", size: 16 }, 16], { save: "count" }),
        call("read", [{ descriptor: "in" }, { addressOf: "one" }, 1]),
        show({ buffer: "shared", size: 16 }, 16),
        show({ buffer: "other", size: 4 }, 4),
        tell({ slot: "count" }),
        tell({ slot: "one" }),
        tell({ load: "shared", size: 16, offset: 4 }),
        { jump: "end", when: { slot: "one", is: 16 } },
        fail("EIO"),
        { label: "end" },
      ),
      architecture,
      given,
    );

    expect(out).toEqual(Uint8Array.of(...given.subarray(0, 16), 0, 0, 0, 0));
    expect(valuesOf({ messages, out, status: 0 })).toEqual([16, 16, 0x0807_0605]);
  });

  test("a call takes six arguments, from slots and from constants", async () => {
    const given = new TextEncoder().encode("spliced");
    const splice = (length: Arg): Step =>
      call("splice", [{ descriptor: "in" }, 0, { slot: "out" }, { slot: "none" }, length, 0], {
        save: "moved",
      });

    const { out, messages } = await runProgram(
      programOf(
        { set: "out", to: { descriptor: "out" } },
        { set: "three", to: 3 },
        splice({ slot: "three" }),
        tell({ slot: "moved" }),
        splice(100),
        tell({ slot: "moved" }),
      ),
      architecture,
      given,
    );

    expect(new TextDecoder().decode(out)).toBe("spliced");
    expect(messages).toMatchObject([{ value: 3 }, { value: 4 }]);
  });

  test("execve gets its texts, and replaces the program", async () => {
    const words = [
      "sh",
      "-c",
      'printf "%s|" "$@" "$A"; readlink /proc/$$/fd/4',
      "0",
      "",
      "ä €😀",
      "a b",
    ];

    const { out, messages, status } = await run(
      call("dup3", [{ descriptor: "out" }, 1, 0]),
      call("close_range", [3, 0xffff_ffff, constant("CLOSE_RANGE_CLOEXEC")]),
      call("execve", [
        { text: "/bin/sh" },
        { texts: words },
        { texts: ["A=1 2", "PATH=/bin:/usr/bin"] },
      ]),
      { exit: 3 },
    );

    // Descriptor 4 was close-on-exec, so readlink finds nothing.
    expect(new TextDecoder().decode(out)).toBe("|ä €😀|a b|1 2|");
    expect(messages).toEqual([]);
    expect(status).toBe(1);
  });

  test("descriptors stand above stdio and what is preserved", async () => {
    const preserving: Program = {
      // The launch gives report, out and in from 3 on; so `out` is taken for preserved and `in` for the report.
      preserveFds: 1,
      descriptors: ["report"],
      steps: [tell({ descriptor: "report" })],
    };

    const { out, messages } = await runProgram(preserving, architecture);

    expect(messages).toEqual([]);
    expect(out).toEqual(new Uint8Array([0, 0, 0, 0x80, 4, 0, 0, 0]));
  });

  test("a program of thousands of steps fails from its first and jumps over all of them", async () => {
    // More than 1 MiB of instructions, which is as far as a conditional branch of arm64 reaches.
    const many = Array.from({ length: 25_000 }, () => call("getuid", [], { save: "uid" }));

    const jumped = await run(
      missing({ on: { ENOENT: "end" } }),
      ...many,
      fail("EIO"),
      { label: "end" },
      tell(1),
    );
    const failed = await run(missing({}), ...many);
    const ran = await run(...many, tell(2), missing({}));

    expect(jumped).toMatchObject({ messages: [{ value: 1 }], status: 0 });
    expect(failed.messages).toEqual([{ failed: 0, errno: "ENOENT" }]);
    expect(valuesOf(ran)).toEqual([2, "25001 ENOENT"]);
  }, 60_000);

  test("megabytes of data and zeroed memory do not run into each other", async () => {
    const text = "x".repeat(6 * 1024 * 1024);

    const { out } = await run(
      call("prctl", [constant("PR_SET_NAME"), { text }]),
      call("read", [{ descriptor: "in" }, { buffer: "large", size: 40 * 1024 * 1024 }, 1]),
      { set: "last", to: { load: "large", size: 40 * 1024 * 1024, offset: 40 * 1024 * 1024 - 8 } },
      show({ text: "after" }, 6),
      show({ text }, 10),
      show({ addressOf: "last" }, 8),
    );

    expect(new TextDecoder().decode(out)).toBe(`after\0${"x".repeat(10)}${"\0".repeat(8)}`);
  });
});

function littleEndian(value: bigint, size: number): string {
  return Array.from({ length: size }, (_, index) =>
    Number(BigInt.asUintN(8, value >> BigInt(8 * index)))
      .toString(16)
      .padStart(2, "0"),
  ).join("");
}

describe("random programs", () => {
  const slots = ["a", "b", "c"] as const;
  const slot = fc.constantFrom(...slots);
  /** Numbers that are often equal. */
  const small = fc.constantFrom(-9, -1, 0, 1, 4095);
  const large = fc.oneof(
    small,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.integer(),
  );
  const arg: fc.Arbitrary<Arg> = fc.oneof(
    large,
    slot.map((name) => ({ slot: name })),
    fc.constant(constant("O_DIRECTORY", "O_PATH")),
  );

  /** A step, and which of the labels after it it goes to, if any. */
  type Draft = { readonly step: Step; readonly to?: number } | "label";
  const draft: fc.Arbitrary<Draft> = fc.oneof(
    { arbitrary: fc.constant("label" as const), weight: 3 },
    { arbitrary: arg.map((value) => ({ step: tell(value) })), weight: 3 },
    { arbitrary: fc.tuple(slot, arg).map(([set, to]) => ({ step: { set, to } })), weight: 4 },
    { arbitrary: fc.nat(9).map((to) => ({ step: { jump: "" }, to })), weight: 1 },
    {
      arbitrary: fc
        .tuple(slot, small, fc.boolean(), fc.nat(9))
        .map(([name, number, equal, to]) => ({
          step: {
            jump: "",
            when: equal ? { slot: name, is: number } : { slot: name, isNot: number },
          },
          to,
        })),
      weight: 4,
    },
    {
      // close(2) of no descriptor: EBADF.
      arbitrary: fc
        .record(
          { save: slot, accept: fc.subarray<ErrnoName>(["EIO", "EBADF"]) },
          { requiredKeys: [] },
        )
        .map((rest) => ({ step: call("close", [-1], rest) })),
      weight: 2,
    },
    {
      arbitrary: fc
        .tuple(fc.option(slot), fc.nat(9))
        .map(([save, to]) => ({ step: call("close", [-1], save === null ? {} : { save }), to })),
      weight: 3,
    },
    { arbitrary: slot.map((save) => ({ step: call("umask", [0], { save }) })), weight: 1 },
    { arbitrary: fc.constant({ step: fail("EXDEV") }), weight: 1 },
    { arbitrary: fc.nat(255).map((exit) => ({ step: { exit } })), weight: 1 },
  );

  /** Lets drafts go to labels after them; a draft that has none after it says how far it is. */
  function link(drafts: readonly Draft[]): Step[] {
    return drafts.map((each, at): Step => {
      if (each === "label") return { label: `l${at}` };
      if (each.to === undefined) return each.step;
      const later = drafts.flatMap((other, index) =>
        other === "label" && index > at ? [index] : [],
      );
      const label = later[each.to % later.length];
      if (label === undefined) return tell(at);
      if ("jump" in each.step) return { ...each.step, jump: `l${label}` };
      return { ...each.step, on: { EBADF: `l${label}` } } as Step;
    });
  }

  const programs = fc.array(draft, { maxLength: 40 }).map(link);

  test.each(architectures)(
    "do on %s what their steps mean",
    async (architecture) => {
      const numRuns = architecture === nativeArchitecture() ? 400 : 40;
      await fc.assert(
        fc.asyncProperty(programs, async (steps) => {
          const all = [call("umask", [0]), ...steps];
          const { messages, status } = await runProgram(programOf(...all), architecture);

          const meaning = interpret(all, architecture, (name) => (name === "close" ? "EBADF" : 0n));
          expect({ messages, status }).toEqual(meaning);
        }),
        { numRuns },
      );
    },
    120_000,
  );
});
