/**
 * A process that runs an init program: started, talked to until it is the user's program, or abandoned.
 *
 * @module
 */

import { ContainerError } from "@ctr/spec";
import type { FileDescriptor } from "../../kernel/fd.ts";
import {
  type Kernel,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "../../kernel/kernel.ts";
import { waitReadable } from "../../kernel/poll.ts";
import { isErrno, reasonOf } from "../../kernel/system-call-error.ts";
import { type ExitStatus, reap } from "../../kernel/wait.ts";
import { value } from "../../machine/constants.ts";
import type { ErrnoName } from "../../machine/errno.ts";
import { assemble } from "../../program/assemble.ts";
import type { Message } from "../../program/report.ts";
import type { NoteName, Program } from "../../program/step.ts";
import { readMessages } from "./report.ts";
import { stepFailure } from "./step-failure.ts";

/** What a program is started with. */
export interface InitRequest {
  readonly program: Program;
  /** What `ps` shows until the program names itself; at most 15 bytes. */
  readonly name: string;
  /** Descriptors 0, 1 and 2. */
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  /** What the program's `preserveFds` descriptors from 3 on are. */
  readonly preserved: readonly number[];
  /** Our descriptors for the names of the program. */
  readonly descriptors: ReadonlyMap<string, number>;
  /** `CLONE_NEW*`. */
  readonly namespaces: bigint;
  /** Directory of a cgroup of version 2. */
  readonly cgroup?: number;
  readonly writeIdMappings?: (pid: number) => void;
}

/** What the launcher does when the program tells it something; then the program goes on. */
export type NoteHandlers = {
  readonly [name in Exclude<NoteName, "pid" | "ready" | "copyUpFrom">]?: (
    value: number,
  ) => void | Promise<void>;
} & { readonly copyUp?: (from: number, to: number) => void | Promise<void> };

/** How long a program has for saying what it failed at, in ms. */
const lastWordsMs = 100;

/** A process that runs an init program. */
export class InitProcess {
  readonly #kernel: Kernel;
  readonly #program: Program;
  readonly #report: FileDescriptor;
  readonly #sync: FileDescriptor | undefined;
  #pid: number;
  #pidfd: number;
  #hasForked = false;
  #waiting: Message[] = [];

  /**
   * Starts the process.
   *
   * @param report the end that messages are read from
   * @param sync the end that answers are written to, when the program waits for any
   */
  constructor(
    kernel: Kernel,
    request: InitRequest,
    report: FileDescriptor,
    sync: FileDescriptor | undefined,
  ) {
    this.#kernel = kernel;
    this.#program = request.program;
    this.#report = report;
    this.#sync = sync;
    const { cgroup, writeIdMappings } = request;
    const { pid, pidfd } = launch(kernel, {
      image: assemble(request.program),
      name: request.name,
      descriptors: placed(request),
      namespaces: request.namespaces,
      ...(cgroup === undefined ? {} : { cgroup }),
      ...(writeIdMappings === undefined ? {} : { writeIdMappings }),
    });
    this.#pid = pid;
    this.#pidfd = pidfd;
  }

  /** Host pid; once the program is ready, the one of the user's process. */
  get pid(): number {
    return this.#pid;
  }

  /** A pidfd of it. */
  get pidfd(): number {
    return this.#pidfd;
  }

  /**
   * Does what the program asks for until it is ready.
   *
   * @throws {ContainerError} the step that failed; ERR_CONTAINER_INIT when the process ended
   */
  async untilReady(handlers: NoteHandlers): Promise<void> {
    for (;;) {
      const message = await this.#next();
      if (message === undefined) throw this.#unexpectedEnd();
      if ("note" in message && message.note === "ready") {
        await this.#learnPid();
        // It may have gone on and failed before we looked.
        const [next] = this.#waiting;
        if (next !== undefined && "failed" in next) throw this.#failure(next);
        return;
      }
      await this.#handle(message, handlers);
    }
  }

  /**
   * Does what the program asks for until it has become the user's program, or whatever ended it.
   *
   * @throws {ContainerError} the step that failed
   */
  async untilExecuted(handlers: NoteHandlers): Promise<void> {
    for (;;) {
      const message = await this.#next();
      if (message === undefined) return;
      await this.#handle(message, handlers);
    }
  }

  /** Kills and reaps the process. */
  abandon(): void {
    try {
      this.#kernel.call("pidfd_send_signal", this.#pidfd, value("SIGKILL"), null, 0);
    } catch (error) {
      if (!isErrno(error, "ESRCH")) throw error;
    }
    reap(this.#kernel, this.#pidfd, "block");
    this.#kernel.call("close", this.#pidfd);
  }

  async #handle(message: Message, handlers: NoteHandlers): Promise<void> {
    if ("failed" in message) {
      await this.#learnPid();
      throw this.#failure(message);
    }
    const { note, value: argument } = message;
    if (note === "pid") {
      this.#follow(argument);
      return;
    }
    if (note !== "userNamespace") await this.#learnPid();
    const to = note === "copyUpFrom" ? await this.#next() : undefined;
    try {
      if (note !== "copyUpFrom" && note !== "ready") await handlers[note]?.(argument);
      else if (to !== undefined && "note" in to) await handlers.copyUp?.(argument, to.value);
    } catch (error) {
      // What the program failed at is why nothing could be done for it.
      if (waitReadable(this.#kernel, this.#report.number, lastWordsMs)) {
        const next = await this.#next();
        if (next !== undefined && "failed" in next) await this.#handle(next, {});
      }
      throw error;
    }
    this.#answer();
  }

  #failure({ failed, errno }: Extract<Message, { failed: number }>): ContainerError {
    const step = this.#program.steps[failed];
    return stepFailure(step !== undefined && "does" in step ? step : undefined, errno);
  }

  /** The program goes on in a child, which is ours, too; its parent has done its part. */
  #follow(pid: number): void {
    const pidfd = this.#kernel.call("pidfd_open", pid, 0);
    reap(this.#kernel, this.#pidfd, "block");
    this.#kernel.call("close", this.#pidfd);
    this.#pid = pid;
    this.#pidfd = pidfd;
    this.#hasForked = true;
  }

  /** After a fork the child may speak before its parent has told its pid. */
  async #learnPid(): Promise<void> {
    const forks = this.#program.steps.some((step) => "tell" in step && step.tell === "pid");
    const others: Message[] = [];
    while (forks && !this.#hasForked) {
      const message = await this.#next();
      if (message === undefined) break;
      if ("note" in message && message.note === "pid") this.#follow(message.value);
      else others.push(message);
    }
    this.#waiting.unshift(...others);
  }

  #answer(): void {
    if (this.#sync === undefined) return;
    try {
      this.#kernel.call("write", this.#sync.number, new Uint8Array(1), 1);
    } catch (error) {
      // It has ended meanwhile; its last message says why.
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }

  async #next(): Promise<Message | undefined> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return waiting;
    this.#waiting = await readMessages(this.#kernel, this.#report.number);
    return this.#waiting.shift();
  }

  #unexpectedEnd(): ContainerError {
    const status: ExitStatus | undefined = reap(this.#kernel, this.#pidfd, "peek");
    const how = status?.signal ?? `status ${status?.status ?? "unknown"}`;
    return new ContainerError(`Cannot set up the container: its first process ended (${how})`, {
      code: "ERR_CONTAINER_INIT",
      kind: "internal",
      hint: "Is the memory limit too small, or did somebody kill it?",
    });
  }
}

