import type { Kernel } from "../kernel/kernel.ts";
import { linuxKernel } from "../kernel/linux.ts";

/** What every verb of the runtime takes. */
export interface RuntimeOptions {
  /**
   * Directory that holds a directory for each container.
   *
   * @default `/run/bunc`, or `$XDG_RUNTIME_DIR/bunc` without privileges
   */
  readonly root?: string;
  /** The door to the kernel; tests replace it. */
  readonly kernel?: Kernel;
}

/** {@linkcode RuntimeOptions} with its defaults. */
export interface Runtime {
  readonly root: string;
  readonly kernel: Kernel;
  /** Whether we run without privileges: not as root. */
  readonly rootless: boolean;
}

/** Fills in the defaults. */
export function runtimeOf(options: RuntimeOptions): Runtime {
  const rootless = process.geteuid?.() !== 0;
  return {
    root: options.root ?? defaultRoot(rootless),
    kernel: options.kernel ?? linuxKernel(),
    rootless,
  };
}

function defaultRoot(rootless: boolean): string {
  const directory = process.env["XDG_RUNTIME_DIR"];
  if (rootless && directory !== undefined && directory !== "") return `${directory}/bunc`;
  return rootless ? `/tmp/bunc-${process.geteuid?.()}` : "/run/bunc";
}
