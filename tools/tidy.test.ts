/**
 * Checks what linters cannot see: properties of the repository as a whole.
 *
 * @module
 */

import { expect, test } from "bun:test";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** Paths of the files that git tracks or would track, relative to the root. */
function files(pattern: RegExp): string[] {
  const listed = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
  });
  return listed.stdout
    .toString()
    .trimEnd()
    .split("\n")
    .filter((path) => pattern.test(path));
}

async function linesOf(path: string): Promise<string[]> {
  const file = Bun.file(join(root, path));
  return (await file.exists()) ? (await file.text()).split("\n") : [];
}

/** Finds lines that match, as `path:line: text`. */
async function search(paths: readonly string[], pattern: RegExp): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) =>
      (await linesOf(path)).flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
    ),
  );
  return found.flat();
}

const self = "tools/tidy.test.ts";

test("no source says that it is unfinished", async () => {
  const sources = files(/\.(ts|sh|md)$|^scripts\/|^examples\//).filter((path) => path !== self);

  expect(await search(sources, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
});

test("no type is forced by way of any or unknown", async () => {
  const sources = files(/^(packages|executable|tools)\/.*\.ts$/).filter((path) => path !== self);

  expect(
    await search(sources, /\bas any\b|as unknown as|@ts-ignore|@ts-expect-error|@ts-nocheck/),
  ).toEqual([]);
});

test("bun:ffi is imported in the kernel folder only", async () => {
  const sources = files(/^packages\/.*\/src\/.*\.ts$/).filter(
    (path) => !path.startsWith("packages/runtime/src/kernel/") && !path.endsWith(".test.ts"),
  );

  expect(await search(sources, /from "bun:ffi"|import\("bun:ffi"\)/)).toEqual([]);
});

test("no test waits for time to pass", async () => {
  const tests = files(/\.test\.ts$/).filter((path) => path !== self);
  const waits = await search(
    tests,
    /Bun\.sleepSync\(|await (Bun\.sleep|sleep|setTimeout)\((?!\s*(1|2|5|10|20|25|50)\s*\))/,
  );

  // A pause of some milliseconds inside a loop that waits for a condition is fine; a longer one hopes.
  expect(waits).toEqual([]);
});

test("every document has exactly one title", async () => {
  const documents = files(/\.md$/).filter(
    (path) => path !== "apps/docs/index.md" && !path.includes("/fixtures/"),
  );
  const wrong: string[] = [];
  for (const path of documents) {
    let inCode = false;
    const titles = (await linesOf(path)).filter((line) => {
      if (line.startsWith("```")) inCode = !inCode;
      return !inCode && line.startsWith("# ");
    });
    if (titles.length !== 1) wrong.push(`${path}: ${titles.length} titles`);
  }

  expect(wrong).toEqual([]);
});

test("links between documents lead somewhere", async () => {
  const wrong: string[] = [];
  for (const path of files(/\.md$/).filter(
    (name) => !name.startsWith("apps/docs/") && !name.includes("/fixtures/"),
  )) {
    const text = (await linesOf(path)).join("\n");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const resolved = join(root, path, "..", target);
      if (!(await Bun.file(resolved).exists()) && files(new RegExp(`^${target}`)).length === 0) {
        wrong.push(`${path}: ${target}`);
      }
    }
  }

  expect(wrong).toEqual([]);
});

test("the scripts that the README names can be run", async () => {
  const modes = Bun.spawnSync(["git", "ls-files", "-s", "scripts", ".ci/run", "examples"], {
    cwd: root,
  }).stdout.toString();
  const plain = modes
    .split("\n")
    .filter(
      (line) =>
        line.startsWith("100644") &&
        /\t(scripts\/[^.]+|\.ci\/run|examples\/.*\/make-bundle)$/.test(line),
    );

  expect(plain).toEqual([]);
});
