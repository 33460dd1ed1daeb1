import { ociVersion } from "@ctr/spec";
import { type ContainerSummary, summaryOf } from "../../container/list.ts";
import type { Command } from "../command.ts";
import { prettyJson, print } from "../output.ts";

export const command: Command = {
  name: "state",
  usage: "ID",
  summary: "print the state of a container",
  flags: [],
  arguments: { min: 1, max: 1 },
  run(context, _flags, [id = ""]) {
    print(`${prettyJson(stateOutput(summaryOf(id, context)))}\n`);
    return 0;
  },
};

/** The document of state and list, in runc's order. */
export function stateOutput(summary: ContainerSummary): object {
  const { id, pid, status, bundle, rootfs, created, annotations, owner } = summary;
  const hasAnnotations = Object.keys(annotations).length > 0;
  return {
    ociVersion,
    id,
    pid,
    status,
    bundle,
    rootfs,
    created,
    ...(hasAnnotations ? { annotations } : {}),
    owner,
  };
}
