import { expect, test } from "bun:test";
import { commandGroups } from "./commands.ts";
import { commandNames, findCommand, findGroup } from "./find-command.ts";

test.each([
  [["list"], "list", []],
  [["ls", "-q"], "list", ["-q"]],
  [["rm", "redis"], "delete", ["redis"]],
  [["health"], "info", []],
  [["containers", "start", "redis", "/b"], "containers start", ["redis", "/b"]],
  [["containers"], "containers list", []],
  [["containers", "--json"], "containers list", ["--json"]],
  [["containers", "pause", "redis"], "pause", ["redis"]],
])("findCommand() finds %p", async (words, name, rest) => {
  const found = findCommand(words);

  expect((await found.entry.load()).name).toBe(name);
  expect(found.rest).toEqual(rest);
});

test.each([
  ["lst", 'Did you mean "ctr list"?'],
  ["strat", 'Did you mean "ctr start"?'],
  ["lsit", 'Did you mean "ctr list"?'],
  ["remove", 'Run "ctr --help"'],
  ["toString", 'Run "ctr --help"'],
])("findCommand() does not know %p", (word, hint) => {
  expect(() => findCommand([word])).toThrow(expect.objectContaining({ hint }));
});

test("findGroup() finds commands that share a word, when only they are asked about", () => {
  for (const words of [["containers"], ["containers", "--help"], ["containers", "-h"]]) {
    expect(findGroup(words)?.prefix).toBe("containers");
  }
  for (const words of [["list"], ["containers", "list"], ["containers", "--help", "x"], []]) {
    expect(findGroup(words)).toBeUndefined();
  }
});

test("findCommand() suggests within a group", () => {
  expect(() => findCommand(["containers", "strat"])).toThrow(
    expect.objectContaining({ hint: 'Did you mean "ctr containers start"?' }),
  );
});

test("every command is called what its entry says, describes itself and has examples that it understands", async () => {
  for (const { prefix, commands } of commandGroups) {
    for (const [name, entry] of Object.entries(commands)) {
      const command = await entry.load();
      expect([name, `${prefix} ${name}`]).toContain(command.name);
      expect(command.description).toBe(entry.description);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [argument, { description }] of Object.entries(command.args)) {
        expect(`${command.name} ${argument}: ${description}`).toMatch(/: [A-Z]/i);
      }
    }
  }
});

test("no two commands have the same name", () => {
  const names = commandNames(commandGroups);

  expect(new Set(names).size).toBe(names.length);
});
