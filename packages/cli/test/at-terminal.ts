import { until } from "tools/until";
import { ctrCommand, ctrEnvironment } from "./run-ctr.ts";

/** termios(3): c_lflag and c_oflag. */
const ECHO = 0o10;
const ICANON = 0o2;
const OPOST = 0o1;

/** A `ctr` at a terminal; ends with it. */
export interface AtTerminal extends AsyncDisposable {
  readonly child: Bun.Subprocess;
  readonly terminal: Bun.Terminal;
  /**
   * The exit code, when it ends.
   *
   * @throws {Error} that shows the screen, when it does not end.
   */
  exitCode(): Promise<number>;
  /** Everything that was printed. */
  screen(): string;
  /** Whether keys go to the program as they are typed, and output to the screen as it is. */
  isRaw(): boolean;
  /** Whether the terminal is as it was at first. */
  isAsBefore(): boolean;
}

/** Runs `ctr` at a terminal of 90 columns and 33 rows. */
export function atTerminal(socketPath: string, ...argv: string[]): AtTerminal {
  let screen = "";
  const terminal = new Bun.Terminal({
    cols: 90,
    rows: 33,
    data: (_, data) => {
      screen += Buffer.from(data).toString();
    },
  });
  const flags = (): string =>
    [terminal.inputFlags, terminal.outputFlags, terminal.controlFlags, terminal.localFlags].join();
  const before = flags();
  const child = Bun.spawn([...ctrCommand, ...argv], {
    terminal,
    env: ctrEnvironment({ socketPath }),
  });
  return {
    child,
    terminal,
    exitCode: async () => {
      try {
        return await until("ctr ends", () => child.exitCode ?? undefined);
      } catch (error) {
        throw new Error(`Its screen: ${JSON.stringify(screen)}`, { cause: error });
      }
    },
    screen: () => screen,
    isRaw: () =>
      (terminal.localFlags & (ECHO | ICANON)) === 0 && (terminal.outputFlags & OPOST) === 0,
    isAsBefore: () => flags() === before,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}
