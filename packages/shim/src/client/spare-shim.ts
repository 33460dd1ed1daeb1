import { LineReader } from "./line-reader.ts";
import { shimCommand, shimEnvironment } from "./shim-command.ts";

/** Which container a shim is to hold. */
export interface SpareJob {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
  /** Absolute path of the directory of the container's first process. */
  readonly directory: string;
  /** Whether it is to wait for another container when this one is gone. */
  readonly returns?: boolean;
}

/** What `ctr-shim --spare` prints when it waits for a container. */
export interface SpareLine {
  readonly spare: number;
  /** How many bytes of arguments it can show. */
  readonly room: number;
}

/** A shim that has been told what to create and has not answered yet. */
export interface StartingShim {
  readonly child: Pick<
    Bun.Subprocess,
    "exitCode" | "exited" | "kill" | "ref" | "signalCode" | "unref"
  >;
  readonly lines: LineReader;
  /** It has answered. */
  release(): void;
}

/** Options of {@linkcode SpareShim}. */
export interface SpareShimOptions {
  /** The shim's program and its first arguments. @default `shimCommand()` */
  readonly command?: readonly string[];
  /** Its working directory until it has a container. */
  readonly directory: string;
  /**
   * Whether it comes back when its container is gone, see {@linkcode SpareShim.returned}: it creates the next one
   * faster. Until then it takes two descriptors of ours, at the most until it sleeps. @default false
   */
  readonly returns?: boolean;
}

/** Room for the id, the bundle and the runtime in what `ps` shows, in bytes. */
const room = " ".repeat(1024);

/**
 * A shim that is started ahead of its container: `ctr-shim --spare`. It ends with us as long as it has none.
 *
 * @example
 * ```ts
 * import { SpareShim, startShim } from "@ctr/shim/client";
 *
 * using spare = new SpareShim({ directory: "/run/supervisor" });
 * await spare.ready;
 * using shim = await startShim({
 *   id: "web",
 *   bundle: "/containers/web",
 *   directory: "/run/supervisor/web",
 *   spare,
 * });
 * ```
 */
export class SpareShim implements Disposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: LineReader;
  readonly #returns: boolean;
  #room: number | undefined;
  #isGiven = false;
  #returned: PromiseWithResolvers<boolean> = Promise.withResolvers();
  /** Resolves to whether it waits for a container; otherwise it has ended. */
  readonly ready: Promise<boolean>;

  /** Starts one, in a session of its own. */
  constructor({ command = shimCommand(), directory, returns = false }: SpareShimOptions) {
    this.#returns = returns;
    this.#child = Bun.spawn([...command, "--spare", room], {
      cwd: directory,
      env: shimEnvironment(),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      detached: true,
    });
    this.#child.unref();
    this.#lines = new LineReader(this.#child.stdout);
    this.ready = this.#getReady();
    void this.#child.exited.then(() => this.#returned.resolve(false));
  }

  /** Its pid. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it waits for a container now. */
  get isReady(): boolean {
    return this.#room !== undefined && !this.#isGiven && !this.#hasEnded;
  }

  /** Resolves when the process has ended, with or without a container. */
  get ended(): Promise<unknown> {
    return this.#child.exited;
  }

  /** Resolves to whether it waits again, after it was given a container; otherwise it has ended, or never will. */
  get returned(): Promise<boolean> {
    return this.#returned.promise;
  }

  /** Gives it its container, which it creates; `undefined` when it cannot take this one, or none any more. */
  async give(job: SpareJob): Promise<StartingShim | undefined> {
    const { id, bundle, runtime } = job;
    const length = Buffer.byteLength(`${id}\0${bundle}\0${runtime}\0`);
    if (!this.isReady || length > (this.#room ?? 0)) return undefined;
    this.#isGiven = true;
    this.#returned = Promise.withResolvers();
    const { stdin } = this.#child;
    try {
      stdin.write(`${JSON.stringify({ ...job, returns: this.#returns })}\n`);
      await (this.#returns ? stdin.flush() : stdin.end());
    } catch {
      // It has just ended; what it did not read it does not do.
      return undefined;
    }
    this.#child.ref();
    return { child: this.#child, lines: this.#lines, release: () => void this.#release() };
  }

  /** Waits until it waits again. */
  async #release(): Promise<void> {
    if (!this.#returns) {
      this.#lines.close();
      this.#returned.resolve(false);
      return;
    }
    const isBack = await this.#getReady();
    // It sleeps, and is another program, or has ended.
    if (!isBack) void Promise.resolve(this.#child.stdin.end()).catch(() => undefined);
    this.#isGiven = !isBack;
    this.#returned.resolve(isBack);
  }

  /** Ends it, unless it has a container. */
  [Symbol.dispose](): void {
    if (!this.#isGiven) this.#child.kill("SIGKILL");
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #getReady(): Promise<boolean> {
    const line = await this.#lines.next();
    if (line === undefined) return false;
    const ready: SpareLine = JSON.parse(line);
    this.#room = ready.room;
    return true;
  }
}
