/**
 * The encoders are held against binutils' disassembler, the ELF header against readelf, and the tables of numbers
 * against the kernel's headers (Debian packages binutils, binutils-aarch64-linux-gnu and linux-libc-dev).
 *
 * @module
 */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { syscallStub } from "../src/kernel/syscall-stub.ts";
import { childSteps, trampoline } from "../src/kernel/trampoline.ts";
import { arm64 } from "../src/machine/arm64.ts";
import { CodeBuffer } from "../src/machine/code-buffer.ts";
import { constant, constantNames } from "../src/machine/constants.ts";
import { zeroedAddress } from "../src/machine/elf.ts";
import type { Branch, Encoder, Width } from "../src/machine/encoder.ts";
import { type ErrnoName, errnoName, errnoNumber } from "../src/machine/errno.ts";
import { type Architecture, syscallNames, syscallNumber } from "../src/machine/syscalls.ts";
import { x8664 } from "../src/machine/x86-64.ts";
import { assemble } from "../src/program/assemble.ts";
import type { Program, Step } from "../src/program/step.ts";
import { callNumbers } from "../src/seccomp/syscall-numbers.ts";
import { definitionsIn, resolve } from "./kernel-headers.ts";
import { disassemble, inspect } from "./objdump.ts";
import { call } from "./run-program.ts";

const architectures: readonly Architecture[] = ["x86-64", "arm64"];
const encoders: Readonly<Record<Architecture, Encoder>> = { "x86-64": x8664, arm64 };
const registerNames: Readonly<Record<Architecture, readonly string[]>> = {
  "x86-64": ["rdi", "rsi", "rdx", "r10", "r8", "r9"],
  arm64: ["x0", "x1", "x2", "x3", "x4", "x5"],
};
const widths: readonly Width[] = [8, 16, 32, 64];

/** What instructions look like, `;` between them. */
function shown(architecture: Architecture, write: (code: CodeBuffer) => void): string {
  const code = new CodeBuffer();
  write(code);
  return disassemble(code.toBytes(), architecture)
    .map(({ text }) => text)
    .join("; ");
}

/** The 64-bit name of a register of x86-64 whose lower half is named. */
function whole(register: string): string {
  return /^r\d+d$/.test(register) ? register.slice(0, -1) : register.replace(/^e/, "r");
}

/** Executes instructions that load constants; returns what each register holds then. */
function loaded(instructions: readonly string[]): ReadonlyMap<string, bigint> {
  const registers = new Map<string, bigint>();
  for (const text of instructions) {
    const [, operation = "", register = "", operand = "", shift = "0"] =
      /^(\w+) (\w+), ?#?(\w+)(?:, lsl #(\d+))?$/.exec(text) ?? [];
    const before = registers.get(register) ?? 0n;
    if (operation === "xor" && register === operand) registers.set(whole(register), 0n);
    else if (operation === "mov" || operation === "movabs") {
      registers.set(whole(register), BigInt(operand));
    } else if (operation === "movk") {
      const place = BigInt(shift);
      registers.set(register, (before & ~(0xffffn << place)) | (BigInt(operand) << place));
    } else throw new Error(`Does not load a constant: ${text}`);
  }
  return registers;
}

const boundaries: readonly bigint[] = [0n, 16n, 31n, 32n, 48n, 63n]
  .flatMap((bits) => [2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n])
  .concat(2n ** 64n - 1n, 0x1234_0000_0000_0000n, 0xffff_0000_1234_ffffn, 0x1_0000_ffff_0000n)
  .flatMap((value) => [value, -value])
  .filter((value) => value >= -(2n ** 63n) && value < 2n ** 64n);

/** The shortest number of bytes that a constant can be loaded in. */
const sizes: Readonly<Record<Architecture, (value: bigint, register: number) => number>> = {
  "x86-64": (value, register) => {
    const unsigned = BigInt.asUintN(64, value);
    const prefix = register > 2 ? 1 : 0;
    if (unsigned === 0n) return 2 + prefix;
    if (unsigned < 2n ** 32n) return 5 + prefix;
    return BigInt.asIntN(32, value) === BigInt.asIntN(64, value) ? 7 : 10;
  },
  arm64: (value) => {
    const parts = [0n, 16n, 32n, 48n].map(
      (place) => (BigInt.asUintN(64, value) >> place) & 0xffffn,
    );
    const others = (fill: bigint): number => parts.filter((part) => part !== fill).length;
    return 4 * Math.max(1, Math.min(others(0n), others(0xffffn)));
  },
};

