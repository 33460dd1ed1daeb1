import { isErrno, linuxKernel } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";
import type { StdioDocument } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedStdio } from "../sleep/saved-shim.ts";
import { closeFile, duplicate, setNonBlocking } from "../system/descriptor.ts";
import { DescriptorReader } from "./descriptor-reader.ts";
import { DescriptorWriter } from "./descriptor-writer.ts";
import {
  type ChildStdio,
  type OpenedStdio,
  openStdio,
  passesThrough,
  reopenLog,
  type Source,
  type StdioOptions,
} from "./open-stdio.ts";
import type { OutputStream } from "./output-stream.ts";
import { ProcessOutput } from "./process-output.ts";
import { settlesWithin } from "./settles-within.ts";
import { endOfFileCharacter, setTerminalSize } from "./terminal.ts";

/** The standard input and output of a process, as its `process.json` wants them. */
export class ProcessStdio {
  readonly terminal: boolean;
  readonly output: ProcessOutput;
  /** Whether output passes through here, so that somebody can attach to it. */
  readonly attachable: boolean;
  /** For the process, unless it has a terminal; valid until {@linkcode ProcessStdio.begin}. */
  readonly child: ChildStdio | undefined;
  readonly #document: StdioDocument;
  readonly #onOutput: () => void;
  readonly #onMuchOutput: () => void;
  readonly #sources: Source[];
  /** FIFOs that stay open on both sides until the process has ended. */
  readonly #keepers: number[];
  readonly #readers: { readonly stream: OutputStream; readonly reader: DescriptorReader }[] = [];
  /** A FIFO that a terminal's input is copied from. */
  #inputCopy: number | undefined;
  #inputReader: DescriptorReader | undefined;
  #inputKeeper: number | undefined;
  #input: DescriptorWriter | undefined;
  #master: number | undefined;
  #childClosed = false;

  private constructor(options: StdioOptions, opened: OpenedStdio) {
    this.terminal = options.terminal;
    this.#document = options.document;
    this.#onOutput = options.onOutput;
    this.#onMuchOutput = options.onMuchOutput;
    this.child = opened.child;
    this.output = new ProcessOutput(opened.log, opened.copy);
    this.attachable = passesThrough(options.document, options.terminal);
    this.#sources = opened.sources;
    this.#keepers = opened.keepers;
    this.#inputKeeper = opened.inputKeeper;
    this.#inputCopy = opened.inputCopy;
    this.#input = opened.input;
    this.#master = opened.master;
  }

  /**
   * Opens everything.
   *
   * @throws {ContainerError} ERR_STDIO_PATH when a path cannot be opened; nothing is left open then.
   */
  static open(options: StdioOptions): ProcessStdio {
    return new ProcessStdio(options, openStdio(options));
  }

  /** Takes up what another shim has left open, and goes on. */
  static restore(options: StdioOptions, saved: SavedStdio): ProcessStdio {
    const { input, copy, log: savedLog, sources, keepers, ...rest } = saved;
    const stdio = new ProcessStdio(options, {
      ...rest,
      sources: [...sources],
      keepers: [...keepers],
      log: savedLog && reopenLog(options, savedLog),
      copy: copy === undefined ? undefined : new DescriptorWriter(copy),
      input: input === undefined ? undefined : new DescriptorWriter(input),
    });
    stdio.#resume();
    return stdio;
  }

  /** Whether nothing is on its way, and nobody is attached. */
  get isIdle(): boolean {
    return this.waitingInputBytes === 0 && this.output.isIdle;
  }

  /** Whether anybody can still write to us. */
  get isRead(): boolean {
    return this.#readers.some(({ reader }) => reader.descriptor !== undefined);
  }

  /** Leaves everything open for another shim. */
  save(handover: Handover): SavedStdio {
    const sources = this.#readers.flatMap(({ stream, reader }) =>
      reader.descriptor === undefined
        ? []
        : [{ stream, descriptor: handover.watch(reader.descriptor) }],
    );
    const input = this.#input?.descriptor;
    const inputCopy = this.#inputReader?.descriptor;
    return {
      document: this.#document,
      terminal: this.terminal,
      sources,
      keepers: this.#keepers.map((keeper) => handover.keep(keeper)),
      ...(this.#inputKeeper === undefined ? {} : { inputKeeper: handover.keep(this.#inputKeeper) }),
      ...(inputCopy === undefined ? {} : { inputCopy: handover.watch(inputCopy) }),
      ...(input === undefined ? {} : { input: handover.keep(input) }),
      ...(this.#master === undefined ? {} : { master: handover.keep(this.#master) }),
      ...this.output.save(handover),
    };
  }

  /** Whether clients can write to the standard input. */
  get takesInput(): boolean {
    return this.#input !== undefined && this.#document.openStdin === true;
  }

  /** Whether the input closes when the first client that wrote to it goes. */
  get closesInputOnce(): boolean {
    return this.#document.stdinOnce === true;
  }

  /** How many bytes of input wait for the process. */
  get waitingInputBytes(): number {
    return this.#input?.waitingBytes ?? 0;
  }

  /** Resolves when the process has taken its input. */
  get inputTaken(): Promise<void> {
    return this.#input?.taken ?? Promise.resolve();
  }

  /**
   * Begins to hand output on: the process has its descriptors.
   *
   * @param master the terminal's, taken over
   */
  begin(master?: number): void {
    this.closeChildEnds();
    if (master !== undefined) {
      // One description, two descriptors: reader and writer each close their own.
      this.#master = duplicate(master);
      this.#input = new DescriptorWriter(duplicate(master));
      this.#sources.push({ stream: "stdout", descriptor: master });
    }
    this.#resume();
  }

  /** Reads from everything that is to be read from. */
  #resume(): void {
    for (const { stream, descriptor } of this.#sources.splice(0)) this.#read(stream, descriptor);
    const input = this.#input;
    if (this.#inputCopy === undefined || input === undefined) return;
    this.#inputReader = new DescriptorReader(this.#inputCopy, (data) => {
      input.write(data);
      return input.waitingBytes > 0 ? input.taken : undefined;
    });
    this.#inputCopy = undefined;
  }

