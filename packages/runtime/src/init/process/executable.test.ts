import { describe, expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { executeStep, findExecutableSteps } from "./executable.ts";

const at = "/process/args";
const notHere = ["ENOENT", "EACCES", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EIO", "EPERM"];

/** What is done for one directory of PATH. */
function candidate(path: string, index: number): string[] {
  const next = `executable:${index}`;
  const elsewhere = notHere.map((errno) => `  ${errno} -> ${next}`).join("");
  return [
    `${at}: faccessat2(AT_FDCWD, "${path}", X_OK, AT_EACCESS)${elsewhere}`,
    `${at}: $is-directory = faccessat2(AT_FDCWD, "${path}/.", 0, 0)  ok ENOTDIR ENOENT EACCES ELOOP`,
    `jump ${next} if $is-directory == 0`,
    `$executable = "${path}"`,
    "jump executable:found",
    `${next}:`,
  ];
}

const notFound = [`${at}: fail ENOENT`, "executable:found:"];

describe("findExecutableSteps()", () => {
  test("tries each directory of PATH, and no directory of that name", () => {
    const steps = findExecutableSteps(["sh", "-c"], ["PATH=/bin:/usr/bin"], "/process");

    expect(planLines(steps)).toEqual([
      ...candidate("/bin/sh", 0),
      ...candidate("/usr/bin/sh", 1),
      ...notFound,
    ]);
  });

  test("takes the last PATH, and an empty directory for the working directory", () => {
    const env = ["PATH=/old", "HOME=/", "PATH=:/bin", "XPATH=/no"];

    expect(planLines(findExecutableSteps(["sh"], env, "/process"))).toEqual([
      ...candidate("./sh", 0),
      ...candidate("/bin/sh", 1),
      ...notFound,
    ]);
  });

  test.each([[[]], [["PATH="]]])("finds nothing with %p, and says so", (env) => {
    const steps = findExecutableSteps(["sh"], env, "");

    expect(steps).toEqual([
      {
        fail: "ENOENT",
        origin: "/args",
        does: 'execute "sh": executable file not found in $PATH',
        hint: 'PATH of /process/env is ""',
      },
      { label: "executable:found" },
    ]);
  });

  test.each(["/bin/sh", "./sh", "bin/sh"])("looks at %s where it is", (path) => {
    expect(planLines(findExecutableSteps([path], ["PATH=/usr/bin"], "/process"))).toEqual([
      `${at}: faccessat2(AT_FDCWD, "${path}", X_OK, AT_EACCESS)`,
      `${at}: $is-directory = faccessat2(AT_FDCWD, "${path}/.", 0, 0)  ok ENOTDIR ENOENT EACCES ELOOP`,
      "jump executable:file if $is-directory != 0",
      `${at}: fail EACCES`,
      "executable:file:",
      `$executable = "${path}"`,
    ]);
  });
});

test("executeStep() hands over arguments and environment as they are", () => {
  expect(executeStep(["sh", "", "-c"], ["A=1", "B"], "/process")).toEqual({
    call: "execve",
    args: [{ slot: "executable" }, { texts: ["sh", "", "-c"] }, { texts: ["A=1", "B"] }],
    origin: "/process/args",
    does: 'execute "sh"',
    hint: "Is it made for this machine's architecture, and is its interpreter in the container?",
  });
});
