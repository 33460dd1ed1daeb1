/**
 * Runs every check and test of the project in stages and says at the end how many passed, failed and were skipped.
 *
 *   bun tools/test-all.ts [STAGE...]     all stages, or the named ones; --list names them
 *
 * @module
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { failureReasons } from "./failure-reasons.ts";
import { findTraces, leftovers, type Traces } from "./leftovers.ts";

interface Tally {
  passed: number;
  /** Names of the tests that passed. */
  names?: string[];
  failed: number;
  /** Names of the tests that were skipped. */
  skipped: string[];
  /** Names of the tests, checks or things that failed. */
  failures: string[];
  /** What was printed of the tests that failed. */
  reasons?: string[];
}

interface Stage {
  readonly name: string;
  readonly about: string;
  /** @param chosen the names of all stages that are run */
  readonly run: (reports: string, chosen: readonly string[]) => Promise<Tally>;
}

type Variables = Readonly<Record<string, string>>;

const root = join(import.meta.dir, "..");

const stages: readonly Stage[] = [
  {
    name: "lint",
    about: "Biome: format, lint rules, import order, import cycles",
    run: () => check("lint", ["bunx", "biome", "ci"]),
  },
  {
    name: "boundaries",
    about: "packages import only what stands below them",
    run: () => check("boundaries", ["bunx", "turbo", "boundaries"]),
  },
  {
    name: "types",
    about: "the type checker, strictest settings",
    run: () => check("types", ["bun", "check"]),
  },
  {
    name: "unit",
    about: "unit tests beside the source; need no privileges",
    run: (reports) => tests("unit", ["src/", "tools/"], reports),
  },
  {
    name: "build",
    about: "the multi-call executable",
    run: () => check("build", ["bun", "run", "build"]),
  },
  {
    name: "package",
    about: "type declarations; publint and arethetypeswrong on every package",
    run: () => check("package", ["bunx", "turbo", "run", "package", "--output-logs=errors-only"]),
  },
  {
    name: "docs",
    about: "the documentation site builds",
    run: () => check("docs", ["bun", "run", "--cwd", "apps/docs", "build"]),
  },
  {
    name: "kernel",
    about: "real containers on this machine's kernel; needs root",
    run: (reports, chosen) => tests("kernel", ["test/"], reports, builtCommand(chosen)),
  },
  {
    name: "vm",
    about: "the same on pure cgroup v2, and with AppArmor and SELinux, in virtual machines",
    run: (reports, chosen) => testsInVm(reports, builtCommand(chosen)),
  },
];

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes("--list") || argv.includes("--help")) {
    for (const { name, about } of stages) print(`${name.padEnd(12)}${about}`);
    return 0;
  }
  const unknown = argv.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    print(
      `Cannot find the stage ${unknown.map((name) => `"${name}"`).join(", ")}: --list names all`,
    );
    return 2;
  }
  const chosen = argv.length === 0 ? stages : stages.filter((stage) => argv.includes(stage.name));
  const names = chosen.map(({ name }) => name);
  const reports = mkdtempSync(join(tmpdir(), "ctr-reports-"));
  const before = findTraces();
  const total: Tally = { passed: 0, failed: 0, skipped: [], failures: [] };
  try {
    for (const stage of chosen) {
      print(`\n==> ${stage.name}: ${stage.about}`);
      const started = performance.now();
      const tally = await stage.run(reports, names);
      add(total, tally);
      print(
        `${stage.name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped in ${((performance.now() - started) / 1000).toFixed(1)} s`,
      );
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  add(total, await checkLeftovers(before));
  return summarize(total);
}

/** Whatever the run left behind is a failure; what is just ending gets a moment to do so. */
async function checkLeftovers(before: Traces): Promise<Tally> {
  print("\n==> leftovers: nothing of the run survives it");
  const deadline = performance.now() + 30_000;
  let left = leftovers(before, findTraces());
  while (left.length > 0 && performance.now() < deadline) {
    await Bun.sleep(50);
    left = leftovers(before, findTraces());
  }
  for (const thing of left) print(`left behind: ${thing}`);
  return left.length === 0
    ? { passed: 1, failed: 0, skipped: [], failures: [] }
    : {
        passed: 0,
        failed: 1,
        skipped: [],
        failures: [`leftovers: ${left.length} things were left behind`],
      };
}

function summarize(total: Tally): number {
  const skipsFail = Boolean(process.env["CI"]);
  // One that needs another version of cgroups than this machine's has run in the virtual machine, or the other way round.
  const skippedNames = total.skipped.filter((name) => !total.names?.includes(name));
  for (const name of skippedNames) print(`skipped: ${name}`);
  for (const reason of total.reasons ?? []) print(`\n${reason}`);
  for (const name of total.failures) print(`failed: ${name}`);
  // A skip in CI hides a failure, but for what the machine truly cannot do; those say "cannot" with what is missing.
  const hidden = skipsFail ? skippedNames.filter((name) => !/\bcannot\b/i.test(name)) : [];
  for (const name of hidden)
    print(`failed: ${name} was skipped and does not say what the machine cannot do`);
  const failed = total.failed + hidden.length;
  const skipped = skippedNames.length - hidden.length;
  print(`\n${total.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0 && total.passed > 0 ? 0 : 1;
}

function add(total: Tally, tally: Tally): void {
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped.push(...tally.skipped);
  total.names = [...(total.names ?? []), ...(tally.names ?? [])];
  total.failures.push(...tally.failures);
  total.reasons = [...(total.reasons ?? []), ...(tally.reasons ?? [])];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a command that either succeeds or fails as a whole; shows its output only when it fails. */
async function check(name: string, command: readonly string[]): Promise<Tally> {
  const child = Bun.spawn([...command], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (code === 0) return { passed: 1, failed: 0, skipped: [], failures: [] };
  print(`${out}${err}`);
  return {
    passed: 0,
    failed: 1,
    skipped: [],
    failures: [`${name}: ${command.join(" ")} exited with ${code}`],
  };
}

/** What tests know the executable by, when it has just been built. */
function builtCommand(chosen: readonly string[]): Variables {
  return chosen.includes("build") ? { CTR_TEST_BUNC: join(root, "dist/bunc") } : {};
}

/** Runs `bun test` on paths that contain one of the filters and reads what it reported. */
async function tests(
  name: string,
  filters: readonly string[],
  reports: string,
  variables: Variables = {},
): Promise<Tally> {
  const report = join(reports, `${name}.xml`);
  const command = [
    "bun",
    "test",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    "--timeout=240000",
    ...filters,
  ];
  const { code, reasons } = await runShown(command, variables);
  return { ...readReport(name, report, code), reasons };
}

/** Runs a command that runs tests, and shows what it prints. */
async function runShown(
  command: readonly string[],
  variables: Variables,
): Promise<{ readonly code: number; readonly reasons: string[] }> {
  const child = Bun.spawn([...command], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...variables },
  });
  let text = "";
  const show = async (
    stream: ReadableStream<Uint8Array>,
    to: NodeJS.WriteStream,
  ): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      to.write(bytes);
      text += decoder.decode(bytes, { stream: true });
    }
  };
  await Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr)]);
  return { code: await child.exited, reasons: failureReasons(text) };
}

/** What a script exits with that cannot do its work on this machine, as with automake. */
const cannotRun = 77;

/** A machine whose processors are emulated is one thread: two share the work. */
const vmCount = Math.min(2, availableParallelism());

/** What needs a kernel that runs SELinux, which does not run AppArmor at the same time. */
const selinuxTests = "packages/runtime/test/labels-selinux.kernel.test.ts";

async function testsInVm(reports: string, variables: Variables): Promise<Tally> {
  const shards = Array.from({ length: vmCount }, (_, index) => `${index + 1}/${vmCount}`);
  const tally: Tally = { passed: 0, failed: 0, skipped: [], failures: [] };
  const parts = await Promise.all([
    ...shards.map((shard) =>
      testInVm(join(reports, `vm-${shard.replace("/", "-of-")}.xml`), [], {
        ...variables,
        CTR_VM_SHARD: shard,
      }),
    ),
    testInVm(join(reports, "vm-selinux.xml"), [selinuxTests], {
      ...variables,
      CTR_VM_SECURITY: "selinux",
      CTR_VM_MEMORY: "1G",
    }),
  ]);
  for (const part of parts) add(tally, part);
  // Where there can be no machine, each says so.
  return { ...tally, skipped: [...new Set(tally.skipped)] };
}

async function testInVm(
  report: string,
  files: readonly string[],
  variables: Variables,
): Promise<Tally> {
  const { code, reasons } = await runShown([join(root, "scripts/test-in-vm"), report, ...files], {
    CTR_VM_CPUS: "2",
    ...variables,
  });
  // Its report names the one test that was skipped, and what this machine cannot do.
  return { ...readReport("vm", report, code === cannotRun ? 0 : code), reasons };
}

/** Reads the counts and the names of a JUnit report; a run that ended without one has failed. */
function readReport(stage: string, path: string, exitCode: number): Tally {
  if (!existsSync(path)) {
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      failures: [`${stage}: the tests ended with ${exitCode} and without a report`],
    };
  }
  const names: string[] = [];
  const tally: Tally = { passed: 0, names, failed: 0, skipped: [], failures: [] };
  const xml = readFileSync(path, "utf8");
  for (const [, attributes = "", selfClosed, body = ""] of xml.matchAll(
    /<testcase\b([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const attribute = (key: string): string =>
      unescapeXml(attributes.match(new RegExp(`\\b${key}="([^"]*)"`))?.[1] ?? "");
    const name = `${attribute("file")}: ${attribute("name")}`;
    if (selfClosed !== "/>" && /<skipped\b/.test(body)) tally.skipped.push(name);
    else if (selfClosed !== "/>" && /<(failure|error)\b/.test(body)) {
      tally.failed++;
      tally.failures.push(name);
    } else {
      tally.passed++;
      names.push(name);
    }
  }
  if (exitCode !== 0 && tally.failed === 0) {
    tally.failed++;
    tally.failures.push(`${stage}: bun test exited with ${exitCode} although no test failed`);
  }
  return tally;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

process.exit(await main(process.argv.slice(2)));
