import type { ContainerContext } from "./container-context.ts";
import type { ContainerState } from "./container-state.ts";
import { within } from "./deadline.ts";
import type { ProcessTable } from "./process-table.ts";
import { shimStuck } from "./service-errors.ts";
import type { Shim } from "./shims.ts";

/** Which container a {@linkcode ShimLink} is of. */
export interface LinkedContainer {
  readonly state: Pick<ContainerState, "id" | "bundle" | "runtime">;
  readonly directory: string;
}

/** The connection to the shim of one container, and what is done when it ends. */
export class ShimLink {
  readonly #container: LinkedContainer;
  readonly #context: ContainerContext;
  readonly #processes: ProcessTable;
  readonly #ended: PromiseWithResolvers<true> = Promise.withResolvers();
  #shim: Shim | undefined;
  #isExpected = false;
  /** Is called when no shim is left, and everything is announced. */
  onEnded: (() => void) | undefined;

  constructor(container: LinkedContainer, context: ContainerContext, processes: ProcessTable) {
    this.#container = container;
    this.#context = context;
    this.#processes = processes;
  }

  get shim(): Shim | undefined {
    return this.#shim;
  }

  /** Resolves when no shim is left, and everything is announced. */
  get ended(): Promise<true> {
    return this.#ended.promise;
  }

  /** Uses a shim from now on. */
  attach(shim: Shim): void {
    this.#shim = shim;
    shim.onExited((exit) => this.#processes.noteExit(exit));
    shim.onOom((event) => void this.#processes.noteOoms([event]));
    void shim.closed.then(() => this.#processes.afterExits(() => this.#handleEnd(shim)));
  }

  /** Says that the end of the shim, or of the connection, is no accident. */
  expectEnd(isExpected = true): void {
    this.#isExpected = isExpected;
  }

  /**
   * Resolves when the shim has ended, as its container has. One that does not end in time is killed, when that is allowed.
   *
   * @throws {ContainerError} ERR_SHIM_STUCK.
   */
  async end(force: boolean, timeoutMs: number): Promise<void> {
    if ((await within(this.ended, timeoutMs)) !== undefined) return;
    const pid = this.#shim?.hello.pid;
    if (!force || pid === undefined) throw shimStuck(this.#container.state.id);
    process.kill(pid, "SIGKILL");
    if ((await within(this.ended, timeoutMs)) === undefined) {
      throw shimStuck(this.#container.state.id);
    }
  }

  /** Closes the connection; the shim goes on. */
  close(): void {
    this.#isExpected = true;
    this.#shim?.[Symbol.dispose]();
  }

  /** Notes that there is no shim. */
  finish(): void {
    this.#shim = undefined;
    this.#ended.resolve(true);
    this.onEnded?.();
  }

  /** Cleans up after a shim that has died, and announces how its processes ended. */
  async recover(): Promise<void> {
    const { state, directory } = this.#container;
    const { id, bundle, runtime } = state;
    const command = this.#context.shimCommand;
    try {
      const exits = await this.#context.shims.recover({
        id,
        bundle,
        runtime,
        directory,
        ...(command && { command }),
      });
      for (const exit of exits) await this.#processes.settle(exit);
    } catch (error) {
      this.#context.log.error(`Cannot clean up after the shim of container "${id}"`, error);
    }
  }

  /** Announces each time that memory ran out and nobody was told. */
  async noteOoms(): Promise<void> {
    const { ooms } = await this.#context.shims.read(this.#container.directory);
    await this.#processes.noteOoms(ooms);
  }

  async #handleEnd(shim: Shim): Promise<void> {
    if (this.#shim !== shim) return;
    if (this.#processes.init.exit === undefined && !this.#isExpected) {
      if (await this.#reconnect()) return;
      this.#context.log.warn(`The shim of container "${this.#container.state.id}" has died`);
      await this.recover();
    }
    this.finish();
  }

  /** The connection can end although the shim lives. */
  async #reconnect(): Promise<boolean> {
    try {
      const shim = await this.#context.shims.connect(this.#container.directory);
      this.attach(shim);
      await this.noteOoms();
      this.#processes.noteState(await shim.state());
      return true;
    } catch {
      return false;
    }
  }
}
