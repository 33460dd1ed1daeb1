import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeLog } from "./runtime-log.ts";

const folder = mkdtempSync(join(tmpdir(), "ctr-test-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("RuntimeLog finds the last error since it was opened", () => {
  const path = join(folder, "log.json");
  appendFileSync(path, '{"level":"error","msg":"of another command"}\n');
  using log = new RuntimeLog(path);
  appendFileSync(
    path,
    '{"level":"error","msg":"first"}\n{"level":"warning","msg":"x"}\nnonsense\n',
  );
  appendFileSync(path, '{"level":"fatal","msg":"last"}\n{"level":"error","msg":5}\n');
  expect(log.lastError()).toBe("last");
});

test("RuntimeLog makes the file, and finds nothing in it", () => {
  using log = new RuntimeLog(join(folder, "new.json"));
  expect(log.lastError()).toBeUndefined();
});
