import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig } from "./check.ts";
import type { Config } from "./config/config.ts";
import { defaultConfig } from "./default-config.ts";

const runc = Bun.which("runc");
const pureCgroup2 = await Bun.file("/sys/fs/cgroup/cgroup.controllers").exists();

/** Masked by Docker and containerd, and not by runc. */
const powerMeter = "/sys/devices/virtual/powercap";

/** Returns what runc writes, without its version and the ambient set of older ones, which nobody gets. */
function specOf(command: string, ...flags: readonly string[]): unknown {
  const directory = mkdtempSync(join(tmpdir(), "ctr-test-"));
  try {
    Bun.spawnSync([command, "spec", "--bundle", directory, ...flags]);
    return comparable(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function comparable(config: Config): unknown {
  const { ambient: _ambient, ...capabilities } = config.process?.capabilities ?? {};
  const maskedPaths = (config.linux?.maskedPaths ?? []).filter((path) => path !== powerMeter);
  return {
    ...config,
    ociVersion: "",
    process: { ...config.process, capabilities },
    linux: { ...config.linux, maskedPaths },
  };
}

describe("defaultConfig()", () => {
  test.if(runc !== null)("is what runc spec writes", () => {
    const config = defaultConfig({ cgroupNamespace: pureCgroup2 });

    expect(comparable(config)).toEqual(specOf(runc ?? ""));
  });

  test.if(runc !== null)("is what runc spec --rootless writes", () => {
    const rootless = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    const config = defaultConfig({ rootless, cgroupNamespace: pureCgroup2 });

    expect(comparable(config)).toEqual(specOf(runc ?? "", "--rootless"));
  });

  test("masks the power meter besides", () => {
    expect(defaultConfig().linux?.maskedPaths).toContain(powerMeter);
  });

  test("passes its own check in every form", () => {
    const rootless = { uid: 1000, gid: 100 };

    expect(checkConfig(defaultConfig())).toBeDefined();
    expect(checkConfig(defaultConfig({ rootless, cgroupNamespace: true }))).toMatchObject({
      linux: {
        uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: 100, size: 1 }],
      },
    });
  });

  test("shares nothing between two calls", () => {
    const [first, second] = [defaultConfig(), defaultConfig()];

    expect(first.process?.capabilities?.bounding).not.toBe(second.process?.capabilities?.bounding);
    expect(first.process?.capabilities?.bounding).not.toBe(first.process?.capabilities?.effective);
    expect(first.linux?.maskedPaths).not.toBe(second.linux?.maskedPaths);
  });
});
