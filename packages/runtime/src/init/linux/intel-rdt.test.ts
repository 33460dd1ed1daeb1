import { expect, test } from "bun:test";
import { intelRdtSteps } from "./intel-rdt.ts";

test("intelRdtSteps() joins the class and its monitoring group, or nothing", () => {
  expect(intelRdtSteps()).toEqual([]);
  expect(intelRdtSteps(2)).toEqual([
    {
      call: "write",
      args: [{ descriptor: "resctrl-0" }, { text: "0" }, 1],
      origin: "/linux/intelRdt",
      does: "join the class of service",
    },
    {
      call: "write",
      args: [{ descriptor: "resctrl-1" }, { text: "0" }, 1],
      origin: "/linux/intelRdt",
      does: "join the class of service",
    },
  ]);
});
