import { expect, test } from "bun:test";
import { fixtures } from "../../test/published-schemas.ts";
import { linuxMountOptions } from "./mount.ts";

test("linuxMountOptions has the 61 of the table, and those that the published example of runc has", async () => {
  const file = new URL("runtime-spec/schema/test/features/good/runc.json", fixtures);
  const { mountOptions } = await Bun.file(file).json();
  const names = Object.keys(linuxMountOptions);

  expect(names).toHaveLength(61 + 1);
  // Both are runc's own.
  expect(mountOptions.filter((name: string) => !names.includes(name))).toEqual(["acl", "noacl"]);
});
