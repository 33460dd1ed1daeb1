/** Finding the program to execute, as execvp(3) does. @see config.md, "Process", `args` */

import { constant } from "../../machine/constants.ts";
import type { ErrnoName } from "../../machine/errno.ts";
import type { Step } from "../../program/step.ts";
import { AT_FDCWD, call, purpose, slot, text } from "../steps.ts";

/** What says that a candidate is not the one; anything else is a failure. */
const notHere: readonly ErrnoName[] = [
  "ENOENT",
  "EACCES",
  "ENOTDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "EIO",
  "EPERM",
];

/** Looks for the program in PATH, before anybody says that the container is ready; slot `executable` gets its path. */
export function findExecutableSteps(
  args: readonly string[],
  env: readonly string[],
  origin: string,
): Step[] {
  const [name = ""] = args;
  const pointer = `${origin}/args`;
  if (name.includes("/")) return checkPath(name, pointer);
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const directories = path === "" ? [] : path.split(":");
  return [
    ...directories.flatMap((directory, index) => {
      const candidate = `${directory === "" ? "." : directory}/${name}`;
      return tryCandidate(candidate, index, pointer);
    }),
    {
      fail: "ENOENT",
      ...purpose(
        pointer,
        `execute "${name}": executable file not found in $PATH`,
        `PATH of /process/env is "${path}"`,
      ),
    },
    { label: "executable:found" },
  ];
}

function tryCandidate(candidate: string, index: number, pointer: string): Step[] {
  const why = purpose(pointer, `look for "${candidate}"`);
  const next = `executable:${index}`;
  return [
    canExecute(candidate, pointer, Object.fromEntries(notHere.map((errno) => [errno, next]))),
    // A directory can be "executed", too.
    call(why, "faccessat2", [AT_FDCWD, text(`${candidate}/.`), 0, 0], {
      save: "is-directory",
      accept: ["ENOTDIR", "ENOENT", "EACCES", "ELOOP"],
    }),
    { jump: next, when: { slot: "is-directory", is: 0 } },
    { set: "executable", to: text(candidate) },
    { jump: "executable:found" },
    { label: next },
  ];
}

function checkPath(path: string, pointer: string): Step[] {
  return [
    canExecute(path, pointer, {}),
    call(purpose(pointer, `execute "${path}"`), "faccessat2", [AT_FDCWD, text(`${path}/.`), 0, 0], {
      save: "is-directory",
      accept: ["ENOTDIR", "ENOENT", "EACCES", "ELOOP"],
    }),
    { jump: "executable:file", when: { slot: "is-directory", isNot: 0 } },
    // As execve(2) says it of what is not a regular file; engines make exit status 126 of these words.
    { fail: "EACCES", ...purpose(pointer, `execute "${path}", which is a directory`) },
    { label: "executable:file" },
    { set: "executable", to: text(path) },
  ];
}

function canExecute(
  path: string,
  pointer: string,
  on: Readonly<Partial<Record<ErrnoName, string>>>,
): Step {
  const hint =
    "Does the file exist in the container, is it executable, and has the user the right?";
  return call(
    purpose(pointer, `execute "${path}"`, hint),
    "faccessat2",
    [AT_FDCWD, text(path), constant("X_OK"), constant("AT_EACCESS")],
    { on },
  );
}

/** Becomes the program. */
export function executeStep(args: readonly string[], env: readonly string[], origin: string): Step {
  return call(
    purpose(
      `${origin}/args`,
      `execute "${args[0] ?? ""}"`,
      "Is it made for this machine's architecture, and is its interpreter in the container?",
    ),
    "execve",
    [slot("executable"), { texts: args }, { texts: env }],
  );
}
