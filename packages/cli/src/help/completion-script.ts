import type { Command, CommandArgs } from "../arguments/command.ts";
import { aliasesOf, flagName } from "../arguments/flag-name.ts";
import { globalArgs } from "../arguments/global-flags.ts";
import type { CommandGroup } from "../commands.ts";

/** Shells that there are completions for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode shells}. */
export type Shell = (typeof shells)[number];

/** What can be typed behind one command. */
interface CommandWords {
  /** `start`, `containers start`. */
  readonly path: string;
  readonly description: string;
  readonly flags: readonly string[];
  /** Whether the names of containers can follow. */
  readonly takesIds: boolean;
}

/** Returns a script that makes a shell complete commands, flags and the names of containers. */
export async function completionScript(
  shell: Shell,
  groups: readonly CommandGroup[],
): Promise<string> {
  const words = await collect(groups);
  switch (shell) {
    case "bash":
      return bash(words);
    case "zsh":
      // zsh runs bash's completions, and its own would say the same.
      return `#compdef ctr\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case "fish":
      return fish(words);
  }
}

async function collect(groups: readonly CommandGroup[]): Promise<CommandWords[]> {
  const found = groups.flatMap(({ prefix, commands }) =>
    Object.entries(commands).flatMap(([name, entry]) =>
      [name, ...(entry.alias === undefined ? [] : [entry.alias])].map(async (typed) => {
        const command = await entry.load();
        return {
          path: prefix === undefined ? typed : `${prefix} ${typed}`,
          description: entry.description,
          flags: flagsOf(command),
          takesIds: "id" in command.args || "ids" in command.args,
        };
      }),
    ),
  );
  return await Promise.all(found);
}

function flagsOf(command: Command): string[] {
  const args: CommandArgs = { ...command.args, ...globalArgs };
  return Object.entries(args).flatMap(([name, arg]) => {
    if (arg.type === "positional") return [];
    if (arg.type === "boolean" && arg.default === true) return [`--no-${flagName(name)}`];
    const words = aliasesOf(arg).filter((alias) => alias.length > 1);
    return [name, ...words].map((word) => `--${flagName(word)}`);
  });
}

/** The words that follow `ctr`, each once. */
function firstWords(words: readonly CommandWords[]): string[] {
  return [...new Set(words.map(({ path }) => path.split(" ")[0] ?? ""))];
}

function bash(words: readonly CommandWords[]): string {
  const cases = words
    .map(({ path, flags, takesIds }) => {
      const ids = takesIds ? " $(ctr --no-daemon-start list --quiet 2>/dev/null)" : "";
      return `    "${path}") if [[ $word == -* ]]; then reply="${flags.join(" ")}"; else reply="${ids.trim()}"; fi ;;`;
    })
    .join("\n");
  const groups = words.filter(({ path }) => path.includes(" "));
  const second = groups.map(({ path }) => path.split(" ")[1]).join(" ");
  return `# Completions of ctr for bash and zsh.
_ctr() {
  local word=\${COMP_WORDS[COMP_CWORD]} path="" reply="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${COMP_WORDS[index]}" in
      -*) ;;
      *) if [[ -z $path ]]; then path=\${COMP_WORDS[index]}; elif [[ $path == containers ]]; then path="containers \${COMP_WORDS[index]}"; fi ;;
    esac
  done
  case "$path" in
    "") reply="${firstWords(words).join(" ")} help" ;;
    containers) reply="${second}" ;;
    help) reply="${firstWords(words).join(" ")}" ;;
${cases}
  esac
  COMPREPLY=($(compgen -W "$reply" -- "$word"))
}
complete -o default -F _ctr ctr
`;
}

function fish(words: readonly CommandWords[]): string {
  const lines = words.flatMap(({ path, description, flags, takesIds }) => {
    const [first = "", second] = path.split(" ");
    const condition =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from containers; and __fish_seen_subcommand_from ${second}`;
    const name =
      second === undefined
        ? `complete -c ctr -n __fish_use_subcommand -a ${first} -d '${description.replaceAll("'", "\\'")}'`
        : `complete -c ctr -n '__fish_seen_subcommand_from containers' -a ${second} -d '${description.replaceAll("'", "\\'")}'`;
    return [
      name,
      ...flags.map((flag) => `complete -c ctr -n '${condition}' -l ${flag.slice(2)}`),
      ...(takesIds
        ? [
            `complete -c ctr -n '${condition}' -a '(ctr --no-daemon-start list --quiet 2>/dev/null)'`,
          ]
        : []),
    ];
  });
  return [
    "# Completions of ctr for fish.",
    "complete -c ctr -f",
    "complete -c ctr -n __fish_use_subcommand -a containers -d 'The commands of containerd 0.2'",
    ...lines,
    "",
  ].join("\n");
}
