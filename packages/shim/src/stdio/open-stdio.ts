import { linuxKernel } from "@ctr/runtime/kernel";
import { OutputLog } from "../log/output-log.ts";
import type { StdioDocument } from "../protocol.ts";
import type { SavedLog } from "../sleep/saved-shim.ts";
import { closeFile, makePipe, openFile } from "../system/descriptor.ts";
import { DescriptorWriter } from "./descriptor-writer.ts";
import { cannotOpen, openCopyPath, openInputPath, openOutputPath } from "./open-path.ts";
import type { OutputStream } from "./output-stream.ts";

/** Descriptors for the process; ours to close once it has them. */
export interface ChildStdio {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** What a {@linkcode ProcessStdio} is made from. */
export interface StdioOptions {
  readonly document: StdioDocument;
  readonly terminal: boolean;
  /** Who owns the pipes on the host. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Is told when the log cannot be written. */
  readonly onLogFailure: (error: unknown) => void;
  /** Is called at each piece of output. */
  readonly onOutput: () => void;
  /** Is called now and then while there is much output: what held it is of no use once it has passed. */
  readonly onMuchOutput: () => void;
}

/** A read end that is not read from yet. */
export interface Source {
  readonly stream: OutputStream;
  readonly descriptor: number;
}

/** What is open for a process. */
export interface OpenedStdio {
  readonly child?: ChildStdio;
  readonly sources: Source[];
  readonly keepers: number[];
  readonly log: OutputLog | undefined;
  readonly copy: DescriptorWriter | undefined;
  readonly input: DescriptorWriter | undefined;
  readonly inputKeeper?: number;
  readonly inputCopy?: number;
  /** Of a terminal that is in use already. */
  readonly master?: number;
}

/** Tells whether output passes through the shim, so that somebody can attach to it. */
export function passesThrough(document: StdioDocument, terminal: boolean): boolean {
  if (terminal) return true;
  const { log, containerdStdout, containerdStderr } = document;
  const both = containerdStdout !== undefined && containerdStderr !== undefined;
  return !both && log?.format !== "raw";
}

/**
 * Opens what `process.json` wants.
 *
 * @throws {ContainerError} ERR_STDIO_PATH when a path cannot be opened; nothing is left open then.
 */
export function openStdio(options: StdioOptions): OpenedStdio {
  using undo = new DisposableStack();
  const opened = options.terminal ? openForTerminal(options, undo) : openPipes(options, undo);
  undo.move();
  return opened;
}

function openForTerminal(options: StdioOptions, undo: DisposableStack): OpenedStdio {
  const { containerdStdin, containerdStdout, log } = options.document;
  const keep = (descriptor: number): number => undo.adopt(descriptor, closeFile);
  return {
    sources: [],
    keepers: [],
    log: log === undefined ? undefined : openLog(options, undo),
    copy:
      containerdStdout === undefined
        ? undefined
        : new DescriptorWriter(keep(openCopyPath(containerdStdout, "out"))),
    input: undefined,
    ...(containerdStdin === undefined
      ? {}
      : { inputCopy: keep(openCopyPath(containerdStdin, "in")) }),
  };
}

function openPipes(options: StdioOptions, undo: DisposableStack): OpenedStdio {
  const keep = (descriptor: number): number => undo.adopt(descriptor, closeFile);
  const opened = { sources: [] as Source[], keepers: [] as number[] };
  const input = openInput(options, keep);
  const output = (stream: OutputStream, path: string | undefined): number => {
    if (path !== undefined) {
      const { descriptor, keeper } = openOutputPath(path);
      if (keeper !== undefined) opened.keepers.push(keep(keeper));
      return keep(descriptor);
    }
    if (options.document.log?.format === "raw") return openRawLog(options.document.log.path, keep);
    const [readEnd, writeEnd] = openPipe(options);
    opened.sources.push({ stream, descriptor: keep(readEnd) });
    return keep(writeEnd);
  };
  const stdout = output("stdout", options.document.containerdStdout);
  const stderr = output("stderr", options.document.containerdStderr);
  const log =
    opened.sources.length > 0 && options.document.log !== undefined
      ? openLog(options, undo)
      : undefined;
  return {
    ...opened,
    child: { stdin: input.child, stdout, stderr },
    log,
    copy: undefined,
    input: input.writer,
    ...(input.keeper === undefined ? {} : { inputKeeper: input.keeper }),
  };
}

interface OpenedInput {
  readonly child: number;
  readonly writer: DescriptorWriter | undefined;
  readonly keeper?: number;
}

function openInput(options: StdioOptions, keep: (descriptor: number) => number): OpenedInput {
  const { containerdStdin, openStdin } = options.document;
  if (containerdStdin !== undefined) {
    const { descriptor, keeper } = openInputPath(containerdStdin);
    const child = keep(descriptor);
    return keeper === undefined
      ? { child, writer: undefined }
      : { child, writer: undefined, keeper: keep(keeper) };
  }
  if (openStdin !== true)
    return { child: keep(openFile("/dev/null", ["O_RDONLY"])), writer: undefined };
  const [readEnd, writeEnd] = openPipe(options);
  return { child: keep(readEnd), writer: new DescriptorWriter(keep(writeEnd)) };
}

function openPipe({ owner }: StdioOptions): readonly [number, number] {
  const ends = makePipe();
  try {
    // The process may open /dev/stdout, which leads to the pipe, as root of its user namespace.
    if (owner.uid !== 0 || owner.gid !== 0) {
      linuxKernel().call("fchown", ends[0], owner.uid, owner.gid);
    }
    return ends;
  } catch (error) {
    for (const end of ends) closeFile(end);
    throw error;
  }
}

function openRawLog(path: string, keep: (descriptor: number) => number): number {
  try {
    return keep(openFile(path, ["O_WRONLY", "O_CREAT", "O_APPEND"], 0o600));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** Returns the log of a process whose file another shim has left open. */
export function reopenLog(options: StdioOptions, saved: SavedLog): OutputLog | undefined {
  const { log } = options.document;
  return log && new OutputLog(log, options.onLogFailure, saved);
}

function openLog(options: StdioOptions, undo: DisposableStack): OutputLog | undefined {
  const { log } = options.document;
  if (log === undefined) return undefined;
  try {
    return undo.adopt(new OutputLog(log, options.onLogFailure), (opened) => opened.close());
  } catch (error) {
    throw cannotOpen(log.path, error);
  }
}
