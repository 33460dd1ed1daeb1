import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Architecture } from "../src/machine/syscalls.ts";

/** One instruction as binutils' objdump shows it. */
export interface Instruction {
  /** Offset of its first byte. */
  readonly at: number;
  readonly size: number;
  /** Without comments, one space between words: `mov edi,0x1`. */
  readonly text: string;
}

/** The disassemblers; Debian packages binutils and binutils-aarch64-linux-gnu. */
const disassemblers: Readonly<Record<Architecture, readonly string[]>> = {
  "x86-64": ["x86_64-linux-gnu-objdump", "-m", "i386:x86-64", "-M", "intel"],
  arm64: ["aarch64-linux-gnu-objdump", "-m", "aarch64"],
};

/** Disassembles machine code. */
export function disassemble(code: Uint8Array, architecture: Architecture): Instruction[] {
  const listing = withFile(code, (path) =>
    output([...disassemblers[architecture], "-b", "binary", "-D", "-z", "-w", path]),
  );
  return listing.split("\n").flatMap((line) => {
    // "   5:	48 89 f7             	mov    rdi,rsi"; arm64 shows one word of four bytes
    const [, at, bytes, text] = /^ *([0-9a-f]+):\t((?:[0-9a-f]+ )+)\s*\t?(.*)$/.exec(line) ?? [];
    if (at === undefined || bytes === undefined || text === undefined) return [];
    const instruction = text
      .replace(/\s*(\/\/|#(?=\s)).*$/, "")
      .replace(/\s+/g, " ")
      .trim();
    return [
      {
        at: Number.parseInt(at, 16),
        size: bytes.replaceAll(" ", "").length / 2,
        text: instruction,
      },
    ];
  });
}

/** Runs a tool of binutils on a file with these bytes and returns what it prints. */
export function inspect(bytes: Uint8Array, ...command: readonly string[]): string {
  return withFile(bytes, (path) => output([...command, path]));
}

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "ctr-test-objdump-"));
  try {
    const path = join(folder, "code");
    writeFileSync(path, bytes);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function output(command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], {
    env: { LC_ALL: "C", PATH: process.env["PATH"] },
  });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
  return String(stdout);
}
