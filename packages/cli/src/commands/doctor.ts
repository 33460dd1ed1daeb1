import { errorKinds } from "@ctr/spec";
import { type Command, defineCommand } from "../arguments/command.ts";
import { checkCgroups } from "../doctor/cgroups.ts";
import { checkDaemon } from "../doctor/daemon.ts";
import type { Finding, FindingLevel } from "../doctor/finding.ts";
import { thisHost } from "../doctor/host.ts";
import { checkKernel } from "../doctor/kernel.ts";
import { checkPrivileges } from "../doctor/privileges.ts";
import { checkPrograms } from "../doctor/programs.ts";
import { writeJsonLine } from "../output/output.ts";
import { printable } from "../output/table.ts";

/** `ctr doctor`. */
export const command: Command = defineCommand({
  name: "doctor",
  description: "Find out what this machine lacks, and what to do about it",
  details:
    "Looks at the kernel, cgroups, privileges and programs, and changes nothing. Fails when containers cannot run here\n" +
    "(exit code 6); what is marked - is not there, and not needed by everybody.",
  args: {},
  examples: [
    { line: "ctr doctor", about: "" },
    { line: `ctr --json doctor | jq '.[] | select(.level != "ok")'`, about: "" },
  ],
  run: async ({ session }) => {
    const host = thisHost();
    const findings: Finding[] = [
      ...checkKernel(host),
      ...checkCgroups(host),
      ...checkPrivileges(host),
      ...checkPrograms(host),
      await checkDaemon(session.plainClient()),
    ];
    if (session.json) await writeJsonLine(session.output, findings);
    else await session.output.write(formatFindings(findings));
    const fails = findings.some(({ level }) => level === "error");
    return fails ? errorKinds.unsupported.exitCode : 0;
  },
});

const marks: Readonly<Record<FindingLevel, string>> = {
  ok: "ok",
  missing: "-",
  warning: "!",
  error: "FAIL",
};

/** Returns findings as lines for people, each hint below what it is about. */
export function formatFindings(findings: readonly Finding[]): string {
  const nameWidth = Math.max(...findings.map(({ name }) => name.length));
  const markWidth = Math.max(...Object.values(marks).map((mark) => mark.length));
  const indent = " ".repeat(markWidth + nameWidth + 4);
  return findings
    .map(({ name, level, found, hint }) => {
      const line = `${marks[level].padEnd(markWidth)}  ${name.padEnd(nameWidth)}  ${printable(found)}\n`;
      return hint === undefined ? line : `${line}${indent}${hint}\n`;
    })
    .join("");
}
