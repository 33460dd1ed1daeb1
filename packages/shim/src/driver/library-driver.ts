import { type Container, create, load, type Stats } from "@ctr/runtime";
import { linuxKernel, readText } from "@ctr/runtime/kernel";
import { type Config, ContainerError, upgradeConfig } from "@ctr/spec";
import { type Resources, shimFiles } from "../protocol.ts";
import type { ChildReaper } from "../system/child-reaper.ts";
import { appendText, privateFileMode } from "../system/file.ts";
import type {
  CreateRequest,
  ExecRequest,
  LaunchedProcess,
  LaunchRequest,
  MemoryCgroup,
  RuntimeDriver,
} from "./runtime-driver.ts";

/** What a {@linkcode LibraryDriver} is made from. */
export interface LibraryDriverOptions {
  readonly id: string;
  /** `--root DIR` alone; everything else is for runtimes with a command line. */
  readonly runtimeArgs: readonly string[];
  readonly reaper: ChildReaper;
}

/** Uses the runtime library in this process. */
export class LibraryDriver implements RuntimeDriver {
  readonly #id: string;
  readonly #reaper: ChildReaper;
  readonly #runtime: { readonly root?: string };
  #container: Container | undefined;

  constructor(options: LibraryDriverOptions) {
    this.#id = options.id;
    this.#reaper = options.reaper;
    this.#runtime = parseRuntimeArgs(options.runtimeArgs);
  }

  async create(request: CreateRequest): Promise<LaunchedProcess> {
    return await this.#launch(request, async () => {
      const config = configWithTerminal(request);
      const container = await create(this.#id, {
        ...this.#runtime,
        bundle: request.bundle,
        console: "keep",
        pidFile: `${request.directory}/${shimFiles.pid}`,
        pidFileMode: privateFileMode,
        noPivot: request.noPivotRoot,
        noNewKeyring: request.noNewKeyring,
        ...(request.stdio === undefined ? {} : { stdio: request.stdio }),
        ...(config === undefined ? {} : { config }),
      });
      this.#container = container;
      return container;
    });
  }

  adopt(): void {
    // The runtime's own state tells everything.
  }

  async start(): Promise<void> {
    await this.#reaper.leaveChildrenOf(() => this.#load().start());
  }

  async exec(request: ExecRequest): Promise<LaunchedProcess> {
    return await this.#launch(request, () =>
      this.#load().exec({
        process: request.process,
        console: "keep",
        pidFile: `${request.directory}/${shimFiles.pid}`,
        pidFileMode: privateFileMode,
        ...(request.stdio === undefined ? {} : { stdio: request.stdio }),
      }),
    );
  }

  async kill(signal: number, all: boolean): Promise<void> {
    await this.#load().kill(signal, { all });
  }

  async bundle(): Promise<string | undefined> {
    return this.#find()?.bundle;
  }

  async isPaused(): Promise<boolean> {
    return this.#load().status() === "paused";
  }

  async pids(): Promise<readonly number[]> {
    return this.#load().pids();
  }

  async stats(): Promise<Stats> {
    return this.#load().stats();
  }

  async memory(): Promise<MemoryCgroup> {
    return this.#load().cgroup;
  }

  async pause(): Promise<void> {
    await this.#load().pause();
  }

  async resume(): Promise<void> {
    await this.#load().resume();
  }

  async update(resources: Resources): Promise<void> {
    this.#load().update(resources);
  }

  async delete(force: boolean): Promise<void> {
    const container = this.#find();
    if (container === undefined) return;
    await this.#reaper.leaveChildrenOf(() => container.delete({ force }));
  }

  /** Makes a process, whose end the library learns of and reaps. */
  async #launch(
    { directory }: LaunchRequest,
    make: () => Promise<Pick<Container, "pid" | "takeConsole" | "exited">>,
  ): Promise<LaunchedProcess> {
    try {
      return await this.#reaper.leaveChildrenOf(async () => {
        const made = await make();
        const { pid } = made;
        const exited = made.exited.then(({ status }) => status);
        this.#reaper.leave(pid, exited);
        return { pid, master: made.takeConsole(), exited };
      });
    } catch (error) {
      const msg = error instanceof Error ? error.message : String(error);
      const line = JSON.stringify({ level: "error", msg, time: new Date().toISOString() });
      appendText(`${directory}/${shimFiles.log}`, `${line}\n`);
      throw error;
    }
  }

  #load(): Container {
    this.#container ??= load(this.#id, this.#runtime);
    return this.#container;
  }

  #find(): Container | undefined {
    try {
      return this.#load();
    } catch (error) {
      if (error instanceof ContainerError && error.kind === "notFound") return undefined;
      throw error;
    }
  }
}

/** The bundle's configuration with another terminal setting; `undefined` when it is right as it is. */
function configWithTerminal({ bundle, terminal }: CreateRequest): Config | undefined {
  if (terminal === undefined) return undefined;
  const { config } = upgradeConfig(JSON.parse(readText(linuxKernel(), `${bundle}/config.json`)));
  return config.process === undefined
    ? config
    : { ...config, process: { ...config.process, terminal } };
}

function parseRuntimeArgs(args: readonly string[]): { readonly root?: string } {
  const [first, second, ...more] = args;
  const joined = /^--root=(.+)$/.exec(first ?? "")?.[1];
  if (first === undefined) return {};
  if (joined !== undefined && second === undefined) return { root: joined };
  if (first === "--root" && second !== undefined && more.length === 0) return { root: second };
  throw new ContainerError(
    `Cannot use the runtime's arguments ${args.join(" ")}: only --root DIR`,
    {
      code: "ERR_INVALID_PROCESS",
      kind: "invalid",
      pointer: "/runtimeArgs",
      hint: "Give the path of bunc instead of its name: then it is called with them",
    },
  );
}
