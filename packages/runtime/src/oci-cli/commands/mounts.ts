import { readFileSync } from "node:fs";
import { type Config, ContainerError, type Mount, ociVersion, requireValidConfig } from "@ctr/spec";
import { load } from "../../container/container.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";

export const command: Command = {
  name: "mounts",
  usage: "[add|remove] ID FILE",
  summary:
    "give a running container mounts, or take them away: FILE has what config.json has as mounts",
  flags: [],
  arguments: { min: 3, max: 3 },
  async run(context, _flags, [verb = "", id = "", file = ""]) {
    if (verb !== "add" && verb !== "remove") {
      throw usageError(`Cannot do "${verb}" with mounts`, "There are add and remove");
    }
    const container = load(id, context);
    const mounts = readMounts(file);
    if (verb === "add") await container.addMounts(mounts);
    else await container.removeMounts(mounts);
    return 0;
  },
};

function readMounts(file: string): readonly Mount[] {
  let mounts: Config["mounts"];
  try {
    mounts = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  } catch (error) {
    throw new ContainerError(`Cannot read the mounts "${file}": ${reasonOf(error)}`, {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      cause: error,
    });
  }
  const config = requireValidConfig({ ociVersion, root: { path: "rootfs" }, mounts: mounts ?? [] });
  return config.mounts ?? [];
}
