import { ContainerError } from "@ctr/spec";
import { isErrno } from "../kernel/system-call-error.ts";
import type { ControlFiles } from "./control-files.ts";

const deadlineMs = 10_000;

/** Stops all processes of a cgroup and waits until they stand still. */
export interface Freezer {
  /** Asks the kernel to freeze; processes may run on for a moment. */
  request(): void;
  /** Lets the processes run. */
  thaw(): void;
  /** Whether all stand still by now, with a freeze of this cgroup itself and not of one above it. */
  isFrozen(): boolean;
}

/** Freezes a cgroup and waits for it; when it takes too long, it is thawed again. */
export async function freeze(freezer: Freezer): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  try {
    for (let round = 0; performance.now() < deadline; round++) {
      // On version 1 processes that fork meanwhile slip through: the kernel wants to be asked again, now and then anew.
      if (round % 50 === 49) freezer.thaw();
      freezer.request();
      if (freezer.isFrozen()) return;
      await Bun.sleep(round < 10 ? 1 : 10);
    }
  } catch (error) {
    thawQuietly(freezer);
    throw error;
  }
  thawQuietly(freezer);
  throw new ContainerError("Cannot freeze the cgroup: its processes did not stop in 10 s", {
    code: "ERR_CGROUP_FREEZE",
    kind: "unavailable",
    hint: "A process may wait for a device or a network file system; try again",
  });
}

function thawQuietly(freezer: Freezer): void {
  try {
    freezer.thaw();
  } catch {
    // The first failure is the one to tell.
  }
}

/** The freezer of a cgroup: `freezer.state` of version 1 or `cgroup.freeze` of version 2. */
export function freezerOf(files: ControlFiles, version: 1 | 2): Freezer {
  return version === 1 ? new FreezerV1(files) : new FreezerV2(files);
}

/** @see Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst of Linux */
class FreezerV1 implements Freezer {
  readonly #files: ControlFiles;

  constructor(files: ControlFiles) {
    this.#files = files;
  }

  request(): void {
    this.#put("FROZEN");
  }

  thaw(): void {
    this.#put("THAWED");
  }

  isFrozen(): boolean {
    return (
      this.#files.readIfExists("freezer.state") === "FROZEN" &&
      this.#files.readIfExists("freezer.self_freezing") !== "0"
    );
  }

  #put(state: string): void {
    if (this.#files.directory === undefined) throw noFreezer();
    this.#files.put("freezer.state", state);
  }
}

/** @see Documentation/admin-guide/cgroup-v2.rst of Linux, `cgroup.freeze` */
class FreezerV2 implements Freezer {
  readonly #files: ControlFiles;

  constructor(files: ControlFiles) {
    this.#files = files;
  }

  request(): void {
    this.#put("1");
  }

  thaw(): void {
    this.#put("0");
  }

  isFrozen(): boolean {
    return (
      this.#files.readIfExists("cgroup.freeze") === "1" &&
      /^frozen 1$/m.test(this.#files.readIfExists("cgroup.events") ?? "")
    );
  }

  #put(state: string): void {
    if (this.#files.directory === undefined) throw noFreezer();
    try {
      this.#files.put("cgroup.freeze", state);
    } catch (error) {
      if (isErrno(error, "ENOENT")) throw noFreezer(error);
      throw error;
    }
  }
}

function noFreezer(cause?: unknown): ContainerError {
  return new ContainerError("Cannot freeze the cgroup: the container has none that can", {
    code: "ERR_CGROUP_UNSUPPORTED",
    kind: "unsupported",
    hint: "It needs the freezer controller of cgroup v1, or cgroup v2 on Linux 5.2 or newer",
    cause,
  });
}