describe.each(architectures)("the encoder of %s", (architecture) => {
  const encoder = encoders[architecture];
  const registers = registerNames[architecture];

  /** Loads each value in each register, and reads back what the disassembler says of it. */
  function expectLoaded(values: readonly (number | bigint)[]): void {
    const code = new CodeBuffer();
    const loads: { value: bigint; register: number; at: number; end: number }[] = [];
    for (const each of values) {
      for (const register of registers.keys()) {
        const at = code.length;
        encoder.loadConstant(code, register, each);
        const value = BigInt.asUintN(64, BigInt(each));
        loads.push({ value, register, at, end: code.length });
      }
    }
    const instructions = disassemble(code.toBytes(), architecture);
    let next = 0;
    for (const { value, register, at, end } of loads) {
      const own: string[] = [];
      while ((instructions[next]?.at ?? end) < end) own.push(instructions[next++]?.text ?? "");
      const name = registers[register] ?? "";
      expect({ value, registers: [...loaded(own)] }).toEqual({ value, registers: [[name, value]] });
      expect({ value, size: end - at }).toEqual({
        value,
        size: sizes[architecture](value, register),
      });
    }
    expect(next).toBe(instructions.length);
  }

  test("loads constants at the boundaries in every register, as short as can be", () => {
    const numbers = boundaries.map(Number).filter(Number.isSafeInteger);

    expectLoaded([...boundaries, ...numbers]);
  });

  test("loads any constant, a number or a bigint", () => {
    const part = fc.constantFrom(0n, 0xffffn, 0x8000n, 1n, 0xfffen);
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc
        .tuple(part, part, part, part)
        .map((parts) => parts.reduce<bigint>((all, each) => (all << 16n) | each, 0n)),
      fc.maxSafeInteger(),
    );
    const values = fc.array(value, { minLength: 60, maxLength: 60 });
    fc.assert(fc.property(values, expectLoaded), { numRuns: 15, endOnFailure: true });
  });

  test("a call has at most six arguments", () => {
    for (const register of [-1, 6]) {
      expect(() => encoder.loadConstant(new CodeBuffer(), register, 0)).toThrow(RangeError);
      expect(() => encoder.loadMemory(new CodeBuffer(), register, 0)).toThrow(RangeError);
    }
  });

  test("sets the result, the number of a call and the step's index", () => {
    const results = boundaries.map((value) => {
      const text = shown(architecture, (code) => encoder.setResult(code, value));
      return [...loaded(text.split("; "))];
    });
    const result = architecture === "arm64" ? "x0" : "rax";
    expect(results).toEqual(boundaries.map((value) => [[result, BigInt.asUintN(64, value)]]));

    for (const index of [0, 1, 0xffff, 0x1_0000, 0x7fff_ffff]) {
      const text = shown(architecture, (code) => encoder.setIndex(code, index));
      expect([...loaded(text.split("; "))]).toEqual([
        [architecture === "arm64" ? "x19" : "rbx", BigInt(index)],
      ]);
    }
  });

  test("compares with numbers from -4095 to 4095, and with no others", () => {
    const compared = [
      -4095, -4094, -129, -128, -127, -1, 0, 1, 127, 128, 129, 255, 256, 4094, 4095,
    ];
    for (const value of compared) {
      const expected =
        architecture === "x86-64"
          ? `cmp rax,0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`
          : `${value < 0 ? "cmn" : "cmp"} x0, #0x${Math.abs(value).toString(16)}`;
      for (const branch of [encoder.branchIfResultIs, encoder.branchIfResultIsNot]) {
        const text = shown(architecture, (code) => branch.call(encoder, code, value));
        expect(text.split("; ")[0]).toBe(expected);
      }
    }
    for (const value of [-4096, 4096, 2 ** 31, Number.NaN]) {
      expect(() => encoder.branchIfResultIs(new CodeBuffer(), value)).toThrow(RangeError);
      expect(() => encoder.branchIfResultIsNot(new CodeBuffer(), value)).toThrow(RangeError);
    }
  });

  test.each([0, 1, 31, 32, 127, 128, 32_768, 262_143, 262_144, 600_000])(
    "branches go over %d instructions to where they should",
    (between) => {
      const branches: readonly {
        readonly write: (code: CodeBuffer) => Branch;
        readonly "x86-64": string;
        readonly arm64: string;
      }[] = [
        { write: (code) => encoder.branch(code), "x86-64": "jmp TO", arm64: "b TO" },
        {
          write: (code) => encoder.branchIfResultIs(code, -2),
          "x86-64": "cmp rax,0xfffffffffffffffe; je TO",
          arm64: "cmn x0, #0x2; b.ne NEXT; b TO",
        },
        {
          write: (code) => encoder.branchIfResultIsNot(code, 1),
          "x86-64": "cmp rax,0x1; jne TO",
          arm64: "cmp x0, #0x1; b.eq NEXT; b TO",
        },
        {
          write: (code) => encoder.branchIfResultFailed(code),
          "x86-64": "cmp rax,0xfffffffffffff001; jae TO",
          arm64: "cmn x0, #0xfff; b.cc NEXT; b TO",
        },
      ];
      for (const { write, [architecture]: expected } of branches) {
        const code = new CodeBuffer();
        encoder.negateResult(code);
        const start = code.length;
        const branch = write(code);
        const end = code.length;
        for (let index = 0; index < between; index++) encoder.negateResult(code);
        encoder.patch(code, branch);
        const target = code.length;

        const texts = disassemble(code.toBytes().subarray(0, end), architecture)
          .filter(({ at }) => at >= start)
          .map(({ text }) => text);

        const hexadecimal = (address: number): string => `0x${address.toString(16)}`;
        expect(texts.join("; ")).toBe(
          expected.replace("NEXT", hexadecimal(end)).replace("TO", hexadecimal(target)),
        );
      }
    },
  );
});

