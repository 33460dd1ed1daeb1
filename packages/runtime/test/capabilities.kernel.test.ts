import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type CapabilityName, capabilityNames } from "@ctr/spec";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const last = Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8"));
const known = capabilityNames.slice(0, last + 1);
const bounding = BigInt(
  `0x${/^CapBnd:\t(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`,
);

/** The five masks that a program sees. */
async function masks(
  names: readonly CapabilityName[],
  userNamespace = false,
): Promise<{ readonly masks: bigint[]; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const config = bundle.config("grep ^Cap /proc/self/status", (base) =>
    withProcess(
      userNamespace
        ? withLinux(base, {
            namespaces: [...(base.linux?.namespaces ?? []), { type: "user" }],
            uidMappings: ids,
            gidMappings: ids,
          })
        : base,
      {
        capabilities: {
          bounding: names,
          permitted: names,
          effective: names,
          inheritable: names,
          ambient: names,
        },
      },
    ),
  );
  const { stdout, stderr, status } = await bundle.run(config, {
    onWarning: (message) => void warnings.push(message),
  });
  expect([status, stderr]).toEqual([0, ""]);
  const found = stdout.trim().split("\n");
  return { masks: found.map((line) => BigInt(`0x${line.split("\t")[1]}`)), warnings };
}

test("all capabilities: what we do not have ourselves is left out with a warning", async () => {
  const { masks: found, warnings } = await masks(known);
  expect(found).toEqual([bounding, bounding, bounding, bounding, bounding]);
  const missing = known.filter((_, bit) => ((bounding >> BigInt(bit)) & 1n) === 0n);
  expect(warnings).toEqual(
    missing.length === 0
      ? []
      : [expect.stringContaining(`Cannot grant ${missing.join(", ")} (/process/capabilities)`)],
  );
});

test("in a user namespace all can be had", async () => {
  const all = (1n << BigInt(last + 1)) - 1n;
  expect(await masks(known, true)).toEqual({ masks: [all, all, all, all, all], warnings: [] });
});

test("one that the kernel does not know is left out with a warning", async () => {
  const unknown = capabilityNames[last + 1];
  const { masks: found, warnings } = await masks(
    unknown === undefined ? ["CAP_CHOWN"] : ["CAP_CHOWN", unknown],
  );
  expect(found).toEqual([1n, 1n, 1n, 1n, 1n]);
  expect(warnings).toHaveLength(unknown === undefined ? 0 : 1);
});

test("an executed process is warned about, too", async () => {
  const warnings: string[] = [];
  const container = await bundle.create(bundle.config("exec sleep 1000"), {
    onWarning: (message) => void warnings.push(message),
  });
  await container.start();
  const executed = await container.exec({
    process: { args: ["/bin/true"], cwd: "/", capabilities: { bounding: known, permitted: known } },
  });
  expect((await executed.exited).status).toBe(0);
  expect(warnings).toHaveLength(bounding === (1n << BigInt(last + 1)) - 1n ? 0 : 1);
  await container.delete({ force: true });
});
