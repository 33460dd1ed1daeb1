import { type Command, defineCommand } from "../arguments/command.ts";
import { usageError } from "../arguments/usage-error.ts";
import { completionScript, shells } from "../help/completion-script.ts";

/** `ctr completion`. */
export const command: Command = defineCommand({
  name: "completion",
  description: "Print the completions of a shell",
  args: {
    shell: {
      type: "positional",
      required: true,
      description: `One of ${shells.join(", ")}`,
    },
  },
  examples: [
    { line: 'eval "$(ctr completion bash)"', about: "in ~/.bashrc" },
    { line: "ctr completion fish > ~/.config/fish/completions/ctr.fish", about: "" },
  ],
  run: async ({ args, session }) => {
    const shell = shells.find((name) => name === args.shell);
    if (shell === undefined) {
      throw usageError(
        `Cannot complete for "${args.shell}": known are ${shells.join(", ")}`,
        "ERR_UNEXPECTED_ARGUMENT",
      );
    }
    const script = await completionScript(shell, session.commandGroups);
    await session.output.write(session.json ? `${JSON.stringify({ script })}\n` : script);
    return 0;
  },
});