test("x86-64: every other form", () => {
  const form = (write: (code: CodeBuffer) => void): string => shown("x86-64", write);

  for (const address of [0x40_0000, 0x1000_0120, 0x7fff_ffff]) {
    const at = `ds:0x${address.toString(16)}`;
    for (const [register, name] of registerNames["x86-64"].entries()) {
      expect(form((code) => x8664.loadMemory(code, register, address))).toBe(
        `mov ${name},QWORD PTR ${at}`,
      );
    }
    expect(widths.map((width) => form((code) => x8664.storeResult(code, width, address)))).toEqual([
      `mov BYTE PTR ${at},al`,
      `mov WORD PTR ${at},ax`,
      `mov DWORD PTR ${at},eax`,
      `mov QWORD PTR ${at},rax`,
    ]);
    expect(form((code) => x8664.loadResult(code, address))).toBe(`mov rax,QWORD PTR ${at}`);
  }
  expect(form((code) => x8664.syscall(code, 0))).toBe("mov eax,0x0; syscall");
  expect(form((code) => x8664.syscall(code, 442))).toBe("mov eax,0x1ba; syscall");
  expect(form((code) => x8664.indexToResult(code))).toBe("mov eax,ebx");
  expect(form((code) => x8664.negateResult(code))).toBe("neg eax");
  for (const place of [0, 1, 3, 20]) {
    expect(form((code) => x8664.octalDigitOfResult(code, place))).toBe(
      `shr rax,0x${(3 * place).toString(16)}; and eax,0x7; or eax,0x30`,
    );
  }
});

test("arm64: every other form", () => {
  const form = (write: (code: CodeBuffer) => void): string => shown("arm64", write);

  for (const [address, at] of [
    [0x40_0000, "mov x9, #0x400000"],
    [0x1000_0120, "mov x9, #0x120; movk x9, #0x1000, lsl #16"],
    [0x7fff_ffff, "mov x9, #0xffff; movk x9, #0x7fff, lsl #16"],
  ] as const) {
    for (const [register, name] of registerNames.arm64.entries()) {
      expect(form((code) => arm64.loadMemory(code, register, address))).toBe(
        `${at}; ldr ${name}, [x9]`,
      );
    }
    expect(widths.map((width) => form((code) => arm64.storeResult(code, width, address)))).toEqual([
      `${at}; strb w0, [x9]`,
      `${at}; strh w0, [x9]`,
      `${at}; str w0, [x9]`,
      `${at}; str x0, [x9]`,
    ]);
    expect(form((code) => arm64.loadResult(code, address))).toBe(`${at}; ldr x0, [x9]`);
  }
  expect(form((code) => arm64.syscall(code, 0))).toBe("mov x8, #0x0; svc #0x0");
  expect(form((code) => arm64.syscall(code, 442))).toBe("mov x8, #0x1ba; svc #0x0");
  expect(form((code) => arm64.indexToResult(code))).toBe("mov x0, x19");
  expect(form((code) => arm64.negateResult(code))).toBe("neg w0, w0");
  for (const place of [0, 1, 3, 20]) {
    expect(form((code) => arm64.octalDigitOfResult(code, place))).toBe(
      `ubfx x0, x0, #${3 * place}, #3; add x0, x0, #0x30`,
    );
  }
});

