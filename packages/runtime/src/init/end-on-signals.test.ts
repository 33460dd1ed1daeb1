import { expect, test } from "bun:test";
import { planLines } from "../../test/plan-lines.ts";
import { endOnSignals } from "./end-on-signals.ts";

test("endOnSignals() has each signal end the process as a shell would say it", () => {
  const statuses = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGABRT: 134, SIGTERM: 143 };
  expect(planLines(endOnSignals())).toEqual(
    Object.entries(statuses).map(
      ([name, status]) =>
        `rt_sigaction(${name}, {exit ${status}, u64 SA_RESTORER, exit ${status}, u64 0}, 0, 8)`,
    ),
  );
});
