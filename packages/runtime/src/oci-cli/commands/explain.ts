import { plan } from "../../container/explain.ts";
import { describeProgram, explainProgram } from "../../program/explain.ts";
import { explainDifference } from "../../program/explain-diff.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";
import { prettyJson, print } from "../output.ts";

export const command: Command = {
  name: "explain",
  usage: "[FLAGS] [BUNDLE]",
  summary: "print what a container's first process would do, before anything is done",
  flags: [
    { name: "format", short: "f", value: "text|json", help: "form of the output (default text)" },
    { name: "diff", value: "BUNDLE", help: "what another bundle's would do otherwise" },
    { name: "no-pivot", help: "as with create" },
    { name: "no-new-keyring", help: "as with create" },
  ],
  arguments: { min: 0, max: 1 },
  run(context, flags, [bundle = process.cwd()]) {
    const options = {
      ...context,
      noPivot: flags.has("no-pivot"),
      noNewKeyring: flags.has("no-new-keyring"),
    };
    const program = plan({ ...options, bundle });
    const other = flags.text("diff");
    const format = flags.text("format") ?? "text";
    if (format !== "text" && format !== "json") {
      throw usageError(`Cannot use "${format}": invalid format option`, "There are text and json");
    }
    if (other !== undefined) print(explainDifference(program, plan({ ...options, bundle: other })));
    else if (format === "json") print(`${prettyJson(describeProgram(program))}\n`);
    else print(explainProgram(program));
    return 0;
  },
};
