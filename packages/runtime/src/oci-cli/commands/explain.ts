import { plan, planExecution } from "../../container/explain.ts";
import { describeProgram, explainProgram } from "../../program/explain.ts";
import { explainDifference } from "../../program/explain-diff.ts";
import type { Program } from "../../program/step.ts";
import type { Command } from "../command.ts";
import { readProcess } from "../exec-process.ts";
import { usageError } from "../flags.ts";
import { prettyJson, print } from "../output.ts";

export const command: Command = {
  name: "explain",
  usage: "[FLAGS] [BUNDLE]",
  summary: "print what a process of a container would do, before anything is done",
  flags: [
    { name: "format", short: "f", value: "text|json", help: "form of the output (default text)" },
    { name: "exec", value: "FILE", help: "a process to execute, as JSON; not the first" },
    { name: "diff", value: "BUNDLE", help: "what changes from that bundle to this one" },
    { name: "no-pivot", help: "as with create" },
    { name: "no-new-keyring", help: "as with create" },
  ],
  arguments: { min: 0, max: 1 },
  run(context, flags, [bundle = process.cwd()]) {
    const options = {
      ...context,
      // Two bundles are compared, not what they are called.
      ...(flags.has("diff") ? { id: "container" } : {}),
      noPivot: flags.has("no-pivot"),
      noNewKeyring: flags.has("no-new-keyring"),
    };
    const file = flags.text("exec");
    const process_ = file === undefined ? undefined : readProcess(file);
    const programOf = (of: string): Program =>
      process_ === undefined
        ? plan({ ...options, bundle: of })
        : planExecution({ ...options, bundle: of, process: process_ });
    const other = flags.text("diff");
    const format = flags.text("format") ?? "text";
    if (format !== "text" && format !== "json") {
      throw usageError(`Cannot use "${format}": invalid format option`, "There are text and json");
    }
    const program = programOf(bundle);
    if (other !== undefined) print(explainDifference(programOf(other), program));
    else if (format === "json") print(`${prettyJson(describeProgram(program))}\n`);
    else print(explainProgram(program));
    return 0;
  },
};
