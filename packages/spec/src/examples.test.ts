import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../", import.meta.url);

interface Example {
  /** File and line. */
  readonly place: string;
  readonly code: string;
}

/** Returns the blocks of TypeScript in the documentation of a file. */
function examplesIn(file: string): readonly Example[] {
  const text = readFileSync(new URL(file, root), "utf8");
  const blocks = text.matchAll(/^( *\* )?```ts\n([\s\S]*?)^(?: *\* )?```/gm);
  return [...blocks].map(({ index, 1: prefix, 2: body = "" }) => ({
    place: `${file}:${text.slice(0, index).split("\n").length}`,
    code: prefix === undefined ? body : body.replaceAll(/^ *\* ?/gm, ""),
  }));
}

const files = [
  "README.md",
  ...[...new Bun.Glob("src/**/*.ts").scanSync(root.pathname)].filter(
    (file) => !file.endsWith(".test.ts"),
  ),
].sort();
const examples = files.flatMap(examplesIn);

/** Returns what an example says that it prints: the comments at and below calls of console.log. */
function expectedOutput(code: string): string {
  let isOutput = false;
  return code
    .split("\n")
    .flatMap((line) => {
      const [, before = "", comment] = /^(.*?)(?:(?<= |^)\/\/ (.*))?$/.exec(line) ?? [];
      isOutput = /console\.log\(|^\s*[\])}]*\);\s*$/.test(before) || (isOutput && before === "");
      return isOutput && comment !== undefined ? [comment] : [];
    })
    .join("\n");
}

/** Makes console.log print each call as JSON: as it would print it, and with quotes round strings. */
const prelude = `console.log = (...values) => process.stdout.write(JSON.stringify([
  values.map((value) => typeof value === "string" ? value : Bun.inspect(value)).join(" "),
  values.map((value) => Bun.inspect(value)).join(" "),
]) + "\\n");
`;

function run(code: string): readonly (readonly [plain: string, quoted: string])[] {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "-e", prelude + code], {
    cwd: root.pathname,
    env: { PATH: process.env["PATH"] ?? "" },
  });
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

test.each(examples.map(({ place, code }) => [place, code]))("%s prints what it says", (_, code) => {
  const compact = (text: string): string => text.replaceAll(/\s+|(?<!:),(?=\s*[\]}])/g, "");
  const calls = run(code);
  const expected = compact(expectedOutput(code));

  const printed = [0, 1].map((form) => compact(calls.map((call) => call[form]).join("\n")));
  if (expected !== "") {
    expect(printed).toContain(expected);
  }
});

test("examples were found, and most say what they print", () => {
  const telling = examples.filter(({ code }) => expectedOutput(code) !== "");

  expect(examples.length).toBeGreaterThan(20);
  expect(telling.length).toBeGreaterThan(examples.length * 0.8);
});

/** Compiles the examples as a program of their own would be, and returns what the compiler says. */
function compile(): string {
  const directory = mkdtempSync(join(tmpdir(), "ctr-examples-"));
  const path = (file: string): string => new URL(file, root).pathname;
  try {
    for (const [index, { place, code }] of examples.entries()) {
      writeFileSync(join(directory, `example-${index}.ts`), `// ${place}\n${code}`);
    }
    const paths = {
      "@ctr/spec": [path("src/index.ts")],
      "@ctr/spec/schema": [path("src/schema.ts")],
    };
    const compilerOptions = { paths, noEmit: true, typeRoots: [path("../../node_modules/@types")] };
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({ extends: path("../../tsconfig.json"), compilerOptions, include: ["*.ts"] }),
    );
    const command = ["bunx", "tsc", "-p", directory];
    return Bun.spawnSync(command, { cwd: root.pathname }).stdout.toString();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const timeoutMs = 900_000;

test(
  "the examples compile under the strictest settings",
  () => {
    expect(compile()).toBe("");
  },
  timeoutMs,
);
