/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Returns the size of the terminal in front of us; `undefined` when there is none. */
export function terminalSize(): TerminalSize | undefined {
  const [columns, rows] = outputTerminal()?.getWindowSize() ?? [0, 0];
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}

/** Calls back with the size of the terminal whenever it changes, until it is disposed of. */
export function watchTerminalSize(listener: (size: TerminalSize) => void): Disposable {
  const terminal = outputTerminal();
  const changed = (): void => {
    const size = terminalSize();
    if (size !== undefined) listener(size);
  };
  // Comes upon SIGWINCH, once the new size is known.
  terminal?.on("resize", changed);
  return { [Symbol.dispose]: () => void terminal?.off("resize", changed) };
}

function outputTerminal(): NodeJS.WriteStream | undefined {
  return [process.stdout, process.stderr].find(({ isTTY }) => isTTY);
}

/**
 * Hands every key to whoever reads standard input, as it is typed, and every byte to the screen as it is, until it is
 * disposed of; nothing without a terminal.
 */
export function enterRawMode(): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]: () => undefined };
  const leave = (): void => {
    stdin.setRawMode(false);
  };
  stdin.setRawMode(true);
  leaveOutputAlone();
  // Whatever ends us, the shell gets its terminal back as it was.
  process.on("exit", leave);
  return {
    [Symbol.dispose]: () => {
      process.off("exit", leave);
      leave();
    },
  };
}

/**
 * Keeps the terminal from making `\r\n` of `\n`: Bun's raw mode leaves that on, as libuv's does, and the container's
 * terminal has done it where it is wanted. Programs that draw on the whole screen move the cursor by a bare `\n`.
 */
function leaveOutputAlone(): void {
  const stty = Bun.which("stty");
  if (stty === null) return;
  Bun.spawnSync([stty, "-opost"], { stdio: ["inherit", "ignore", "ignore"] });
}
