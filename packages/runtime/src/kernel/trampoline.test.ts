import { expect, test } from "bun:test";
import { board, type ChildStep, childSteps } from "./trampoline.ts";

const base = 0x7000_0000;
const tail = (count: number, image: number): ChildStep[] => [
  { call: "close_range", args: [count, 0xffff_ffff, 4] },
  { call: "rt_sigaction", args: [13, base + board.sigaction, 0, 8] },
  { call: "rt_sigaction", args: [25, base + board.sigaction, 0, 8] },
  { call: "rt_sigprocmask", args: [2, base + board.zero, 0, 8] },
  {
    call: "execveat",
    args: [image, base + board.zero, base + board.argv, base + board.envp, 0x1000],
  },
];

test("childSteps() moves descriptors, resets signals and executes the image", () => {
  expect(childSteps({ descriptors: [0, 9, 9], image: 8 }, base)).toEqual([
    // It is in its place; only close-on-exec goes.
    { call: "fcntl", args: [0, 2, 0] },
    { call: "dup3", args: [9, 1, 0] },
    { call: "dup3", args: [9, 2, 0] },
    ...tail(3, 8),
  ]);
});

test("childSteps() waits for the id mappings first", () => {
  const handshake = { readEnd: 5, writeEnd: 6 };

  expect(childSteps({ descriptors: [], image: 8, handshake }, base)).toEqual([
    { call: "close", args: [6] },
    { call: "read", args: [5, base + board.handshake, 1], mustReturn: 1 },
    { call: "setresgid", args: [0, 0, 0] },
    { call: "setresuid", args: [0, 0, 0] },
    ...tail(0, 8),
  ]);
});

test("the board's parts do not overlap", () => {
  const sizes = {
    failedStep: 4,
    failedErrno: 4,
    pidfd: 4,
    handshake: 1,
    zero: 8,
    cloneArgs: 88,
    sigaction: 32,
    argv: 16,
    envp: 8,
    name: 64,
  } satisfies Record<keyof typeof board, number>;
  const parts = (Object.keys(sizes) as (keyof typeof sizes)[])
    .map((name) => ({ name, from: board[name], to: board[name] + sizes[name] }))
    .toSorted((a, b) => a.from - b.from);

  for (const [index, { name, from }] of parts.entries()) {
    const before = parts[index - 1];
    expect(`${name} ${from >= (before?.to ?? 0)}`).toBe(`${name} true`);
  }
});
