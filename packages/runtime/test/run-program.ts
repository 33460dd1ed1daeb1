import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileDescriptor } from "../src/kernel/fd.ts";
import { readAll } from "../src/kernel/file.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { waitReadable } from "../src/kernel/poll.ts";
import { parseSignal } from "../src/kernel/signals.ts";
import { reap } from "../src/kernel/wait.ts";
import { value } from "../src/machine/constants.ts";
import { type Architecture, nativeArchitecture } from "../src/machine/syscalls.ts";
import { assemble } from "../src/program/assemble.ts";
import { decodeMessages, type Message } from "../src/program/report.ts";
import type { Program, Step } from "../src/program/step.ts";
import { pipe } from "./kernel-fixture.ts";

/** What a program did. */
export interface Outcome {
  readonly messages: readonly Message[];
  /** What it wrote to its descriptor `out`. */
  readonly out: Uint8Array;
  /** Exit code, or 128 and the number of the signal that ended it. */
  readonly status: number;
}

/** A program with the descriptors `report`, `out` (what the test gets) and `in` (what the test gives). */
export function programOf(...steps: readonly Step[]): Program {
  return { preserveFds: 0, descriptors: ["report", "out", "in"], steps };
}

/** A system call without words. */
export function call(
  name: Extract<Step, { call: string }>["call"],
  args: Extract<Step, { call: string }>["args"],
  rest: Partial<Extract<Step, { call: string }>> = {},
): Step {
  return { call: name, args, origin: "", does: name, ...rest };
}

const kernel = linuxKernel();
const deadlineMs = 20_000;

/**
 * Assembles and executes a program; its own machine's by a launch, another's in an emulator.
 *
 * @param given what it reads from its descriptor `in`
 */
export async function runProgram(
  program: Program,
  architecture: Architecture = nativeArchitecture(),
  given: Uint8Array = new Uint8Array(),
): Promise<Outcome> {
  return runImage(assemble(program, architecture), architecture, given);
}

/** Executes the image of a program made by {@linkcode programOf}. */
export async function runImage(
  image: Uint8Array,
  architecture: Architecture,
  given: Uint8Array = new Uint8Array(),
): Promise<Outcome> {
  const [reportReader, reportWriter] = pipe();
  const [outReader, outWriter] = pipe();
  const [inReader, inWriter] = pipe();
  using report = reportReader;
  using out = outReader;
  {
    using _writer = inWriter;
    if (given.length > 0) kernel.call("write", inWriter.number, given, given.length);
  }
  let status: number;
  {
    using _a = reportWriter;
    using _b = outWriter;
    using _c = inReader;
    const descriptors = [reportWriter.number, outWriter.number, inReader.number];
    status =
      architecture === nativeArchitecture()
        ? launch(image, descriptors)
        : await emulate(image, architecture, descriptors);
  }
  return {
    messages: decodeMessages(readAll(kernel, report.number)),
    out: readAll(kernel, out.number),
    status,
  };
}

function launch(image: Uint8Array, descriptors: readonly number[]): number {
  const launched = kernel.launch({
    image,
    name: "test",
    descriptors: [0, 1, 2, ...descriptors],
    namespaces: 0n,
  });
  using pidfd = new FileDescriptor(kernel, launched.pidfd);
  const ended = waitReadable(kernel, pidfd.number, deadlineMs);
  if (!ended) kernel.call("pidfd_send_signal", pidfd.number, value("SIGKILL"), null, 0);
  const status = reap(kernel, pidfd.number, "block")?.status ?? -1;
  if (!ended) throw new Error(`The program has not ended after ${deadlineMs} ms`);
  return status;
}

/** Emulators by the architecture that they run; Debian package qemu-user-static. */
const emulators: Readonly<Record<Architecture, string>> = {
  "x86-64": "qemu-x86_64-static",
  arm64: "qemu-aarch64-static",
};

async function emulate(
  image: Uint8Array,
  architecture: Architecture,
  descriptors: readonly number[],
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-test-program-"));
  try {
    const path = join(folder, "program");
    await writeFile(path, image, { mode: 0o700 });
    const child = Bun.spawn([emulators[architecture], path], {
      stdio: ["ignore", "inherit", "inherit", ...descriptors],
      timeout: deadlineMs,
      killSignal: "SIGKILL",
    });
    await child.exited;
    return child.exitCode ?? 128 + signalNumber(child.signalCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function signalNumber(name: string | number | null): number {
  if (name === "SIGKILL") throw new Error(`The program has not ended after ${deadlineMs} ms`);
  return typeof name === "string" ? parseSignal(name) : 0;
}
