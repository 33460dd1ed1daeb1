import { expect, test } from "bun:test";
import { join } from "node:path";

async function bunc(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const process = Bun.spawn([Bun.argv[0] ?? "bun", join(import.meta.dir, "../main.ts"), ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, status] = await Promise.all([
    process.stdout.text(),
    process.stderr.text(),
    process.exited,
  ]);
  return { status, out, err };
}

test("--version tells what engines read of runc: version, commit, spec, a line each", async () => {
  const { status, out } = await bunc("--version");

  expect(status).toBe(0);
  expect(out).toMatch(/^bunc version \d+\.\d+\.\d+\ncommit: \S+\nspec: \d+\.\d+\.\d+\nbun: /);
});

test.each(["-h", "--help", "help", ""])("%p prints the help", async (args) => {
  const { status, out } = await bunc(...words(args));

  expect(status).toBe(0);
  expect(out).toStartWith("NAME:\n   bunc - Open Container Initiative runtime\n");
});

test.each(["run -h", "run --help", "help run"])("%p prints a command's help", async (args) => {
  const { status, out } = await bunc(...words(args));

  expect(status).toBe(0);
  expect(out).toStartWith("NAME:\n   bunc run - ");
});

test.each([
  ["foo", 'Cannot find the command "foo"'],
  ["foo -h", "No help topic for 'foo'"],
  ["help foo", "No help topic for 'foo'"],
])("%p ends with 3, as with runc", async (args, message) => {
  const { status, out, err } = await bunc(...words(args));

  expect([status, out]).toEqual([3, ""]);
  expect(err).toContain(message);
});

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
