import { type Command, defineCommand } from "../arguments/command.ts";
import { writeJsonLine } from "../output/output.ts";
import { formatTable } from "../output/table.ts";
import { version } from "../version.ts";

/** `ctr version`. */
export const command: Command = defineCommand({
  name: "version",
  description: "Print the versions of ctr and of the daemon",
  details: 'Starts no daemon, and fails when none answers; "ctr --version" asks none.',
  args: {},
  examples: [
    { line: "ctr version", about: "" },
    { line: "ctr --json version | jq -r .daemon.version", about: "" },
  ],
  run: async ({ session }) => {
    const client = { version, bun: Bun.version };
    // What is ours can be told in any case.
    const daemon = await session
      .plainClient()
      .version()
      .catch(async (error: unknown) => {
        await session.output.write(
          session.json
            ? `${JSON.stringify({ client })}\n`
            : formatTable([["ctr", `${version} (Bun ${Bun.version})`]]),
        );
        throw error;
      });
    if (session.json) await writeJsonLine(session.output, { client, daemon });
    else {
      await session.output.write(
        formatTable([
          ["ctr", `${version} (Bun ${Bun.version})`],
          ["ctrd", `${daemon.version} (Bun ${daemon.bun})`],
          ["API", daemon.api],
          ["Kernel", `${daemon.kernel} ${daemon.platform} ${daemon.architecture}`],
        ]),
      );
    }
    return 0;
  },
});
