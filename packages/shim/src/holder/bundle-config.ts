import { linuxKernel, readText } from "@ctr/runtime/kernel";
import type { ConsoleSize } from "@ctr/spec";

/** What the shim needs to know of a bundle's config.json; everything else is the runtime's business. */
export interface BundleConfig {
  readonly terminal: boolean;
  readonly consoleSize: ConsoleSize | undefined;
  /** Whether the kernel ends every process of the container when its first one ends. */
  readonly hasOwnPidNamespace: boolean;
}

interface Peek {
  readonly process?: { readonly terminal?: unknown; readonly consoleSize?: Partial<ConsoleSize> };
  readonly linux?: { readonly namespaces?: readonly { type?: unknown; path?: unknown }[] };
}

/** Looks into config.json. One that cannot be read says nothing; the runtime will complain, with the reason. */
export function peekConfig(bundle: string): BundleConfig {
  const { process, linux } = readPeek(bundle);
  const { width = 0, height = 0 } = process?.consoleSize ?? {};
  return {
    terminal: process?.terminal === true,
    consoleSize: width > 0 && height > 0 ? { width, height } : undefined,
    hasOwnPidNamespace:
      linux?.namespaces?.some(({ type, path }) => type === "pid" && (path ?? "") === "") ?? false,
  };
}

function readPeek(bundle: string): Peek {
  try {
    return JSON.parse(readText(linuxKernel(), `${bundle}/config.json`));
  } catch {
    return {};
  }
}