test("arm64: a branch that is too long is refused", () => {
  const far = { length: 0x800_0000, setU32: () => expect.unreachable() };

  expect(() => arm64.patch(Object.assign(new CodeBuffer(), {}), -far.length)).toThrow("128 MiB");
});

/** A program with every kind of step. */
const everything: Program = {
  preserveFds: 0,
  descriptors: ["report", "sync"],
  steps: [
    ...Array.from({ length: 50 }, (_, index): Step[] => [
      call(
        "openat2",
        [
          { slot: "root" },
          { text: `/dev/${index}` },
          { struct: [{ u64: constant("O_PATH") }, { u64: { slot: "mode" } }, { u64: -1n }] },
          24,
        ],
        { save: `fd ${index}`, on: { ENOENT: `make ${index}`, ELOOP: `have ${index}` } },
      ),
      { jump: `have ${index}` },
      { label: `make ${index}` },
      call(
        "mkdirat",
        [constant("AT_FDCWD"), { text: "a" }, 0o755, -1, 2n ** 40n, { slot: "six" }],
        {
          accept: ["EEXIST", "EROFS"],
        },
      ),
      { set: "copy", to: { slot: `fd ${index}` } },
      { jump: `have ${index}`, when: { slot: "copy", is: -2 } },
      { fail: "EIO", origin: "", does: "" },
      { label: `have ${index}` },
      { tell: "ready", value: { slot: "copy" } },
    ]).flat(),
    call("read", [{ descriptor: "sync" }, { buffer: "answer", size: 70_000 }, 1]),
    call("execve", [{ text: "/bin/sh" }, { texts: ["sh", "-c", "true"] }, { texts: [] }]),
    { exit: 127 },
  ],
};

/** Parts of an executable, as readelf shows them. */
interface Segment {
  readonly type: string;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: string;
  readonly align: number;
}

function segmentsOf(image: Uint8Array): Segment[] {
  return inspect(image, "readelf", "-lW")
    .split("\n")
    .flatMap((line) => {
      const [, type, offset, address, , fileSize, memorySize, flags, align] =
        /^ {2}([A-Z_]+) +(\w+) (\w+) (\w+) (\w+) (\w+) ([RWE ]{3}) (\w+)$/.exec(line) ?? [];
      return type === undefined
        ? []
        : [
            {
              type,
              offset: Number(offset),
              address: Number(address),
              fileSize: Number(fileSize),
              memorySize: Number(memorySize),
              flags: (flags ?? "").replaceAll(" ", ""),
              align: Number(align),
            },
          ];
    });
}

