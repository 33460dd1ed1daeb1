import type { AttachSession, ProcessExit } from "@ctr/daemon/client";
import { ContainerError } from "@ctr/spec";
import { encodeChunk } from "../output/chunk.ts";
import type { Session } from "../session/session.ts";
import { DetachScanner } from "./detach-keys.ts";
import { forwardSignals } from "./forwarded-signals.ts";
import { readLocalInput } from "./local-input.ts";
import { enterRawMode, terminalSize, watchTerminalSize } from "./local-terminal.ts";

/** How a process is connected with ours. */
export interface RelayOptions {
  readonly session: Session;
  /** The process; it may not run yet. */
  readonly attached: AttachSession;
  /** Whether it reads what we are given. */
  readonly stdin: boolean;
  /** The keys that detach; none without a terminal. */
  readonly detachKeys: Uint8Array;
  /** Whether signals go to the process instead of ending us. */
  readonly forwardsSignals: boolean;
  /** Sends a signal to the process. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Called once everything is connected: starts the process when it does not run yet. */
  begin?(): Promise<void>;
}

/**
 * Connects our standard streams, terminal and signals with a process until it ends.
 *
 * Resolves to how it ended; `undefined` when somebody detached from it.
 *
 * @throws {ContainerError} ERR_DAEMON_GONE and what else breaks the connection; the process may go on.
 */
export async function relay(options: RelayOptions): Promise<ProcessExit | undefined> {
  const { attached, session } = options;
  const isInteractive = options.stdin && attached.terminal && process.stdin.isTTY === true;
  using connected = new DisposableStack();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const output = Promise.all([
    pump(session, "stdout", attached.stdout),
    pump(session, "stderr", attached.stderr),
  ]);
  output.catch(broken.reject);
  if (options.forwardsSignals) connected.use(forward(options, broken.reject));
  if (attached.terminal) {
    const resize = ({ columns, rows }: { columns: number; rows: number }): void =>
      attached.resize(columns, rows);
    const size = terminalSize();
    if (size !== undefined) resize(size);
    connected.use(watchTerminalSize(resize));
  }
  await options.begin?.();
  if (isInteractive) connected.use(enterRawMode());
  if (options.stdin) connected.use(sendInput(options, isInteractive, broken.reject));
  const ended = output.then(() => attached.exited);
  const exit = await Promise.race([ended, broken.promise]);
  if (session.json && exit !== undefined) {
    await session.output.write(`${JSON.stringify({ exit })}\n`);
  }
  return exit;
}

async function pump(
  session: Session,
  name: "stdout" | "stderr",
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  for await (const piece of stream) {
    if (session.json) await session.output.write(`${JSON.stringify(encodeChunk(name, piece))}\n`);
    else if (name === "stdout") await session.output.write(piece);
    else await session.output.writeError(piece);
  }
}

function forward(options: RelayOptions, fail: (error: unknown) => void): Disposable {
  return forwardSignals({
    // A process that has just ended gets no signal any more; its exit is on the way.
    forward: (signal) => void options.kill(signal).catch(() => undefined),
    giveUp: () =>
      fail(
        new ContainerError("Cannot end the process: it goes on after three signals", {
          code: "ERR_PROCESS_GOES_ON",
          kind: "conflict",
          hint: 'End it with "ctr stop" or "ctr kill ID KILL"',
        }),
      ),
  });
}

/** Sends standard input to the process until it is disposed of. */
function sendInput(
  options: RelayOptions,
  isInteractive: boolean,
  fail: (error: unknown) => void,
): Disposable {
  const { attached } = options;
  const writer = attached.stdin.getWriter();
  const scanner = new DetachScanner(isInteractive ? options.detachKeys : new Uint8Array());
  return readLocalInput({
    data: async (piece) => {
      const { data, isDetached } = scanner.scan(piece);
      if (data.length > 0) await writer.write(data);
      if (isDetached) attached.detach();
    },
    end: () => writer.close(),
    failed: (error) => {
      // A process need not read its input to the end; when the connection broke, the output tells.
      if (!(error instanceof ContainerError && error.code === "ERR_STDIN_CLOSED")) fail(error);
    },
  });
}
