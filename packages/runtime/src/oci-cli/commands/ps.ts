import { ContainerError } from "@ctr/spec";
import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";
import { print } from "../output.ts";

export const command: Command = {
  name: "ps",
  usage: "[FLAGS] ID [PS-OPTIONS]",
  summary: "list the processes of a container",
  flags: [
    {
      name: "format",
      short: "f",
      value: "table|json",
      help: "form of the output; json: host pids",
    },
  ],
  arguments: { min: 1 },
  passesArguments: true,
  run(context, flags, [id = "", ...options]) {
    const format = flags.text("format") ?? "table";
    const pids = load(id, context).pids();
    if (format === "json") {
      print(`${JSON.stringify(pids)}\n`);
      return 0;
    }
    if (format !== "table") {
      throw usageError(`Cannot use "${format}": invalid format option`, "There are table and json");
    }
    const [header = "", ...lines] = ps(options.length === 0 ? ["-ef"] : options);
    const column = header.trim().split(/\s+/).indexOf("PID");
    if (column < 0) {
      throw usageError("Cannot find the column PID in the output of ps", "Let ps print it");
    }
    const wanted = new Set(pids.map(String));
    const ours = lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ""));
    print([header, ...ours].map((line) => `${line}\n`).join(""));
    return 0;
  },
};

function ps(options: readonly string[]): string[] {
  const program = Bun.which("ps");
  if (program === null) {
    throw new ContainerError("Cannot list the processes as a table: ps is not installed", {
      code: "ERR_PS_NOT_FOUND",
      kind: "unsupported",
      hint: "--format json does without; Debian's package is procps",
    });
  }
  const { stdout, stderr, exitCode } = Bun.spawnSync([program, ...options]);
  if (exitCode !== 0) throw usageError(`Cannot run ps: ${stderr.toString().trim()}`);
  return stdout.toString().trimEnd().split("\n");
}