describe.each(architectures)("a program for %s", (architecture) => {
  const image = assemble(everything, architecture);

  test("has the header of a static executable", () => {
    const header = Object.fromEntries(
      inspect(image, "readelf", "-hW")
        .split("\n")
        .flatMap((line) => {
          const [, name, value] = /^ {2}(.+?): +(.+)$/.exec(line) ?? [];
          return name === undefined ? [] : [[name, value]];
        }),
    );

    expect(header).toMatchObject({
      Class: "ELF64",
      Data: "2's complement, little endian",
      Type: "EXEC (Executable file)",
      Machine: architecture === "arm64" ? "AArch64" : "Advanced Micro Devices X86-64",
      "Number of program headers": "4",
      "Size of program headers": "56 (bytes)",
      "Size of this header": "64 (bytes)",
      "Number of section headers": "0",
    });
    const [code] = segmentsOf(image);
    expect(Number(header["Entry point address"])).toBe(code?.address ?? 0);
  });

  test("has code that cannot be written, data that cannot be executed, and zeroed memory", () => {
    const [code, data, zeroed, stack, ...others] = segmentsOf(image);

    expect(code).toMatchObject({ type: "LOAD", flags: "RE" });
    expect(data).toMatchObject({ type: "LOAD", flags: "RW" });
    expect(zeroed).toMatchObject({
      type: "LOAD",
      flags: "RW",
      address: zeroedAddress,
      fileSize: 0,
      memorySize: 70_000,
    });
    expect(stack).toMatchObject({ type: "GNU_STACK", flags: "RW" });
    expect(others).toEqual([]);
    expect((code?.offset ?? 0) + (code?.fileSize ?? 0)).toBe(image.length);
  });

  test("has segments that do not share a page and lie in the file as in memory", () => {
    const loads = segmentsOf(image).filter(({ type }) => type === "LOAD");
    const page = architecture === "arm64" ? 0x1_0000 : 0x1000;
    const byAddress = loads.toSorted((a, b) => a.address - b.address);

    for (const { align, offset, address } of loads) {
      expect(align).toBe(page);
      expect(offset % page).toBe(address % page);
    }
    for (const [index, { address }] of byAddress.entries()) {
      const before = byAddress[index - 1];
      const end = before === undefined ? 0x1_0000 : before.address + before.memorySize;
      expect(Math.floor(address / page)).toBeGreaterThan(Math.floor((end - 1) / page));
    }
  });

  test("has no zeroed segment when it needs none", () => {
    const small = assemble({ ...everything, steps: [] }, architecture);

    expect(segmentsOf(small).map(({ type }) => type)).toEqual([
      "LOAD",
      "LOAD",
      "NULL",
      "GNU_STACK",
    ]);
  });

  test("has known instructions only, and branches that go forward to one of them", () => {
    const [segment] = segmentsOf(image);
    const code = image.subarray(segment?.offset ?? 0);
    const instructions = disassemble(code, architecture);
    const starts = new Set(instructions.map(({ at }) => at));

    const known =
      architecture === "x86-64"
        ? /^(mov|movabs|xor|cmp|neg) |^(syscall)$|^(jmp|je|jne|jae) 0x/
        : /^(mov|movk|ldr|str|cmp|cmn|neg|svc) |^b(\.(ne|eq|cc))? 0x/;
    expect(instructions.map(({ text }) => text).filter((text) => !known.test(text))).toEqual([]);
    expect(instructions.reduce((sum, { size }) => sum + size, 0)).toBe(code.length);
    const calls = everything.steps.filter(
      (step) => "call" in step || "tell" in step || "exit" in step,
    );
    const ends = 3; // past the last step: exit_group; after a failure: write, exit_group
    expect(instructions.filter(({ text }) => /^(syscall|svc )/.test(text))).toHaveLength(
      calls.length + ends,
    );
    for (const { at, text } of instructions) {
      const target = /^(?:j|b)\S* (0x[0-9a-f]+)$/.exec(text)?.[1];
      if (target === undefined) continue;
      expect(Number(target)).toBeGreaterThan(at);
      expect(starts.has(Number(target))).toBe(true);
    }
  });
});

test.each(architectures)("the function that makes a system call on %s", (architecture) => {
  const text = disassemble(syscallStub(architecture).toBytes(), architecture)
    .map((instruction) => instruction.text)
    .join("\n");

  if (architecture === "x86-64")
    expect(text).toMatchInlineSnapshot(`
    "mov rax,rdi
    mov rdi,rsi
    mov rsi,rdx
    mov rdx,rcx
    mov r10,r8
    mov r8,r9
    mov r9,QWORD PTR [rsp+0x8]
    syscall
    ret"
  `);
  else
    expect(text).toMatchInlineSnapshot(`
    "mov x8, x0
    mov x0, x1
    mov x1, x2
    mov x2, x3
    mov x3, x4
    mov x4, x5
    mov x5, x6
    svc #0x0
    ret"
  `);
});

