/** The examples of the README do what they say, beside a root filesystem. */

import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const packageRoot = join(import.meta.dir, "..");
const readme = readFileSync(join(packageRoot, "README.md"), "utf8");

function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text = ""]) =>
    name === language ? [text] : [],
  );
}

/** What an example says that it prints: the comments behind calls of console.log. */
function expectedOutput(code: string): string {
  return [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");
}

const programs = blocks("ts").map((code) => [code.split("\n")[2] ?? "", code] as const);

test.each(programs)("the program %p prints what it says", async (_, code) => {
  // Imports are found from where it starts, paths from where the root filesystem is.
  const program = `process.chdir(${JSON.stringify(bundle.bundle)});\n${code.replaceAll('"worker"', JSON.stringify(bundle.id()))}`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    cwd: packageRoot,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);

  expect({ stdout, stderr, status: await child.exited }).toEqual({
    stdout: expectedOutput(code),
    stderr: "",
    status: 0,
  });
});

test("the commands of bunc work, in their order", async () => {
  const [console = ""] = blocks("console");
  const commands = [...console.matchAll(/^\$ bunc (.*)$/gm)].map(([, args = ""]) =>
    args.split(" "),
  );
  expect(commands.map(([name]) => name)).toEqual(["spec", "explain", "run"]);

  for (const args of commands) {
    const child = Bun.spawn([...buncCommand, "--root", bundle.root, ...args], {
      cwd: bundle.bundle,
      stdin: new TextEncoder().encode("exit\n"),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stderr] = await Promise.all([child.stderr.text(), child.stdout.text()]);
    expect({ args, stderr, status: await child.exited }).toEqual({ args, stderr: "", status: 0 });
  }
});

test("there are examples, and they fit on a screen", () => {
  expect(programs).toHaveLength(2);
  expect(readme.split("\n").length).toBeLessThan(65);
});
