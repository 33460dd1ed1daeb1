import { expect, test } from "bun:test";
import type { Capabilities } from "@ctr/spec";
import { linuxKernel } from "../../kernel/linux.ts";
import { runtimeOf } from "../runtime-options.ts";
import { withGrantedCapabilities } from "./capabilities.ts";

function warnings(capabilities: Capabilities): string[] {
  const told: string[] = [];
  const runtime = runtimeOf({ kernel: linuxKernel(), onWarning: (message) => told.push(message) });
  withGrantedCapabilities(runtime, { cwd: "/", capabilities }, "/process", true);
  return told;
}

test("warns of an ambient capability that the kernel will not give", () => {
  const both = ["CAP_KILL"] as const;

  expect(warnings({ permitted: both, inheritable: both, ambient: both })).toEqual([]);
  expect(warnings({ permitted: both, ambient: both })).toEqual([
    "Cannot grant all of /process/capabilities/ambient: can't raise ambient capability CAP_KILL: it is not inheritable",
  ]);
  expect(warnings({ ambient: both })[0]).toEndWith("it is not permitted and not inheritable");
});
