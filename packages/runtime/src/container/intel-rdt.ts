/**
 * Classes of service of Intel's resource director: directories of the resctrl file system.
 *
 * @see config-linux.md, "IntelRdt"; Documentation/arch/x86/resctrl.rst of Linux
 * @module
 */

import { type Config, ContainerError, type LinuxIntelRdt } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import {
  exists,
  makeDirectory,
  open,
  readText,
  readTextIfExists,
  removeDirectory,
  writeAll,
} from "../kernel/file.ts";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";

/** Where a container is in resctrl, as it is kept in its state. */
export interface IntelRdtState {
  /** Directory of its class of service. */
  readonly group: string;
  /** Whether that was made for the container alone, and goes with it. */
  readonly own: boolean;
  /** Directory of its monitoring group. */
  readonly monitoring?: string;
}

/**
 * Finds or makes the class of service that a configuration asks for, and sets it up.
 *
 * @param root directory to take for the resctrl file system, in place of the one that is mounted
 * @returns `undefined` when it asks for none
 * @throws {ContainerError} ERR_INTEL_RDT; nothing is left behind then
 */
export function makeIntelRdt(
  kernel: Kernel,
  id: string,
  config: Config,
  root: string | undefined,
): IntelRdtState | undefined {
  const { intelRdt } = config.linux ?? {};
  if (intelRdt === undefined) return undefined;
  const mounted = root ?? findResctrl(kernel);
  if (mounted === undefined) {
    throw failed("", "no resctrl file system is mounted", "unsupported", {
      hint: "mount -t resctrl resctrl /sys/fs/resctrl",
    });
  }
  return explained(kernel, mounted, () => new Setup(kernel, mounted, id, intelRdt).run());
}

/** Making one class. */
class Setup {
  readonly #kernel: Kernel;
  readonly #root: string;
  readonly #id: string;
  readonly #rdt: LinuxIntelRdt;

  constructor(kernel: Kernel, root: string, id: string, rdt: LinuxIntelRdt) {
    this.#kernel = kernel;
    this.#root = root;
    this.#id = id;
    this.#rdt = rdt;
  }

  run(): IntelRdtState {
    using undo = new DisposableStack();
    const kernel = this.#kernel;
    const { closID = "", enableMonitoring = false } = this.#rdt;
    const group = closID === "/" ? this.#root : `${this.#root}/${closID || this.#id}`;
    const isNew = this.#findOrMake(group, undo);
    this.#writeSchemata(group, isNew);
    const own = isNew && closID === "";
    if (!enableMonitoring) {
      undo.move();
      return { group, own };
    }
    const monitoring = `${group}/mon_groups/${this.#id}`;
    if (makeDirectory(kernel, monitoring, 0o755)) {
      undo.defer(() => removeDirectory(kernel, monitoring));
    }
    undo.move();
    return { group, own, monitoring };
  }

  /** Tells whether the class is new. */
  #findOrMake(group: string, undo: DisposableStack): boolean {
    const kernel = this.#kernel;
    const { closID = "" } = this.#rdt;
    if (closID !== "" && this.#lines.length === 0) {
      if (exists(kernel, group)) return false;
      throw failed(
        "/closID",
        `there is no class "${closID}", and nothing to make one with`,
        "notFound",
      );
    }
    const isNew = makeDirectory(kernel, group, 0o755);
    if (isNew) undo.defer(() => removeDirectory(kernel, group));
    return isNew;
  }

  get #lines(): string[] {
    const { l3CacheSchema = "", memBwSchema = "", schemata = [] } = this.#rdt;
    return [l3CacheSchema, memBwSchema, ...schemata].filter((line) => line !== "");
  }

  /** A class that others may use, too, is compared, not changed; but for the lines that are to be written in any case. */
  #writeSchemata(group: string, isNew: boolean): void {
    const { closID = "", schemata = [] } = this.#rdt;
    if (isNew || closID === "") {
      writeSchemata(this.#kernel, group, this.#lines);
      return;
    }
    for (const field of ["l3CacheSchema", "memBwSchema"] as const) this.#compare(group, field);
    writeSchemata(
      this.#kernel,
      group,
      schemata.filter((line) => line !== ""),
    );
  }

  #compare(group: string, field: "l3CacheSchema" | "memBwSchema"): void {
    const wanted = this.#rdt[field] ?? "";
    if (wanted === "") return;
    const present = readText(this.#kernel, `${group}/schemata`);
    const found = parseSchemata(present);
    const differs = [...parseSchemata(wanted)].some(([key, value]) => found.get(key) !== value);
    if (!differs) return;
    throw failed(
      `/${field}`,
      `the class "${this.#rdt.closID}" exists with ${JSON.stringify(present.trim())}`,
      "conflict",
      { hint: "Ask for the same, for another class, or for none" },
    );
  }
}