  /** Closes the descriptors that are for the process. */
  closeChildEnds(): void {
    if (this.child === undefined || this.#childClosed) return;
    this.#childClosed = true;
    const { stdin, stdout, stderr } = this.child;
    for (const descriptor of [stdin, stdout, stderr]) closeFile(descriptor);
  }

  /** Returns what a runtime that failed has written to the process' standard error, before `begin()`. */
  complaint(): string {
    const source = this.#sources.find(({ stream }) => stream === "stderr");
    if (source === undefined) return "";
    setNonBlocking(source.descriptor);
    const bytes = new Uint8Array(16 * 1024);
    try {
      const length = linuxKernel().call("read", source.descriptor, bytes, bytes.length);
      return new TextDecoder().decode(bytes.subarray(0, length));
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return "";
      throw error;
    }
  }

  /** Writes to the standard input; without one that clients can write to, nothing happens. */
  write(data: Uint8Array): void {
    if (this.takesInput) this.#input?.write(data);
  }

  /** Closes the standard input once everything is written; on a terminal, types its end-of-file character. */
  closeInput(): void {
    if (this.#inputKeeper !== undefined) closeFile(this.#inputKeeper);
    this.#inputKeeper = undefined;
    void this.#inputReader?.close();
    this.#inputReader = undefined;
    if (this.#master === undefined) {
      void this.#input?.end();
      return;
    }
    const character = endOfFileCharacter(this.#master);
    if (character !== undefined) this.#input?.write(new Uint8Array([character]));
  }

  /**
   * Sets the size of the terminal.
   *
   * @throws {ContainerError} ERR_NO_TERMINAL
   */
  resize(columns: number, rows: number): void {
    if (this.#master === undefined) {
      throw new ContainerError("Cannot resize the terminal of a process: it has none", {
        code: "ERR_NO_TERMINAL",
        kind: "conflict",
      });
    }
    setTerminalSize(this.#master, columns, rows);
  }

  /**
   * Opens the log anew.
   *
   * @throws {ContainerError} ERR_LOG_HELD when the process itself writes to it.
   */
  reopenLog(): void {
    if (this.#document.log?.format === "raw" && !this.terminal) {
      throw new ContainerError(
        `Cannot open "${this.#document.log.path}" anew: the process writes to it by itself`,
        { code: "ERR_LOG_HELD", kind: "unsupported", hint: "Copy the file, then truncate it" },
      );
    }
    this.output.reopenLog();
  }

  /**
   * Resolves when all output has been handed on, or after a time in which other processes held it open; what has been
   * written by then is handed on in either case.
   */
  async drain(timeoutMs: number): Promise<void> {
    const ended = Promise.all(this.#readers.map(({ reader }) => reader.ended));
    if (await settlesWithin(ended, timeoutMs)) return;
    this.output.stopHoldingBack();
    for (let round = 0; round < drainRoundsMax; round++) {
      const before = this.#chunks();
      if ((await settlesWithin(ended, drainRoundMs)) || this.#chunks() === before) return;
    }
  }

  /** Closes what belongs to the process alone: it has ended. Output of others that hold it open is still logged. */
  processEnded(): void {
    this.closeChildEnds();
    if (this.#inputKeeper !== undefined) closeFile(this.#inputKeeper);
    this.#inputKeeper = undefined;
    void this.#inputReader?.close();
    this.#input?.abandon();
    this.#input = undefined;
    for (const keeper of this.#keepers.splice(0)) closeFile(keeper);
    if (this.#master !== undefined) closeFile(this.#master);
    this.#master = undefined;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    this.processEnded();
    if (this.#inputCopy !== undefined) closeFile(this.#inputCopy);
    this.#inputCopy = undefined;
    for (const { descriptor } of this.#sources.splice(0)) closeFile(descriptor);
    await Promise.all(this.#readers.map(({ reader }) => reader.close()));
    this.output.close();
  }

  #read(stream: OutputStream, descriptor: number): void {
    let length = 0;
    const deliver = (data: Uint8Array): Promise<void> | undefined => {
      this.#onOutput();
      length += data.length;
      if (length > muchOutputBytes) {
        length = 0;
        this.#onMuchOutput();
      }
      return this.output.deliver(stream, data);
    };
    this.#readers.push({ stream, reader: new DescriptorReader(descriptor, deliver) });
  }

  #chunks(): number {
    return this.#readers.reduce((sum, { reader }) => sum + reader.chunks, 0);
  }
}

/** How long output may pause, and how often it may go on, once the time to drain is over. */
const drainRoundMs = 20;
const drainRoundsMax = 50;
const muchOutputBytes = 1024 * 1024;
