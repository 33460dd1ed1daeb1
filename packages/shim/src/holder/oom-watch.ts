import type { MemoryCgroup, RuntimeDriver } from "../driver/runtime-driver.ts";
import { type OomEvent, shimFiles } from "../protocol.ts";
import { appendText } from "../system/file.ts";
import { describeError, logTo } from "./shim-log.ts";

/** What an {@linkcode OomWatch} is made from. */
export interface OomWatchOptions {
  readonly driver: Pick<RuntimeDriver, "memory">;
  /** Of the container's first process. */
  readonly directory: string;
  /** Is called with each event, after it is on the disk. */
  readonly onOom: (event: OomEvent) => void;
}

/**
 * Tells each time when memory runs out in a container. The kernel's notices come when they come; what it has counted tells
 * before a process' end is told whether one is still on its way.
 */
export class OomWatch {
  readonly #options: OomWatchOptions;
  readonly #stop: AbortController = new AbortController();
  #cgroup: Promise<MemoryCgroup | undefined> = Promise.resolve(undefined);
  #count = 0;
  /** How many times it was told, or how many processes were killed by then if these are more. */
  #told = 0;

  constructor(options: OomWatchOptions) {
    this.#options = options;
  }

  /** Begins to watch; tells of what has happened before. Without a cgroup that would tell, nothing is told. */
  begin(): void {
    this.#cgroup = this.#begin().catch((error: unknown) => {
      const message = `Nobody is told when memory runs out: ${describeError(error)}`;
      if (!this.#stop.signal.aborted) logTo(this.#options.directory, "info", message);
      return undefined;
    });
  }

  /** The container has ended: tells of what the kernel has counted and nobody was told yet, and nothing any more. */
  async end(): Promise<void> {
    const cgroup = await this.#cgroup;
    this.#stop.abort();
    if (cgroup !== undefined) this.#settle(cgroup);
  }

  async #begin(): Promise<MemoryCgroup> {
    const cgroup = await this.#options.driver.memory();
    void this.#follow(cgroup.oomEvents(this.#stop.signal));
    this.#settle(cgroup);
    return cgroup;
  }

  async #follow(events: AsyncIterable<{ readonly kills: number }>): Promise<void> {
    for await (const { kills } of events) {
      // Version 1 notices before it kills; of several at once it may tell one.
      if (!this.#stop.signal.aborted) this.#tell(kills);
    }
  }

  #settle({ oomKills }: MemoryCgroup): void {
    if (oomKills > this.#told) this.#tell(oomKills);
  }

  #tell(kills: number): void {
    const { directory, onOom } = this.#options;
    this.#told = Math.max(this.#told + 1, kills);
    const event: OomEvent = { number: ++this.#count, at: new Date().toISOString(), kills };
    try {
      appendText(`${directory}/${shimFiles.oom}`, `${JSON.stringify(event)}\n`);
    } catch (error) {
      logTo(directory, "error", `Cannot write that memory ran out: ${describeError(error)}`);
    }
    onOom(event);
  }
}