/** Reads `L3:0=7f0;1=1f` as values by resource and cache, in a form that can be compared. */
function parseSchemata(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [resource = "", domains = ""] = line.split(/:(.*)/s);
    for (const domain of domains.split(";")) {
      const [cache = "", value = ""] = domain.split("=").map((part) => part.trim());
      if (cache === "") continue;
      values.set(
        `${resource.trim()}:${Number(cache)}`,
        value.toLowerCase().replace(/^0+(?=.)/, ""),
      );
    }
  }
  return values;
}

/** In one write: the kernel takes it line by line. */
function writeSchemata(kernel: Kernel, group: string, lines: readonly string[]): void {
  if (lines.length > 0) put(kernel, `${group}/schemata`, lines.map((line) => `${line}\n`).join(""));
}

function put(kernel: Kernel, path: string, text: string): void {
  using file = open(kernel, path, ["O_WRONLY", "O_CREAT"], 0o644);
  writeAll(kernel, file.number, new TextEncoder().encode(text));
}

/** Opens what a process of the container writes to, to get in. */
export function openIntelRdt(
  kernel: Kernel,
  state: IntelRdtState | undefined,
  stack: DisposableStack,
): FileDescriptor[] {
  if (state === undefined) return [];
  const { group, monitoring } = state;
  const groups = monitoring === undefined ? [group] : [group, monitoring];
  return groups.map((directory) =>
    stack.use(open(kernel, `${directory}/tasks`, ["O_WRONLY", "O_CREAT"], 0o644)),
  );
}

/**
 * Changes the schemata of a container's class.
 *
 * @throws {ContainerError} ERR_INTEL_RDT
 */
export function updateIntelRdt(
  kernel: Kernel,
  state: IntelRdtState | undefined,
  change: Pick<LinuxIntelRdt, "l3CacheSchema" | "memBwSchema">,
): void {
  const { l3CacheSchema = "", memBwSchema = "" } = change;
  const lines = [l3CacheSchema, memBwSchema].filter((line) => line !== "");
  if (lines.length === 0) return;
  if (state === undefined) {
    throw failed("", "the container has no class of service", "unsupported", {
      hint: "Create it with linux.intelRdt",
    });
  }
  const root = state.group.slice(0, state.group.lastIndexOf("/"));
  explained(kernel, root, () => writeSchemata(kernel, state.group, lines));
}

/** Removes what was made for a container. */
export function removeIntelRdt(kernel: Kernel, state: IntelRdtState | undefined): void {
  if (state?.monitoring !== undefined) removeDirectory(kernel, state.monitoring);
  if (state?.own === true) removeDirectory(kernel, state.group);
}

function findResctrl(kernel: Kernel): string | undefined {
  for (const line of readText(kernel, "/proc/self/mountinfo").split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    if (filesystem.startsWith("resctrl ")) return mount.split(" ")[4];
  }
  return undefined;
}

/** The kernel says in a file why it refused something. */
function explained<Result>(kernel: Kernel, root: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    const status = readTextIfExists(kernel, `${root}/info/last_cmd_status`)?.trim() ?? "";
    const why = status === "" || status === "ok" ? "" : `: ${status}`;
    throw failed("", `${reasonOf(error)}${why}`, "invalid", { cause: error });
  }
}

function failed(
  field: string,
  why: string,
  kind: "invalid" | "unsupported" | "notFound" | "conflict",
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): ContainerError {
  const pointer = `/linux/intelRdt${field}`;
  return new ContainerError(`Cannot set up the class of service (${pointer}): ${why}`, {
    code: "ERR_INTEL_RDT",
    kind,
    pointer,
    ...options,
  });
}
