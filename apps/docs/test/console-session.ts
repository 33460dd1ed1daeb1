/** What a command did. */
export interface CommandResult {
  /** Standard output and error, in the order in which they were written. */
  readonly output: string;
  readonly code: number;
}

/** Bash with a /run of its own, so that the runtime's state is nobody else's. */
const shellCommand = [
  ...["unshare", "--mount", "--propagation", "private", "sh", "-c"],
  "mount -t tmpfs run /run && exec bash --norc --noprofile",
] as const;

/** A shell that commands are typed into, one after the other: variables, directories and jobs stay. */
export class ConsoleSession implements AsyncDisposable {
  readonly #shell: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #mark: string = `end-${crypto.randomUUID()}`;
  #read = "";

  constructor(directory: string, environment: Readonly<Record<string, string | undefined>>) {
    this.#shell = Bun.spawn([...shellCommand], {
      cwd: directory,
      env: environment,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#pieces = this.#shell.stdout[Symbol.asyncIterator]();
    this.#shell.stdin.write("exec 2>&1\n");
  }

  /**
   * Runs a command; its standard input is empty.
   *
   * @throws {Error} when it has not ended after `timeoutMs`.
   */
  async run(command: string, timeoutMs = 90_000): Promise<CommandResult> {
    this.#shell.stdin.write(`{ ${command}\n} </dev/null\nprintf '\\n%s %d\\n' ${this.#mark} $?\n`);
    await this.#shell.stdin.flush();
    const ending = new RegExp(`\\n${this.#mark} (\\d+)\\n`);
    const timer = setTimeout(() => this.#shell.kill("SIGKILL"), timeoutMs);
    try {
      for (;;) {
        const match = ending.exec(this.#read);
        if (match !== null) {
          const output = this.#read.slice(0, match.index);
          this.#read = this.#read.slice(match.index + match[0].length);
          return { output: withoutJobs(output), code: Number(match[1]) };
        }
        const { value, done } = await this.#pieces.next();
        if (done === true)
          throw new Error(`"${command}" did not end in ${timeoutMs} ms: ${this.#read}`);
        this.#read += Buffer.from(value).toString();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.kill("SIGKILL");
    await this.#shell.exited;
  }
}

/** Leaves out what a shell that nobody sits at says of its jobs. */
function withoutJobs(output: string): string {
  return output.replace(/^bash: line \d+: +\d+ (Killed|Terminated) .*\n?/gm, "");
}
