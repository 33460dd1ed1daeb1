import { expect, test } from "bun:test";
import type { Kernel, KernelArg, LaunchedProcess } from "../kernel/kernel.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { value } from "../machine/constants.ts";
import type { SyscallName } from "../machine/syscalls.ts";
import { warm } from "./warm.ts";

/** Passes on what looks at things, and refuses everything else. */
class LookingKernel implements Kernel {
  readonly #looks: ReadonlySet<SyscallName> = new Set<SyscallName>([
    "close",
    "faccessat2",
    "getdents64",
    "openat",
    "openat2",
    "read",
    "readlinkat",
    "statfs",
    "statx",
  ]);
  count = 0;

  call(name: SyscallName, ...args: readonly KernelArg[]): number {
    this.count++;
    const writes = value("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC");
    if (!this.#looks.has(name)) throw new Error(`${name} changes something`);
    if (name === "openat" && (Number(args[2]) & writes) !== 0) {
      throw new Error(`${String(args[1])} is opened to be written`);
    }
    return linuxKernel().call(name, ...args);
  }

  launch(): LaunchedProcess {
    throw new Error("A process is launched");
  }
}

test("warm() looks at the host and changes nothing", () => {
  const kernel = new LookingKernel();

  warm({ kernel });

  expect(kernel.count).toBeGreaterThan(0);
});
