import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./command.ts";
import { commandHelp, mainHelp } from "./help.ts";

const commands = await Promise.all(
  readdirSync(join(import.meta.dir, "commands"))
    .filter((name) => !name.endsWith(".test.ts"))
    .map(async (name): Promise<Command> => {
      const module: { command: Command } = await import(`./commands/${name}`);
      return module.command;
    }),
);

const example: Command = {
  name: "example",
  usage: "[FLAGS] ID",
  summary: "show how it is done",
  flags: [
    { name: "format", short: "f", value: "table|json", help: "form of the output" },
    { name: "quiet", help: "ids only" },
    { name: "criu", value: "PATH", help: "for others", hidden: true },
  ],
  arguments: { min: 1, max: 1 },
  run: () => 0,
};

describe("commandHelp()", () => {
  test("says what a command does, takes and knows", () => {
    expect(commandHelp("runc", example)).toBe(`NAME:
   runc example - show how it is done

USAGE:
   runc example [FLAGS] ID

FLAGS:
   -f, --format table|json  form of the output
       --quiet              ids only
`);
  });

  test("has no empty list of flags", () => {
    expect(commandHelp("bunc", { ...example, flags: [] })).not.toContain("FLAGS:");
  });
});

test.each([
  ["[FLAGS] ID", "example CONTAINER"],
  [
    "[FLAGS] ID COMMAND [ARGUMENTS]  or  exec --process FILE ID",
    "example CONTAINER cmd [ARGUMENTS]",
  ],
  ["", "example"],
])("commandHelp() begins for crun with a usage in its words: %p", (usage, words) => {
  expect(commandHelp("crun", { ...example, usage })).toStartWith(
    `Usage: crun [OPTION...] ${words}\n\nNAME:\n`,
  );
});

test("mainHelp() lists commands and flags in columns", () => {
  const help = mainHelp(
    "bunc",
    [example, { ...example, name: "x", summary: "another" }],
    example.flags,
  );

  expect(help).toStartWith(
    "NAME:\n   bunc - Open Container Initiative runtime\n\nUSAGE:\n   bunc ",
  );
  expect(help).toContain("\nCOMMANDS:\n   example  show how it is done\n   x        another\n");
  expect(help).toContain("\nGLOBAL FLAGS:\n   -f, --format table|json  form of the output\n");
  expect(help).not.toContain("criu");
});

describe.each(commands.map((command) => [command.name, command] as const))(
  "bunc %s",
  (_, command) => {
    test("has a line that says what it does, as the others do", () => {
      expect(command.summary).toMatch(/^[a-z].*[^.]$/);
      expect(
        commandHelp("bunc", command)
          .split("\n")
          .every((line) => line.length <= 120),
      ).toBe(true);
    });

    test("has each flag once, with words for it", () => {
      const names = command.flags.flatMap(({ name, short }) => [
        name,
        ...(short === undefined ? [] : [short]),
      ]);

      expect(names).toEqual([...new Set(names)]);
      expect(names).not.toContain("help");
      for (const { name, short, help } of command.flags) {
        expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
        expect(short ?? "x").toHaveLength(1);
        expect(help).not.toBe("");
      }
    });
  },
);
