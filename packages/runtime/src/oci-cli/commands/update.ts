import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";
import { readResources, resourceFlags, resourcesOf } from "../resource-flags.ts";

export const command: Command = {
  name: "update",
  usage: "[FLAGS] ID",
  summary: "change the limits of a container; what is not named stays",
  flags: [
    {
      name: "resources",
      short: "r",
      value: "FILE",
      help: "limits as JSON; - reads stdin. Other flags are ignored then",
    },
    ...resourceFlags,
    { name: "l3-cache-schema", value: "SCHEMA", help: "share of the L3 cache (resctrl)" },
    { name: "mem-bw-schema", value: "SCHEMA", help: "memory bandwidth (resctrl)" },
  ],
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const container = load(id, context);
    const file = flags.text("resources");
    await container.update(file === undefined ? resourcesOf(flags) : readResources(file));
    const l3CacheSchema = flags.text("l3-cache-schema") ?? "";
    const memBwSchema = flags.text("mem-bw-schema") ?? "";
    container.updateIntelRdt({ l3CacheSchema, memBwSchema });
    return 0;
  },
};