const launchHints: Readonly<Partial<Record<ErrnoName, string>>> = {
  EBUSY: "A cgroup with controllers for its children takes no processes: name one of the children",
  EPERM: "User namespaces may be switched off (kernel.unprivileged_userns_clone, AppArmor)",
  ENOSPC: "One of the limits below /proc/sys/user may be reached",
  EAGAIN: "The cgroup (linux.resources.pids.limit) or the user (RLIMIT_NPROC) may have too many",
};

function launch(kernel: Kernel, request: LaunchRequest): LaunchedProcess {
  try {
    return kernel.launch(request);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    const hint = launchHints[error.errno];
    // clone3(2): what CLONE_INTO_CGROUP fails with when the cgroup has controllers for its children.
    const step =
      error.errno === "EBUSY" && request.cgroup !== undefined
        ? "error adding pid of the process to cgroups"
        : error.syscall;
    throw new ContainerError(`Cannot start the process: ${step}: ${reasonOf(error)}`, {
      code: "ERR_CONTAINER_INIT",
      kind: error.errno === "EPERM" ? "forbidden" : "internal",
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Says that a process was started, for who follows what is done. */
export function launched({ pid }: Pick<InitProcess, "pid">, { steps }: Program): string {
  return `process ${pid} executes the init program of ${steps.length} steps`;
}

/** Returns names for descriptors of one kind: `cgroup-0`, `cgroup-1`. */
export function numbered(kind: string, files: readonly FileDescriptor[]): [string, number][] {
  return files.map((file, index) => [`${kind}-${index}`, file.number]);
}

function placed({ program, stdio, preserved, descriptors }: InitRequest): number[] {
  const named = program.descriptors.map((name) => {
    const descriptor = descriptors.get(name);
    if (descriptor === undefined) throw new RangeError(`Nobody opened "${name}"`);
    return descriptor;
  });
  return [...stdio, ...preserved, ...named];
}
