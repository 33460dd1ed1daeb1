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

/** Hands every key to whoever reads standard input, as it is typed, until it is disposed of; nothing without a terminal. */
export function enterRawMode(): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]: () => undefined };
  const leave = (): void => {
    stdin.setRawMode(false);
  };
  stdin.setRawMode(true);
  // Whatever ends us, the shell gets its terminal back as it was.
  process.on("exit", leave);
  return {
    [Symbol.dispose]: () => {
      process.off("exit", leave);
      leave();
    },
  };
}
