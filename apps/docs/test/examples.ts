/** A block of code in a page that says of itself that it is an example. */
export interface Example {
  /** Path of the page, from the site's folder. */
  readonly page: string;
  /** Line of the page on which the block begins, from 1. */
  readonly line: number;
  readonly language: "ts" | "console";
  /** The words after `example` on the block's first line. */
  readonly options: readonly string[];
  readonly text: string;
  /** What it prints: a block of the language `output` that follows it. */
  readonly output: string | undefined;
}

interface Block {
  readonly line: number;
  readonly info: readonly string[];
  readonly text: string;
}

/**
 * Finds the examples of a page: blocks that begin with ```` ```ts example ```` or ```` ```console example ````.
 *
 * @throws {Error} when a block does not end, or an example is of another language.
 */
export function findExamples(page: string, markdown: string): Example[] {
  const blocks = findBlocks(page, markdown);
  return blocks.flatMap((block, index) => {
    const [language = "", mark, ...options] = block.info;
    if (mark !== "example") return [];
    if (language !== "ts" && language !== "console") {
      throw new Error(`${page}:${block.line}: cannot run an example of "${language}"`);
    }
    const next = blocks[index + 1];
    const output = next?.info[1] === "output" ? next.text : undefined;
    return [{ page, line: block.line, language, options, text: block.text, output }];
  });
}

function findBlocks(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const info = /^```(\S.*)$/.exec(lines[at] ?? "")?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: the block does not end`);
    blocks.push({
      line: at + 1,
      info: info.split(/\s+/),
      text: lines.slice(at + 1, end).join("\n"),
    });
    at = end;
  }
  return blocks;
}

/** A command of a console, and what it prints. */
export interface ConsoleStep {
  readonly command: string;
  readonly output: string;
}

/** Splits what a console shows: a command begins with `$ `, and goes on in the lines behind it that begin with `> `. */
export function consoleSteps(text: string): ConsoleStep[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const line of text.split("\n")) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else if (line.startsWith("> ") && last?.output.length === 0)
      last.command += `\n${line.slice(2)}`;
    else last?.output.push(line);
  }
  return steps.map(({ command, output }) => ({ command, output: output.join("\n") }));
}
