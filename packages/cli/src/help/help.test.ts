import { describe, expect, test } from "bun:test";
import { command as exec } from "../commands/exec.ts";
import { commandGroups } from "../commands.ts";
import { commandHelp, synopsis } from "./command-help.ts";
import { completionScript } from "./completion-script.ts";
import { overview } from "./overview.ts";

test("overview() names every command", () => {
  const text = overview();
  for (const { prefix, commands } of commandGroups) {
    for (const name of Object.keys(commands)) {
      expect(text).toContain(`  ${prefix === undefined ? name : `${prefix} ${name}`}`);
    }
  }
});

test("commandHelp() shows what is typed, what it does and examples", () => {
  const text = commandHelp(exec);

  expect(synopsis(exec)).toBe("ctr exec [FLAGS] ID COMMAND...");
  expect(text).toContain("\nUsage: ctr exec [FLAGS] ID COMMAND...\n");
  expect(text).toContain("  -e, --env NAME=VALUE ");
  expect(text).toContain("  --no-sig-proxy ");
  expect(text).toContain("  --json ");
  expect(text).toMatch(/Examples:\n {2}ctr exec -it redis sh +# a shell/);
});

test("no line of any help is wider than a wide terminal", async () => {
  for (const { commands } of commandGroups) {
    for (const entry of Object.values(commands)) {
      for (const line of commandHelp(await entry.load()).split("\n")) {
        expect(line.length).toBeLessThanOrEqual(130);
      }
    }
  }
});

describe("completionScript()", () => {
  /** Asks bash what it would offer behind `line`. */
  async function offered(line: string): Promise<string[]> {
    const script = await completionScript("bash", commandGroups);
    const words = line.split(" ");
    const asked = `${script}
ctr() { echo redis; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_ctr
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = Bun.spawnSync(["bash", "-c", asked]);
    expect(stderr.toString()).toBe("");
    return stdout.toString().trim().split("\n");
  }

  test("offers commands", async () => {
    expect(await offered("ctr st")).toEqual(["start", "stop", "stats"]);
    expect(await offered("ctr --json containers li")).toEqual(["list"]);
  });

  test("offers flags", async () => {
    expect(await offered("ctr exec --det")).toEqual(["--detach-keys", "--detach"].toSorted());
    expect(await offered("ctr containers start --att")).toEqual(["--attach"]);
  });

  test("offers the names of containers", async () => {
    expect(await offered("ctr logs ")).toEqual(["redis"]);
  });

  test("is a script that the shells understand", async () => {
    for (const shell of ["bash", "zsh", "fish"] as const) {
      const script = await completionScript(shell, commandGroups);
      expect(script).toContain("exec");
      const path = Bun.which(shell);
      if (path !== null) {
        const { stderr } = Bun.spawnSync([path, "-n"], { stdin: Buffer.from(script) });
        expect(stderr.toString()).toBe("");
      }
    }
  });
});
