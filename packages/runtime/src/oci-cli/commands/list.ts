import { existsSync } from "node:fs";
import { ContainerError } from "@ctr/spec";
import { list } from "../../container/list.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";
import { print, table } from "../output.ts";
import { stateOutput } from "./state.ts";

export const command: Command = {
  name: "list",
  usage: "[FLAGS]",
  summary: "list containers",
  flags: [
    { name: "format", short: "f", value: "table|json", help: "form of the output (default table)" },
    { name: "quiet", short: "q", help: "ids only" },
  ],
  arguments: { min: 0, max: 0 },
  run(context, flags) {
    const format = flags.text("format") ?? "table";
    if (format !== "table" && format !== "json") {
      throw usageError(`Cannot use "${format}": invalid format option`, "There are table and json");
    }
    if (context.root !== undefined && !existsSync(context.root)) {
      throw new ContainerError(`Cannot list containers: "${context.root}" does not exist`, {
        code: "ERR_STATE_DIRECTORY",
        kind: "notFound",
        hint: "It is what --root names",
      });
    }
    const containers = list(context);
    if (flags.has("quiet")) print(containers.map(({ id }) => `${id}\n`).join(""));
    else if (format === "json") {
      // An empty list is what Go makes of one that was never begun.
      print(containers.length === 0 ? "null" : JSON.stringify(containers.map(stateOutput)));
    } else {
      const head = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];
      const rows = containers.map(({ id, pid, status, bundle, created, owner }) => [
        id,
        String(pid),
        status,
        bundle,
        created,
        owner,
      ]);
      print(table([head, ...rows]));
    }
    return 0;
  },
};