test.each(architectures)(
  "the trampoline on %s returns in the parent and executes in the child",
  (architecture) => {
    const base = 0x7fff_0000;
    const steps = childSteps(
      { descriptors: [0, 9], image: 7, handshake: { readEnd: 5, writeEnd: 6 } },
      base,
    );
    const instructions = disassemble(trampoline(architecture, steps, base).toBytes(), architecture);
    const texts = instructions.map(({ text }) => text);
    const ret = texts.indexOf("ret");

    if (architecture === "x86-64")
      expect(texts.slice(0, ret + 1)).toMatchInlineSnapshot(`
      [
        "push rbx",
        "mov edi,0x7fff0020",
        "mov esi,0x58",
        "mov eax,0x1b3",
        "syscall",
        "cmp rax,0x0",
        "je 0x1e",
        "pop rbx",
        "ret",
      ]
    `);
    else
      expect(texts.slice(0, ret + 1)).toMatchInlineSnapshot(`
      [
        "str x19, [sp, #-16]!",
        "mov x0, #0x20",
        "movk x0, #0x7fff, lsl #16",
        "mov x1, #0x58",
        "mov x8, #0x1b3",
        "svc #0x0",
        "cmp x0, #0x0",
        "b.ne 0x24",
        "b 0x2c",
        "ldr x19, [sp], #16",
        "ret",
      ]
    `);
    // The branch of the child goes behind the return of the parent, and every call has its number.
    const isNumber =
      architecture === "x86-64" ? /^mov eax,(0x[0-9a-f]+)$/ : /^mov x8, #(0x[0-9a-f]+)$/;
    const numbers = texts.flatMap((text) => isNumber.exec(text)?.[1] ?? []).map(Number);
    expect(numbers).toEqual(
      (["clone3", ...steps.map((step) => step.call), "exit_group"] as const).map((name) =>
        syscallNumber(name, architecture),
      ),
    );
    expect(texts.slice(ret + 1).filter((text) => /\b[re]?sp\b|push|pop|ret/.test(text))).toEqual(
      [],
    );
    expect(texts.at(-1)).toMatch(/^(syscall|svc #0x0)$/);
  },
);

// arm64 takes its numbers from the generic header, which every machine has.
const systemCallHeaders: readonly (readonly [Architecture, string])[] = [
  ["arm64", "/usr/include/asm-generic/unistd.h"],
  ...(process.arch === "x64"
    ? ([["x86-64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"]] as const)
    : []),
];

test.each(systemCallHeaders)(
  "numbers of system calls on %s are those of the kernel's header",
  (architecture, header) => {
    const definitions = definitionsIn(header);
    const wrong = syscallNames.flatMap((name) => {
      const number = resolve(definitions, `__NR_${name}`);
      const ours = syscallNumber(name, architecture);
      return number === ours ? [] : [`${name}: ${ours}, header ${number}`];
    });

    expect(wrong).toEqual([]);
  },
);

test.each(architectures)(
  "numbers of system calls on %s are those that seccomp profiles get",
  (architecture) => {
    const numbers = callNumbers(architecture);

    expect(syscallNames.map((name) => [name, numbers.get(name)])).toEqual(
      syscallNames.map((name) => [name, syscallNumber(name, architecture)]),
    );
  },
);

test("numbers of errnos are those of the kernel's headers, and none is missing", () => {
  const definitions = definitionsIn(
    "/usr/include/asm-generic/errno-base.h",
    "/usr/include/asm-generic/errno.h",
  );
  const numbers = [...definitions].filter(
    ([name, value]) => /^E/.test(name) && /^\d+$/.test(value),
  );

  expect(numbers.length).toBeGreaterThan(120);
  for (const [name, number] of numbers) {
    expect([name, errnoNumber(name as ErrnoName)]).toEqual([name, Number(number)]);
    expect(errnoName(Number(number))).toBe(name as ErrnoName);
  }
});

test("constants are those of the kernel's headers", () => {
  const headers = [
    ...["fcntl", "ioctls", "mman-common", "mman", "poll", "signal-defs", "signal", "socket"].map(
      (name) => `asm-generic/${name}`,
    ),
    ...["bpf", "capability", "close_range", "fcntl", "if", "ioprio", "keyctl", "magic", "memfd"],
    ...[
      "mman",
      "mount",
      "openat2",
      "prctl",
      "sched",
      "seccomp",
      "sockios",
      "stat",
      "wait",
      "xattr",
    ],
  ].map((name) => `/usr/include/${name.includes("/") ? name : `linux/${name}`}.h`);
  const ownSignals = `/usr/include/${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu/asm/signal.h`;
  const definitions = definitionsIn(...headers, ownSignals);

  const compared = constantNames.map((name) => {
    const number = resolve(definitions, name);
    return { name, number, ours: constant(name).value };
  });

  expect(compared.filter(({ number, ours }) => number !== undefined && number !== ours)).toEqual(
    [],
  );
  // The others are macros with arguments, or only in the headers of a C library.
  const missing = compared.filter(({ number }) => number === undefined);
  expect(missing.length).toBeLessThan(compared.length / 10);
});
