import { defaultConfig, upgradeConfig } from "@ctr/spec";
import { assemble } from "../program/assemble.ts";
import { plan } from "./explain.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

/**
 * Goes once through what `create()` computes: reads, checks, plans and assembles a configuration like most, and makes nothing.
 *
 * Code is slow when it runs for the first time. A process that waits to create a container does this meanwhile.
 *
 * @throws {ContainerError} as `create()` does on a host that cannot run containers
 */
export function warm(options: RuntimeOptions = {}): void {
  const { config } = upgradeConfig(JSON.parse(JSON.stringify(defaultConfig())));
  const rooted = { ...config, root: { path: "/" } };
  assemble(plan({ ...options, id: "warm", bundle: "/", config: rooted }));
}
