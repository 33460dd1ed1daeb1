import type { InitDocument } from "../protocol.ts";
import type { ChildReaper } from "../system/child-reaper.ts";
import type { RuntimeDriver } from "./runtime-driver.ts";

/** Which runtime holds which container. */
export interface DriverOptions {
  readonly id: string;
  /** `bunc`, or the name or path of a runtime's binary. */
  readonly runtime: string;
  /** The container's directory. */
  readonly directory: string;
  readonly document: InitDocument;
  readonly reaper: ChildReaper;
}

/** Returns the driver of a runtime; the other one is not even loaded. */
export async function openDriver(options: DriverOptions): Promise<RuntimeDriver> {
  const { document, ...rest } = options;
  const { runtimeArgs = [], runtimeId: id = options.id } = document;
  if (options.runtime === "bunc") {
    const { LibraryDriver } = await import("./library-driver.ts");
    return new LibraryDriver({ ...rest, id, runtimeArgs });
  }
  const { CommandDriver } = await import("./command-driver.ts");
  return new CommandDriver({ ...rest, id, runtimeArgs });
}
