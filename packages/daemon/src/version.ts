import { release } from "node:os";
import { name, version } from "../package.json" with { type: "json" };
import type { VersionInfo } from "./contract/system.ts";

/** What runs here. */
export function versionInfo(): VersionInfo {
  return {
    version,
    api: "v1",
    bun: Bun.version,
    platform: process.platform,
    architecture: process.arch,
    kernel: release(),
  };
}

/** Name and version, for people. */
export const versionLine: string = `ctrd (${name}) ${version}`;
