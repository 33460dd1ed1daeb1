import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { oomScoreSteps } from "./oom-score.ts";

test.each([
  [-1000, 5],
  [0, 1],
  [1000, 4],
])("oomScoreSteps() writes %p", (score, length) => {
  expect(planLines(oomScoreSteps(score, "/process"))).toEqual([
    '/process/oomScoreAdj: $oom = openat($proc, "self/oom_score_adj", O_WRONLY|O_CLOEXEC, 0)',
    `/process/oomScoreAdj: write($oom, "${score}", ${length})`,
    "/process/oomScoreAdj: close($oom)",
  ]);
});

test("oomScoreSteps() leaves the score alone when it is absent", () => {
  expect(oomScoreSteps(undefined, "/process")).toEqual([]);
});
