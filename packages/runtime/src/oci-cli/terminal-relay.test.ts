import { expect, test } from "bun:test";
import { join } from "node:path";

/** Relays what was written to a terminal whose other end is closed by now, while all threads that read are held. */
const script = `
  import { closeSync, openSync, read, writeSync } from "node:fs";
  import { openPipe } from ${JSON.stringify(join(import.meta.dir, "../container/process/pipes.ts"))};
  import { linuxKernel } from ${JSON.stringify(join(import.meta.dir, "../kernel/linux.ts"))};
  import { value } from ${JSON.stringify(join(import.meta.dir, "../machine/constants.ts"))};
  import { TerminalRelay } from ${JSON.stringify(join(import.meta.dir, "terminal-relay.ts"))};
  const kernel = linuxKernel();
  const master = openSync("/dev/ptmx", "r+");
  kernel.call("ioctl", master, value("TIOCSPTLCK"), new Uint8Array(4));
  const slave = kernel.call("ioctl", master, value("TIOCGPTPEER"), value("O_RDWR", "O_NOCTTY"));
  const held = 64;
  const pipe = openPipe(kernel);
  for (let each = 0; each < held; each++) read(pipe.read.number, new Uint8Array(1), 0, 1, null, () => undefined);
  const relay = new TerminalRelay(master);
  writeSync(slave, "last words");
  closeSync(slave);
  setTimeout(() => writeSync(pipe.write.number, new Uint8Array(held)), 1000);
  await relay[Symbol.asyncDispose]();
  process.exit(0);
`;

test("what a program wrote last is relayed, however late we get to read it", async () => {
  const relaying = Bun.spawn([Bun.argv[0] ?? "bun", "-e", script], { stdin: "ignore" });

  expect(await relaying.stdout.text()).toBe("last words");
  expect(await relaying.exited).toBe(0);
});
