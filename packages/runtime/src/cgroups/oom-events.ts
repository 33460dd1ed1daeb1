import { watch } from "node:fs";
import { ContainerError } from "@ctr/spec";
import { FileDescriptor } from "../kernel/fd.ts";
import { open } from "../kernel/file.ts";
import type { ControlFiles } from "./control-files.ts";
import { parseKeyed } from "./stats/uint64.ts";

/** Memory ran out in a cgroup. */
export interface OomEvent {
  /** How many processes the kernel has killed for it so far, in the cgroup and below it. */
  readonly kills: number;
}

/**
 * Tells each time when memory runs out, until the cgroup is removed (version 1) or empty (version 2), or the signal
 * aborts. Several at once may be told as one.
 *
 * @param files the cgroup in the hierarchy of the memory controller
 * @throws {ContainerError} ERR_CGROUP_UNSUPPORTED without a memory controller
 */
export function watchOom(
  files: ControlFiles,
  version: 1 | 2,
  signal?: AbortSignal,
): AsyncGenerator<OomEvent, void, void> {
  if (!files.has(noticeFile[version])) {
    throw new ContainerError(
      "Cannot watch for memory running out: the container has no cgroup with the memory controller",
      { code: "ERR_CGROUP_UNSUPPORTED", kind: "unsupported" },
    );
  }
  return version === 1 ? watchOomV1(files, signal) : watchOomV2(files, signal);
}

/** How many processes the kernel has killed because memory ran out. */
export function readOomKills(files: ControlFiles, version: 1 | 2): number {
  const text = files.readIfExists(version === 1 ? "memory.oom_control" : "memory.events") ?? "";
  return Number(parseKeyed(text)["oom_kill"] ?? 0);
}

/** A descriptor that tells when memory runs out; the caller closes it. */
export interface OomNotice {
  readonly descriptor: number;
  /** What poll(2) says of it then. */
  readonly events: "POLLIN" | "POLLPRI";
}

/**
 * Opens a descriptor that poll(2) can wait for, by whoever holds it. What it tells says no more than that there is something
 * to look at: `readOomKills()`.
 *
 * @returns nothing without a memory controller
 */
export function openOomNotice(files: ControlFiles, version: 1 | 2): OomNotice | undefined {
  const { kernel, directory } = files;
  if (!files.has(noticeFile[version])) return undefined;
  if (version === 1) {
    const events = registerEvents(files);
    return { descriptor: events.release(), events: "POLLIN" };
  }
  using file = open(kernel, `${directory}/memory.events`, ["O_RDONLY"]);
  // What has happened before it was read is not told.
  kernel.call("read", file.number, new Uint8Array(4096), 4096);
  return { descriptor: file.release(), events: "POLLPRI" };
}

const noticeFile = { 1: "cgroup.event_control", 2: "memory.events" } as const;

const EFD_NONBLOCK_CLOEXEC = 0o2004000;

/** Makes an eventfd that the kernel counts up each time. */
function registerEvents(files: ControlFiles): FileDescriptor {
  const { kernel, directory } = files;
  using events = new FileDescriptor(kernel, kernel.call("eventfd2", 0, EFD_NONBLOCK_CLOEXEC));
  using control = open(kernel, `${directory}/memory.oom_control`, ["O_RDONLY"]);
  files.put("cgroup.event_control", `${events.number} ${control.number}`);
  return new FileDescriptor(kernel, events.release());
}

/** @see Documentation/admin-guide/cgroup-v1/memory.rst of Linux, "OOM Control" */
async function* watchOomV1(
  files: ControlFiles,
  signal?: AbortSignal,
): AsyncGenerator<OomEvent, void, void> {
  using events = registerEvents(files);
  const reader = Bun.file(events.number).stream().getReader();
  const stop = (): void => void reader.cancel();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) return;
    for (;;) {
      const { done } = await reader.read();
      // The kernel also tells when the cgroup is removed.
      if (done || signal?.aborted || !files.has("cgroup.event_control")) return;
      yield { kills: readOomKills(files, 1) };
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    await reader.cancel();
  }
}

/** @see Documentation/admin-guide/cgroup-v2.rst of Linux, `memory.events` */
async function* watchOomV2(
  files: ControlFiles,
  signal?: AbortSignal,
): AsyncGenerator<OomEvent, void, void> {
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  using stack = new DisposableStack();
  for (const file of ["memory.events", "cgroup.events"]) {
    const watcher = watch(`${files.directory}/${file}`, wake);
    watcher.on("error", wake);
    stack.defer(() => watcher.close());
  }
  signal?.addEventListener("abort", wake, { once: true });
  stack.defer(() => signal?.removeEventListener("abort", wake));
  let told = readOomKills(files, 2);
  while (!signal?.aborted) {
    await changed.promise;
    changed = Promise.withResolvers();
    const kills = readOomKills(files, 2);
    if (kills > told) {
      told = kills;
      yield { kills };
    }
    const events = files.readIfExists("cgroup.events");
    if (events === undefined || /^populated 0$/m.test(events)) return;
  }
}
