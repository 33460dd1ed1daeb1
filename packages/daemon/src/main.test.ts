import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "tools/until";
import { createClient } from "./client.ts";

const program = join(import.meta.dir, "bin.ts");

async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const child = Bun.spawn([process.execPath, program, ...args], { stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, err, code };
}

test("--help and --version print and exit with 0", async () => {
  const help = await run("--help");
  const version = await run("-v");

  expect(help.code).toBe(0);
  for (const flag of [
    "state-dir",
    "root",
    "address",
    "runtime",
    "spare-shims",
    "debug",
    "log-format",
  ]) {
    expect(help.out).toContain(`--${flag}`);
  }
  expect(version).toEqual({
    out: expect.stringMatching(/^ctrd .*\d+\.\d+\.\d+\n$/),
    err: "",
    code: 0,
  });
});

test("what is wrong with the arguments is said, with exit code 2", async () => {
  for (const args of [
    ["--stat-dir", "x"],
    ["containers"],
    ["--root"],
    ["--root", ""],
    ["--log-format", "xml"],
    ["--retain-count", "many"],
    ["--spare-shims", "-1"],
    ["--spare-shims", "1000"],
    ["--address", "tcp://0.0.0.0:80"],
  ]) {
    const { out, err, code } = await run(...args);

    expect([args, code, out]).toEqual([args, 2, ""]);
    expect(err).toStartWith("ctrd: Cannot ");
  }
});

test("it serves until SIGINT, logs JSON when asked to, and removes its socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ctr-test-main-"));
  const socketPath = join(folder, "elsewhere/my.sock");
  const child = Bun.spawn(
    [
      process.execPath,
      program,
      ...["--state-dir", join(folder, "run"), "--root", join(folder, "lib")],
      ...["--address", `unix://${socketPath}`, "--log-format", "json", "--debug"],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const client = createClient({ socketPath });
  try {
    await until("it answers", () => client.health().catch(() => undefined));
    // A terminal that goes away does not end it.
    child.kill("SIGHUP");
    expect(await client.health()).toMatchObject({ pid: child.pid, root: join(folder, "lib") });
    child.kill("SIGINT");

    expect(await child.exited).toBe(0);
    expect(await Bun.file(socketPath).exists()).toBe(false);
    const lines = (await child.stderr.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(0)).toMatchObject({ level: "info", msg: `ctrd serves ${socketPath}` });
    expect(
      lines.some(({ level, msg }) => level === "debug" && msg.startsWith("GET /v1/health 200")),
    ).toBe(true);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  }
});
