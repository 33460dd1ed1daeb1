import { expect, test } from "bun:test";
import { ioPriorityClasses } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import { ioPrioritySteps } from "./io-priority.ts";

test("ioPrioritySteps() puts the class above bit 13 of the priority", () => {
  const [real, best, idle] = [1 << 13, 2 << 13, 3 << 13];
  const values = ioPriorityClasses.map((name) =>
    ioPrioritySteps({ class: name, priority: 7 }, "/process").map((step) =>
      "call" in step ? step.args : [],
    ),
  );

  expect(ioPriorityClasses).toEqual(["IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"]);
  expect(values).toEqual(
    [real, best, idle].map((each) => [[constant("IOPRIO_WHO_PROCESS"), 0, each + 7]]),
  );
});

test("ioPrioritySteps() names the field; priority is 0 by default", () => {
  expect(ioPrioritySteps({ class: "IOPRIO_CLASS_BE" }, "")).toEqual([
    {
      call: "ioprio_set",
      args: [constant("IOPRIO_WHO_PROCESS"), 0, 2 << 13],
      origin: "/ioPriority",
      does: "set the I/O priority to IOPRIO_CLASS_BE 0",
    },
  ]);
  expect(ioPrioritySteps(undefined, "/process")).toEqual([]);
});
