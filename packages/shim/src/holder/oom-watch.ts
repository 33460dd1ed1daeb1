import { linuxKernel, value, waitReadable } from "@ctr/runtime/kernel";
import type { MemoryCgroup, OomNotice, RuntimeDriver } from "../driver/runtime-driver.ts";
import { type OomEvent, shimFiles } from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedOomWatch } from "../sleep/saved-shim.ts";
import { closeFile } from "../system/descriptor.ts";
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
  #count: number;
  /** How many times it was told, or how many processes were killed by then if these are more. */
  #told: number;

  constructor(options: OomWatchOptions, saved?: SavedOomWatch) {
    this.#options = options;
    this.#count = saved?.count ?? 0;
    this.#told = saved?.told ?? 0;
  }

  /** Begins to watch; tells of what has happened before. Without a cgroup that would tell, nothing is told. */
  begin(): void {
    this.#cgroup = this.#begin().catch((error: unknown) => {
      const message = `Nobody is told when memory runs out: ${describeError(error)}`;
      if (!this.#stop.signal.aborted) logTo(this.#options.directory, "info", message);
      return undefined;
    });
  }

  /** Goes on after a sleep: tells of what has happened meanwhile. */
  resume({ notice }: SavedOomWatch): void {
    if (notice === undefined) return;
    // Version 1 also notices what it does not kill for.
    const wasNoticed = waitReadable(linuxKernel(), notice, 0);
    closeFile(notice);
    const told = this.#count;
    this.begin();
    if (!wasNoticed) return;
    void this.#cgroup.then((cgroup) => {
      const isStill = cgroup?.openOomNotice();
      if (isStill === undefined) return;
      closeFile(isStill.descriptor);
      if (this.#count === told) this.#tell(cgroup?.oomKills ?? 0);
    });
  }

  /** Opens what wakes a sleeping shim when memory runs out; `undefined` when nothing is watched. */
  async openNotice(): Promise<OomNotice | undefined> {
    const cgroup = await this.#cgroup;
    return cgroup?.openOomNotice();
  }

  /** What was told so far. */
  save(handover: Handover, notice: OomNotice | undefined): SavedOomWatch {
    const saved = { count: this.#count, told: this.#told };
    if (notice === undefined) return saved;
    return { ...saved, notice: handover.watch(notice.descriptor, value(notice.events)) };
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
