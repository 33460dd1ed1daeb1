/**
 * Runs every example of the site: consoles against a daemon of their own page, TypeScript beside a root filesystem.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@ctr/daemon/client";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import { type Built, build } from "./built.ts";
import { ConsoleSession } from "./console-session.ts";
import { consoleSteps, type Example, findExamples } from "./examples.ts";
import { matchesOutput } from "./output-match.ts";

const site = join(import.meta.dir, "..");
const repository = join(site, "..", "..");
const pages = [...new Bun.Glob("{start,guide}/*.md").scanSync(site)].toSorted();
const examples: Example[] = [];
for (const page of pages)
  examples.push(...findExamples(page, await Bun.file(join(site, page)).text()));

/** Programs that the consoles use besides ours and the shell's. */
const needed = ["curl", "jq"];

let built: Built | undefined;
let folder: string;

beforeAll(async () => {
  for (const program of needed) {
    if (Bun.which(program) === null) throw new Error(`The examples need ${program}: install it`);
  }
  // In the repository: the examples import its packages.
  folder = await mkdtemp(join(site, "test", ".work-"));
  built = await build(repository);
}, 120_000);

afterAll(async () => {
  await built?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A folder that stands for the root directory of the machine, with the daemon of one page. */
interface Stage extends AsyncDisposable {
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

async function stage(name: string): Promise<Stage> {
  const root = join(folder, name);
  await mkdir(join(root, "containers"), { recursive: true });
  await symlink(join(repository, "examples"), join(root, "examples"));
  const socketPath = join(root, "run/ctr/ctr.sock");
  return {
    root,
    environment: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${built?.folder}:${process.env["PATH"]}`,
      CTR_ADDRESS: socketPath,
    },
    [Symbol.asyncDispose]: () => endDaemon(socketPath),
  };
}

async function endDaemon(socketPath: string): Promise<void> {
  const client = createClient({ socketPath });
  const health = await client.health().catch(() => undefined);
  if (health === undefined) return;
  for (const { id } of await client.listContainers()) {
    await client.deleteContainer(id, { force: true });
  }
  process.kill(health.pid);
  await until("the daemon ends", () => !isAlive(health.pid));
}

/** The paths of the page, in the folder that stands for the root directory. */
const places = /(?<![\w./])\/(containers|run\/ctr|var\/lib\/ctr)\b/g;

async function runConsole(example: Example, session: ConsoleSession, root: string): Promise<void> {
  for (const { command, output } of consoleSteps(example.text)) {
    const attempt = async (): Promise<string> =>
      (await session.run(command.replace(places, `${root}/$1`))).output.replaceAll(root, "");
    let printed = await attempt();
    if (example.options.includes("retry")) {
      await until(command, async () => {
        if (matchesOutput(output, printed)) return true;
        printed = await attempt();
        return false;
      }).catch(() => undefined);
    }
    if (!matchesOutput(output, printed)) {
      expect(`$ ${command}\n${printed}`).toBe(`$ ${command}\n${output}`);
    }
  }
}

describe.each(pages)("%s", (page) => {
  const ofPage = examples.filter((example) => example.page === page);
  const consoles = ofPage.filter(({ language }) => language === "console");
  const programs = ofPage.filter(({ language }) => language === "ts");

  test("its consoles show what happens", async () => {
    await using place = await stage(page.replaceAll("/", "-"));
    await using session = new ConsoleSession(place.root, place.environment);
    for (const example of consoles) await runConsole(example, session, place.root);
  }, 300_000);

  test("its programs do what they say", async () => {
    await using place = await stage(`${page.replaceAll("/", "-")}-ts`);
    await using session = new ConsoleSession(place.root, place.environment);
    if (programs.length > 0) {
      await session.run(
        "examples/shell/make-bundle . sh cat date echo env hostname id ls ps sleep true",
      );
      await session.run("bunc spec && ctr --version");
    }
    for (const { line, text, output } of programs) {
      const file = join(place.root, `line-${line}.ts`);
      await Bun.write(file, text.replace(places, `${place.root}/$1`));
      const result = await session.run(`${process.execPath} ${file}`);
      const printed = result.output.replaceAll(place.root, "");
      expect({ line, code: result.code, printed }).toMatchObject({ line, code: 0 });
      if (output !== undefined && !matchesOutput(output, printed)) expect(printed).toBe(output);
    }
  }, 300_000);
});

test("the programs of the site are well typed", async () => {
  const types = join(folder, "types");
  await mkdir(types);
  for (const { page, line, language, text } of examples) {
    if (language !== "ts") continue;
    // A module, whatever it imports.
    await Bun.write(
      join(types, `${page.replaceAll(/\W/g, "-")}-${line}.ts`),
      `${text}\nexport {};\n`,
    );
  }
  await Bun.write(
    join(types, "tsconfig.json"),
    JSON.stringify({
      extends: join(repository, "tsconfig.json"),
      compilerOptions: { noUnusedLocals: false },
      include: ["*.ts"],
    }),
  );
  const check = Bun.spawnSync(["bunx", "tsc", "-p", types], { cwd: repository });

  expect(check.stdout.toString()).toBe("");
}, 300_000);
