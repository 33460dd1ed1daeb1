import { ContainerError, type ErrorKind } from "@ctr/spec";
import { exists, readText, readTextIfExists, writeValue } from "../kernel/file.ts";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";

/** A field of config.json that a control file is written for. */
export interface LimitField {
  /** Below `linux.resources`, as one would write it: `memory.limit`, `hugepageLimits[0].limit`. */
  readonly path: string;
  /** What it is, to follow "Cannot set the": `memory limit`. */
  readonly name: string;
}

/** The control files of one cgroup in one hierarchy. */
export class ControlFiles {
  readonly kernel: Kernel;
  /** The cgroup's directory; `undefined` when it has none in this hierarchy. */
  readonly directory: string | undefined;
  /** What the files belong to: `memory`. Errors name it. */
  readonly controller: string;

  constructor(kernel: Kernel, directory: string | undefined, controller: string) {
    this.kernel = kernel;
    this.directory = directory;
    this.controller = controller;
  }

  /** Tells whether the kernel offers this file here. */
  has(file: string): boolean {
    return this.directory !== undefined && exists(this.kernel, `${this.directory}/${file}`);
  }

  /**
   * Reads a file without the white space around it.
   *
   * @throws {SystemCallError}
   */
  read(file: string): string {
    return readText(this.kernel, `${this.directory}/${file}`).trim();
  }

  /** Reads a file like {@linkcode read}; `undefined` when there is none, or the cgroup is gone. */
  readIfExists(file: string): string | undefined {
    if (this.directory === undefined) return undefined;
    return readTextIfExists(this.kernel, `${this.directory}/${file}`)?.trim();
  }

  /**
   * Writes a file in one write(2), without saying what for.
   *
   * @throws {SystemCallError}
   */
  put(file: string, text: string): void {
    writeValue(this.kernel, `${this.directory}/${file}`, text);
  }

  /**
   * Writes what a field of config.json asks for.
   *
   * @throws {ContainerError} that names the field, the value and what is wrong
   */
  set(file: string, value: string | number, field: LimitField): void {
    if (this.directory === undefined) throw missingController(field, value, this.controller);
    try {
      this.put(file, String(value));
    } catch (error) {
      throw this.#explain(error, file, value, field);
    }
  }

  /** Like {@linkcode set}; tells whether it worked, where these errnos mean that it may be tried otherwise. */
  trySet(
    file: string,
    value: string | number,
    field: LimitField,
    ...tolerated: readonly SystemCallError["errno"][]
  ): boolean {
    try {
      this.set(file, value, field);
      return true;
    } catch (error) {
      const { cause } = error as ContainerError;
      if (cause instanceof SystemCallError && tolerated.includes(cause.errno)) return false;
      throw error;
    }
  }

  #explain(error: unknown, file: string, value: string | number, field: LimitField): unknown {
    if (!(error instanceof SystemCallError)) return error;
    const { errno } = error;
    const place = `${this.directory}/${file}`;
    if (errno === "ENOENT" && !exists(this.kernel, this.directory ?? "")) {
      return limitError(field, value, `the cgroup ${this.directory} does not exist`, "notFound", {
        cause: error,
      });
    }
    if (errno === "ENOENT") {
      return limitError(field, value, `there is no ${place}`, "unsupported", {
        cause: error,
        hint: `The kernel lacks this, or the ${this.controller} controller is not enabled for this cgroup`,
      });
    }
    const [kind, hint] = explanations[errno] ?? ["internal", undefined];
    return limitError(field, value, `${reasonOf(error)} from ${place}`, kind, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

const explanations: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  EINVAL: [
    "invalid",
    "The kernel does not take this value here: it is out of range, or goes beyond what the parent cgroup has",
  ],
  ERANGE: ["invalid", "The value is out of the range that the kernel takes"],
  ENOSPC: ["invalid", "The parent cgroup does not have that much to give"],
  EBUSY: [
    "conflict",
    "Processes in the cgroup use more than that, or another setting depends on it",
  ],
  EACCES: ["forbidden", "The cgroup belongs to somebody else: run as root or have it delegated"],
  EPERM: ["forbidden", "The parent cgroup or the kernel does not allow it to this user"],
  EROFS: ["forbidden", "The cgroup file system is mounted read-only"],
  ENODEV: ["notFound", "There is no such device, or the cgroup was removed meanwhile"],
  EOPNOTSUPP: ["unsupported", "The kernel does not support this for this device or cgroup"],
};

/** The error of a limit that cannot be set. */
export function limitError(
  field: LimitField,
  value: string | number,
  why: string,
  kind: ErrorKind,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): ContainerError {
  return new ContainerError(
    `Cannot set the ${field.name} (linux.resources.${field.path}) to ${value}: ${why}`,
    {
      code: kind === "unsupported" ? "ERR_CGROUP_UNSUPPORTED" : "ERR_CGROUP_LIMIT",
      kind,
      pointer: `/linux/resources/${field.path.replace(/\[(\d+)\]/g, "/$1").replaceAll(".", "/")}`,
      ...options,
    },
  );
}

function missingController(
  field: LimitField,
  value: string | number,
  controller: string,
): ContainerError {
  return limitError(
    field,
    value,
    `the container has no cgroup with the ${controller} controller`,
    "unsupported",
    {
      hint: `Mount or enable the ${controller} controller, have the cgroup delegated, or leave the field out`,
    },
  );
}
