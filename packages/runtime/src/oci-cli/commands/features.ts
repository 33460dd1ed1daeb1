import { features } from "../../features.ts";
import type { Command } from "../command.ts";
import { print } from "../output.ts";

export const command: Command = {
  name: "features",
  usage: "",
  summary: "print what this runtime implements",
  flags: [],
  arguments: { min: 0, max: 0 },
  run() {
    print(`${JSON.stringify(features(), undefined, 4)}\n`);
    return 0;
  },
};
