/**
 * Root starts the executable in a directory that somebody else has filled. Bun reads settings of the directory that it is
 * started in, and of its environment; none of them may get anything to run.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { until } from "tools/until";
import { type Built, build } from "./built.ts";

const repository = join(import.meta.dir, "..", "..");
const names = ["ctr", "ctrd", "ctr-shim", "bunc"] as const;
const container = `hostile-${process.pid}`;

let built: Built;
let work: string;
/** A bundle whose owner put more in it than config.json and rootfs. */
let hostile: string;
/** What ran that must not run is named here. */
let ran: string;

interface Output {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** What steers Bun without hurting it; the programs that we start must not see it. */
const steering = {
  BUN_BE_BUN: "0",
  BUN_OPTIONS: "--smol",
  BUN_CONFIG_VERBOSE_FETCH: "",
  NODE_OPTIONS: "--no-warnings",
  NODE_PATH: "/nowhere",
  LD_PRELOAD: "",
  LD_LIBRARY_PATH: "",
  DYLD_INSERT_LIBRARIES: "",
};

async function run(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Output> {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? hostile,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 30_000,
    killSignal: "SIGKILL",
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: work,
      NO_COLOR: "1",
      CTR_ADDRESS: join(work, "run/ctr.sock"),
      ...options.env,
    },
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, err, code };
}

const whatRan = (): string => (existsSync(ran) ? readFileSync(ran, "utf8") : "");

/** Fills a directory with everything that Bun may look for where it is started. */
async function fill(directory: string): Promise<void> {
  const evil = (label: string): string =>
    `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(ran)}, ${JSON.stringify(`${label}\n`)});\n`;
  const script = (label: string): string => `#!/bin/sh\necho ${label} >> ${ran}\n`;
  const bad = join(directory, "bad");
  const bunfig = (label: string): string =>
    `preload = ["${bad}/${label}.ts"]\nlogLevel = "debug"\n[run]\nbun = true\n[test]\npreload = ["${bad}/${label}.ts"]\n`;
  const environment = [
    `BUN_OPTIONS="--preload ${bad}/dotenv.ts"`,
    "BUN_BE_BUN=1",
    `BUN_INSPECT_PRELOAD=${bad}/dotenv.ts`,
    `NODE_OPTIONS="--require ${bad}/dotenv.ts"`,
    `PATH=${bad}/bin`,
    `CTR_SHIM=${bad}/bin/ctr-shim`,
    `CTR_ADDRESS=${bad}/ctr.sock`,
    "HOSTILE=1",
    "",
  ].join("\n");
  const files: Record<string, string> = {
    "bunfig.toml": bunfig("bunfig"),
    ".bunfig.toml": bunfig("bunfig"),
    "bad/bunfig.ts": evil("bunfig.toml"),
    "bad/dotenv.ts": evil(".env"),
    "bad/tsconfig.ts": evil("tsconfig.json"),
    "bad/package.ts": evil("package.json"),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { baseUrl: ".", paths: { "*": ["./bad/tsconfig.ts"] } },
    }),
    "jsconfig.json": JSON.stringify({
      compilerOptions: { baseUrl: ".", paths: { "*": ["./bad/tsconfig.ts"] } },
    }),
    "package.json": JSON.stringify({
      name: "hostile",
      type: "module",
      main: "./bad/package.ts",
      exports: "./bad/package.ts",
      imports: { "#*": "./bad/package.ts" },
      workspaces: ["*"],
      scripts: Object.fromEntries(
        [
          ...names,
          "run",
          "list",
          "explain",
          "--version",
          "--help",
          "preinstall",
          "postinstall",
        ].map((name) => [name, `sh ${bad}/bin/script`]),
      ),
    }),
    "index.ts": evil("index.ts"),
    "main.ts": evil("main.ts"),
  };
  for (const name of [".env", ".env.local", ".env.production", ".env.development", ".env.test"]) {
    files[name] = environment;
  }
  for (const name of ["dbus-native", "hono", "citty", "zod", "@ctr/runtime", "@ctr/daemon"]) {
    files[`node_modules/${name}/index.js`] = evil(`node_modules/${name}`);
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: "index.js" });
  }
  const programs = [...names, "bun", "node", "sh", "ps", "runc", "crun", "newuidmap", "script"];
  for (const name of programs) files[`bad/bin/${name}`] = script(`${name} of the directory`);
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    if (name.startsWith("bad/bin/")) await chmod(path, 0o755);
  }
}

