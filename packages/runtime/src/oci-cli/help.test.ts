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
    expect(commandHelp(example)).toBe(`bunc example: show how it is done

Usage: bunc example [FLAGS] ID

Flags:
  -f, --format table|json  form of the output
      --quiet              ids only
`);
  });

  test("has no empty list of flags", () => {
    expect(commandHelp({ ...example, flags: [] })).not.toContain("Flags");
  });
});

test("mainHelp() lists commands and flags in columns", () => {
  const help = mainHelp([example, { ...example, name: "x", summary: "another" }], example.flags);

  expect(help).toContain("\nCommands:\n  example  show how it is done\n  x        another\n");
  expect(help).toContain("\nFlags:\n  -f, --format table|json  form of the output\n");
  expect(help).not.toContain("criu");
});

describe.each(commands.map((command) => [command.name, command] as const))(
  "bunc %s",
  (_, command) => {
    test("has a line that says what it does, as the others do", () => {
      expect(command.summary).toMatch(/^[a-z].*[^.]$/);
      expect(
        commandHelp(command)
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
