import { ContainerError, type LinuxResources } from "@ctr/spec";
import { type Command, defineCommand } from "../arguments/command.ts";
import { usageError } from "../arguments/usage-error.ts";
import { reportDone } from "../containers/each-container.ts";
import { idArg } from "../containers/ids-arg.ts";
import { limitArgs, limitsOf } from "../containers/limits.ts";

/** `ctr update`. */
export const command: Command = defineCommand({
  name: "update",
  description: "Change the limits of a container",
  details: "What is not named stays as it is.",
  args: {
    ...idArg,
    ...limitArgs,
    resources: {
      type: "string",
      valueHint: "FILE",
      description: "Limits as config.json's linux.resources writes them; - for standard input",
    },
  },
  examples: [
    { line: "ctr update --memory 512m --cpus 1.5 web", about: "" },
    { line: "ctr update --pids-limit 100 web", about: "" },
    { line: `echo '{"memory":{"limit":-1}}' | ctr update --resources - web`, about: "" },
  ],
  run: async ({ args, session }) => {
    const given = limitsOf(args);
    if (args.resources !== undefined && Object.keys(given).length > 0) {
      throw usageError(
        "Cannot use --resources with other limits: it is either or",
        "ERR_INVALID_FLAG",
      );
    }
    const resources = args.resources === undefined ? given : await readResources(args.resources);
    if (Object.keys(resources).length === 0) {
      throw usageError(
        `Cannot update "${args.id}": no limit is named`,
        "ERR_MISSING_ARGUMENT",
        'Run "ctr update --help"',
      );
    }
    const client = await session.client();
    await client.updateContainer(args.id, resources);
    await reportDone(session, args.id);
    return 0;
  },
});

/** Reads limits from a file or standard input; the daemon checks them. */
async function readResources(path: string): Promise<LinuxResources> {
  const file = path === "-" ? Bun.stdin : Bun.file(path);
  try {
    const document: unknown = await file.json();
    if (typeof document === "object" && document !== null && !Array.isArray(document)) {
      return document;
    }
  } catch (error) {
    throw notResources(path, error instanceof Error ? error.message : String(error), error);
  }
  throw notResources(path, "it is no object");
}

function notResources(path: string, why: string, cause?: unknown): ContainerError {
  return new ContainerError(`Cannot read limits from "${path}": ${why}`, {
    code: "ERR_INVALID_RESOURCES",
    kind: "invalid",
    hint: 'Write JSON such as {"memory":{"limit":536870912}}',
    cause,
  });
}