beforeAll(async () => {
  [built, work] = await Promise.all([build(), mkdtemp(join(tmpdir(), "ctr-test-hostile-"))]);
  hostile = join(work, "bundle");
  ran = join(work, "ran");
  const made = await run([join(repository, "examples/shell/make-bundle"), hostile], { cwd: work });
  if (made.code !== 0) throw new Error(`Cannot make a bundle: ${made.err}`);
  const written = await run([join(built.folder, "bunc"), "spec", "--bundle", hostile], {
    cwd: work,
  });
  if (written.code !== 0) throw new Error(`Cannot write config.json: ${written.err}`);
  const path = join(hostile, "config.json");
  const config = JSON.parse(await Bun.file(path).text());
  config.process.terminal = false;
  config.process.args = [
    "sh",
    "-c",
    "echo from the container; while [ ! -e /tmp/stop ]; do sleep 0.05; done",
  ];
  config.root.readonly = false;
  await writeFile(path, JSON.stringify(config));
  await fill(hostile);
}, 120_000);

afterAll(async () => {
  await run([join(built.folder, "ctr"), "delete", "--force", container], { cwd: "/" });
  for (const { pid } of ours()) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // The container's shim has just ended by itself.
    }
  }
  await until("the daemon ends", () => ours().length === 0);
  await rm(work, { recursive: true, force: true });
  await built[Symbol.asyncDispose]();
}, 60_000);

/** Processes that run the executable of this test: the daemon and shims that were started by it. */
function ours(): { pid: number; name: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/exe`) !== join(built.folder, "ctr")) return [];
        const [command = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return [{ pid: Number(pid), name: command.slice(command.lastIndexOf("/") + 1) }];
      } catch {
        // It has ended, or is the kernel's.
        return [];
      }
    });
}

/** Whether a process is in a directory, or in one below it that may be gone. */
function isIn(directory: string, pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${directory}/`);
  } catch {
    return false;
  }
}

function environmentOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

test("an ordinary Bun does what the directory says", async () => {
  const cwd = join(work, "control");
  await fill(cwd);
  await writeFile(join(cwd, "plain.ts"), 'import "hono"; console.log(process.env["HOSTILE"]);');
  const plain = [process.execPath, "plain.ts"];
  try {
    await run(plain, { cwd });
    // What tsconfig.json makes of imports hides the others.
    for (const name of ["tsconfig.json", "jsconfig.json"]) rmSync(join(cwd, name));
    const withPreload = await run(plain, { cwd });
    await run([process.execPath, "run", "ctr"], { cwd });

    expect(withPreload.out).toBe("1\n");
    expect(new Set(whatRan().trim().split("\n"))).toEqual(
      new Set(["tsconfig.json", "bunfig.toml", "node_modules/hono", "script of the directory"]),
    );
  } finally {
    rmSync(ran, { force: true });
  }
});

describe.each(names)("%s", (name) => {
  test.each(["--version", "--help"])("%s says the same as in an empty directory", async (flag) => {
    const command = [join(built.folder, name), flag];

    const there = await run(command);
    const elsewhere = await run(command, { cwd: "/" });

    expect(there).toEqual(elsewhere);
    expect(there.code).toBe(0);
    expect(there.out).not.toBe("");
    expect(whatRan()).toBe("");
  });

  test("is itself when it is found on PATH, by a name in the working directory or a link", async () => {
    const command = join(built.folder, name);
    const { out } = await run([command, "--version"], { cwd: "/" });

    const found = await run(["sh", "-c", `PATH="${built.folder}:$PATH"; ${name} --version`]);
    const beside = await run([`./${name}`, "--version"], { cwd: built.folder });

    expect([found.out, beside.out]).toEqual([out, out]);
    expect(whatRan()).toBe("");
  });

  test("refuses what BUN_OPTIONS wants it to load", async () => {
    for (const option of [
      `--preload ${hostile}/bad/dotenv.ts`,
      `--require=${hostile}/bad/dotenv.ts`,
      `--import ${hostile}/bad/dotenv.ts`,
    ]) {
      const { code } = await run([join(built.folder, name), "--version"], {
        env: { BUN_OPTIONS: option },
      });

      expect({ option, ran: whatRan() }).toEqual({ option, ran: "" });
      expect(code).not.toBe(0);
    }
  });

  test("does not take the inspector's way in", async () => {
    for (const variable of ["BUN_INSPECT_PRELOAD", "NODE_OPTIONS", "BUN_INSPECT"]) {
      const values = {
        BUN_INSPECT_PRELOAD: `${hostile}/bad/dotenv.ts`,
        NODE_OPTIONS: `--require ${hostile}/bad/dotenv.ts`,
        BUN_INSPECT: `ws+unix://${work}/inspector.sock`,
      };
      await run([join(built.folder, name), "--version"], {
        env: { [variable]: values[variable as keyof typeof values] },
      });

      expect({ variable, ran: whatRan() }).toEqual({ variable, ran: "" });
      expect(existsSync(join(work, "inspector.sock"))).toBe(false);
    }
  });
});

