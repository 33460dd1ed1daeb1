import { linuxKernel, readProcessStat } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";
import type { LaunchedProcess } from "../driver/runtime-driver.ts";
import { initProcessId, type ProcessExit, type ProcessState } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedProcess } from "../sleep/saved-shim.ts";
import { DescriptorReader } from "../stdio/descriptor-reader.ts";
import { linesOf } from "../stdio/lines.ts";
import type { ProcessStdio } from "../stdio/process-stdio.ts";
import { sendSignal } from "../system/signal.ts";
import { parseControlLine } from "./control-line.ts";
import type { ProcessFiles } from "./process-files.ts";
import { describeError, logTo } from "./shim-log.ts";

/** How long an exit is held back while others hold the output open, in ms. */
export const drainTimeoutMs = 10_000;

/** What a {@linkcode HeldProcess} is made from. */
export interface HeldProcessOptions {
  readonly processId: string;
  readonly launched: LaunchedProcess;
  readonly files: ProcessFiles;
  readonly stdio: ProcessStdio;
  /** See {@linkcode drainTimeoutMs}, the default. */
  readonly drainTimeoutMs: number;
}

/** A process that the shim holds: its stdio, its files and, once it has ended, its exit. */
export class HeldProcess {
  readonly processId: string;
  readonly pid: number;
  readonly stdio: ProcessStdio;
  readonly files: ProcessFiles;
  readonly #launched: LaunchedProcess;
  readonly #drainTimeoutMs: number;
  readonly #announced: PromiseWithResolvers<ProcessExit> = Promise.withResolvers();
  #control: DescriptorReader | undefined;
  #isReaped = false;
  #exit: ProcessExit | undefined;
  /** The exit is not announced before this has settled. */
  #held: Promise<unknown> = Promise.resolve();
  /** How many of those have not settled. */
  #heldBy = 0;

  constructor(options: HeldProcessOptions) {
    this.processId = options.processId;
    this.pid = options.launched.pid;
    this.stdio = options.stdio;
    this.files = options.files;
    this.#launched = options.launched;
    this.#drainTimeoutMs = options.drainTimeoutMs;
  }

  /** Whether it is the container's first process. */
  get isInit(): boolean {
    return this.processId === initProcessId;
  }

  /** Whether it has ended, announced or not. */
  get isReaped(): boolean {
    return this.#isReaped;
  }

  /** Whether it has ended, reaped or not yet. */
  get hasEnded(): boolean {
    return this.#isReaped || readProcessStat(linuxKernel(), this.pid)?.state === "Z";
  }

  /** How it ended; `undefined` until that is announced. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Resolves when its exit is announced. */
  get announced(): Promise<ProcessExit> {
    return this.#announced.promise;
  }

  /** What there is to say of it. */
  get state(): ProcessState {
    const { processId, pid } = this;
    const state = { processId, pid, terminal: this.stdio.terminal };
    return this.#exit === undefined ? state : { ...state, exit: this.#exit };
  }

  /** Takes up a process that another shim has held; nobody is told anew of an end that was told. */
  static restore(options: HeldProcessOptions, exit: ProcessExit | undefined): HeldProcess {
    const process = new HeldProcess(options);
    if (exit === undefined) {
      process.#listen();
      return process;
    }
    process.#isReaped = true;
    process.#exit = exit;
    process.#announced.resolve(exit);
    return process;
  }

  /** Whether nothing is under way: it runs, or all is said and done. */
  get isIdle(): boolean {
    if (this.#heldBy > 0 || !this.stdio.isIdle) return false;
    return this.#exit === undefined ? !this.#isReaped : !this.stdio.isRead;
  }

  /** Leaves everything open for another shim. */
  save(handover: Handover): SavedProcess {
    const control = this.#control?.descriptor;
    return {
      processId: this.processId,
      pid: this.pid,
      drainTimeoutMs: this.#drainTimeoutMs,
      ...(this.#exit === undefined ? {} : { exit: this.#exit }),
      stdio: this.stdio.save(handover),
      files: {
        ...this.files.save(handover),
        ...(control === undefined ? {} : { control: handover.watch(control) }),
      },
    };
  }

  /** Begins to hand its output on and to listen to its FIFO `control`. */
  begin(): void {
    this.stdio.begin(this.#launched.master);
    this.#listen();
  }

  #listen(): void {
    const control = this.files.takeControl();
    if (control === undefined) return;
    const obey = linesOf((line) => this.#obey(line));
    this.#control = new DescriptorReader(control, (data) => {
      obey(data);
      return undefined;
    });
  }

  /** Does not announce the exit before a promise has settled. */
  holdExit(until: Promise<unknown>): void {
    this.#heldBy++;
    const over = (): void => void this.#heldBy--;
    until.then(over, over);
    this.#held = Promise.allSettled([this.#held, until]);
  }

  /**
   * Waits for its end and announces that: everything it has written is handed on, then its status is on the disk, then
   * it is told.
   *
   * @param reaped is called when it has ended
   * @param beforeAnnounced is called when its status is on the disk
   */
  async follow(
    reaped: () => Promise<void>,
    beforeAnnounced: () => Promise<void>,
  ): Promise<ProcessExit> {
    const status = await this.#launched.exited;
    const exitedAtMs = Date.now();
    this.#isReaped = true;
    const { processId } = this;
    const exit = { processId, status, exitedAt: new Date(exitedAtMs).toISOString() };
    await this.#attempt("end what it left behind", reaped);
    await this.#held;
    await this.stdio.drain(this.#drainTimeoutMs);
    await this.#attempt("write its exit status", () => this.files.writeExit(status, exitedAtMs));
    await this.#attempt("delete the container", beforeAnnounced);
    this.#exit = exit;
    this.stdio.output.announce(exit);
    this.stdio.processEnded();
    void this.#control?.close();
    this.files.close();
    this.#announced.resolve(exit);
    return exit;
  }

  /**
   * Sends it a signal.
   *
   * @throws {ContainerError} ERR_PROCESS_ENDED
   */
  signal(number: number): void {
    // While it is not reaped nobody else can have its pid.
    if (this.#isReaped || !sendSignal(this.pid, number)) throw this.endedError();
  }

  /** The error of something that needs it to run. */
  endedError(): ContainerError {
    return new ContainerError(`Cannot reach process "${this.processId}": it has ended`, {
      code: "ERR_PROCESS_ENDED",
      kind: "conflict",
    });
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    await this.#control?.close();
    await this.stdio.close();
    this.files.close();
  }

  #obey(line: string): void {
    const request = parseControlLine(line);
    try {
      if (request === undefined) throw new Error("it is neither `0 0 0` nor `1 COLUMNS ROWS`");
      if (request.kind === "closeStdin") this.stdio.closeInput();
      else this.stdio.resize(request.columns, request.rows);
    } catch (error) {
      const shown = JSON.stringify(line.slice(0, 80));
      logTo(this.files.directory, "warning", `Cannot obey ${shown}: ${describeError(error)}`);
    }
  }

  /** The exit is announced whatever fails on the way. */
  async #attempt(what: string, act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      const message = `Cannot ${what}, process "${this.processId}": ${describeError(error)}`;
      logTo(this.files.directory, "error", message);
    }
  }
}
