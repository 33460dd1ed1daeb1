import { describe, expect, test } from "bun:test";
import { capabilityNames } from "@ctr/spec";
import { planLines } from "../../../test/plan-lines.ts";
import {
  boundingSteps,
  capabilitySteps,
  keepCapabilitiesStep,
  setCapabilitiesStep,
} from "./capabilities.ts";

/** CAP_CHECKPOINT_RESTORE. */
const last = 40;

describe("boundingSteps()", () => {
  test("drops what is not listed, by number", () => {
    const kept = capabilityNames.filter((name) => name !== "CAP_NET_RAW" && name !== "CAP_BPF");

    expect(planLines(boundingSteps({ bounding: kept }, "/process", last))).toEqual([
      "/process/capabilities/bounding: prctl(PR_CAPBSET_DROP, 13)  ok EPERM",
      "/process/capabilities/bounding: prctl(PR_CAPBSET_DROP, 39)  ok EPERM",
    ]);
  });

  test("drops all when none are listed, those without a name here, too", () => {
    expect(boundingSteps({}, "/process", last)).toHaveLength(41);
    expect(boundingSteps({}, "/process", 42).at(-1)).toMatchObject({
      does: "drop 42 from the bounding set",
    });
  });

  test("leaves alone what the kernel does not have", () => {
    expect(boundingSteps({ bounding: ["CAP_CHOWN"] }, "", 1)).toHaveLength(1);
  });
});

describe("setCapabilitiesStep()", () => {
  test("fills both halves of the sets, of 32 each", () => {
    const sets = {
      effective: ["CAP_CHOWN", "CAP_SETFCAP"],
      permitted: ["CAP_CHOWN", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_CHECKPOINT_RESTORE"],
      inheritable: ["CAP_BPF"],
    };
    const version = "{u32 _LINUX_CAPABILITY_VERSION_3, u32 0}";
    const low = "u32 0x80000001, u32 0x80000001, u32 0";
    const high = "u32 0, u32 257, u32 128";

    expect(planLines([setCapabilitiesStep(sets, "/process", last, false)])).toEqual([
      `/process/capabilities: capset(${version}, {${low}, ${high}})`,
    ]);
  });

  test("ignores names that the kernel does not have: the specification asks to go on", () => {
    const sets = { effective: ["CAP_OF_TOMORROW", "CAP_BPF"], permitted: ["CAP_KILL"] };

    expect(planLines([setCapabilitiesStep(sets, "", 37, false)])[0]).toContain(
      "{u32 0, u32 32, u32 0, u32 0, u32 0, u32 0}",
    );
  });

  test("keeps CAP_SYS_ADMIN where a filter is still to be installed", () => {
    expect(planLines([setCapabilitiesStep({}, "", last, true)])[0]).toContain(
      "{u32 0x200000, u32 0x200000, u32 0, u32 0, u32 0, u32 0}",
    );
  });
});

describe("capabilitySteps()", () => {
  const sets = { permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"] };

  test("sets three sets, then raises the ambient ones, which need to be in two of them", () => {
    expect(capabilitySteps(sets, "/process", last, false)[0]).toEqual(
      setCapabilitiesStep(sets, "/process", last, false),
    );
    expect(planLines(capabilitySteps(sets, "/process", last, false)).slice(1)).toEqual([
      "/process/capabilities/ambient: prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)",
      "/process/capabilities/ambient: prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0)  ok EPERM",
    ]);
  });

  test("does without CAP_SYS_ADMIN for the filter where it is not permitted", () => {
    const lines = planLines(capabilitySteps(sets, "/process", last, true));

    expect(lines.slice(0, 5).map((line) => line.replace(/\(.*\)/, ""))).toEqual([
      "/process/capabilities: capset  EPERM -> capabilities:rest",
      "jump capabilities:set",
      "capabilities:rest:",
      "/process/capabilities: capset",
      "capabilities:set:",
    ]);
  });
});

test("keepCapabilitiesStep() keeps the permitted set over the change of user, and no longer", () => {
  expect(planLines([keepCapabilitiesStep("", 1), keepCapabilitiesStep("", 0)])).toEqual([
    "/capabilities: prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)",
    "/capabilities: prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0)",
  ]);
});
