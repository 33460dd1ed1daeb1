import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ContainerError, defaultConfig } from "@ctr/spec";
import { detectCgroupLayout } from "../../cgroups/index.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";

export const command: Command = {
  name: "spec",
  usage: "[FLAGS]",
  summary: "write a config.json to start from",
  flags: [
    { name: "bundle", short: "b", value: "DIR", help: "where to (default: the working directory)" },
    {
      name: "file",
      short: "f",
      value: "FILE",
      help: "write this file, from that directory on, also when it is there",
    },
    { name: "rootless", help: "for an ordinary user" },
  ],
  arguments: { min: 0, max: 0 },
  run(_context, flags) {
    const named = flags.text("file");
    const file = resolve(flags.text("bundle") ?? "", named ?? "config.json");
    // Who names the file means it, as with crun.
    if (named === undefined && existsSync(file)) {
      throw new ContainerError(`Cannot write "${file}": it exists`, {
        code: "ERR_FILE_EXISTS",
        kind: "conflict",
        hint: "Remove it first",
      });
    }
    const config = defaultConfig({
      cgroupNamespace: detectCgroupLayout(linuxKernel()).mode === "v2",
      ...(flags.has("rootless")
        ? { rootless: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } }
        : {}),
    });
    try {
      writeFileSync(file, `${JSON.stringify(config, undefined, "\t")}\n`, { mode: 0o666 });
    } catch (error) {
      throw usageError(`Cannot write "${file}": ${reasonOf(error)}`);
    }
    return 0;
  },
};