test("bunc runs the directory's container, and nothing else of it", async () => {
  const bunc = join(built.folder, "bunc");
  const root = join(work, "bunc");
  await mkdir(join(hostile, "rootfs/tmp"), { recursive: true });
  await writeFile(join(hostile, "rootfs/tmp/stop"), "");
  try {
    const explained = await run([bunc, "--root", root, "explain", "."]);
    expect(explained).toMatchObject({ code: 0, err: "" });
    expect(explained.out).toContain("execve(");

    const ranIt = await run([bunc, "--root", root, "run", `${container}-bunc`], { env: steering });
    expect(ranIt).toMatchObject({ out: "from the container\n", code: 0 });
    for (const command of [["list"], ["ps", "none"], ["state", "none"], ["features"]]) {
      await run([bunc, "--root", root, ...command], { env: steering });
    }
  } finally {
    rmSync(join(hostile, "rootfs/tmp/stop"));
    await run([bunc, "--root", root, "delete", "--force", `${container}-bunc`], { cwd: "/" });
  }

  expect(whatRan()).toBe("");
});

test("ctr starts ctrd, and ctrd ctr-shim, with an environment that steers neither", async () => {
  const ctr = join(built.folder, "ctr");
  const hostileEnvironment = { ...steering, HOSTILE: "1" };

  const started = await run([ctr, "start", container, "."], { env: hostileEnvironment });
  expect(started).toMatchObject({ code: 0 });

  const processes = ours();
  // One shim holds the container; another may have been started ahead.
  expect(new Set(processes.map(({ name }) => name))).toEqual(new Set(["ctr-shim", "ctrd"]));
  for (const { pid, name } of processes) {
    const environment = environmentOf(pid);
    expect({ name, PATH: environment["PATH"] }).toEqual({ name, PATH: process.env["PATH"] });
    const steered = Object.keys(environment).filter(
      (key) => key in hostileEnvironment || /^(BUN|NODE|LD|DYLD)_/.test(key),
    );
    expect({ name, steered }).toEqual({ name, steered: [] });
    expect({ name, cwd: readlinkSync(`/proc/${pid}/cwd`) }).not.toEqual({ name, cwd: hostile });
  }
  expect((await run([ctr, "exec", container, "echo", "executed"], { env: steering })).out).toBe(
    "executed\n",
  );
  for (const command of [["list"], ["explain", "."], ["state", container], ["doctor"]]) {
    await run([ctr, ...command], { env: steering });
  }

  expect(whatRan()).toBe("");
}, 60_000);

test("ctrd started in the directory, with what steers Bun, starts shims without", async () => {
  const address = join(work, "other/ctr.sock");
  const own = { ...steering, CTR_ADDRESS: address, CTR_NO_DAEMON_START: "1" };
  const daemon = Bun.spawn(
    [
      join(built.folder, "ctrd"),
      "--state-dir",
      join(work, "other"),
      "--root",
      join(work, "other-root"),
    ],
    {
      cwd: hostile,
      env: { PATH: process.env["PATH"] ?? "", HOME: work, ...steering },
      stdio: ["ignore", "ignore", "ignore"],
    },
  );
  const ctr = join(built.folder, "ctr");
  const id = `${container}-2`;
  try {
    await until("ctrd answers", async () => (await run([ctr, "list"], { env: own })).code === 0);
    expect(await run([ctr, "start", id, "."], { env: own })).toMatchObject({ code: 0 });

    const shim = ours().find(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`\0${id}\0`),
    );
    const environment = shim === undefined ? {} : environmentOf(shim.pid);
    expect(shim?.name).toBe("ctr-shim");
    expect(Object.keys(environment).filter((key) => /^(BUN|NODE|LD|DYLD)_/.test(key))).toEqual([]);
    expect((await run([ctr, "exec", id, "echo", "executed"], { env: own })).out).toBe("executed\n");
  } finally {
    await run([ctr, "delete", "--force", id], { env: own });
    daemon.kill();
    await daemon.exited;
    // The container's shim, and one that was started ahead, end a moment later.
    await until("its shims end", () => ours().every(({ pid }) => !isIn(join(work, "other"), pid)));
  }

  expect(whatRan()).toBe("");
}, 60_000);
