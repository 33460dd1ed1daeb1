import { expect, test } from "bun:test";
import { explainProgram } from "@ctr/runtime";
import { planSleep, pollTable } from "./sleep-program.ts";

const plan = {
  watched: new Map([
    [7, 1],
    [9, 2],
  ]),
  executable: 20,
  args: ["ctr-shim", "--wake", "22"],
  environment: ["PATH=/bin"],
  complaints: 21,
};

test("planSleep() waits, gives SIGCHLD back, and executes the shim", () => {
  const { steps, preserveFds, descriptors } = planSleep(plan);

  expect({ preserveFds, descriptors }).toEqual({ preserveFds: 18, descriptors: ["report"] });
  expect(steps.slice(0, 4)).toEqual([
    {
      origin: "",
      does: "take the name of the shim",
      call: "prctl",
      args: [15, { text: "ctr-shim" }, 0, 0, 0],
    },
    {
      origin: "",
      does: "wait",
      call: "ppoll",
      args: [{ bytes: pollTable(plan.watched) }, 2, 0, 0, 0],
      accept: ["EINTR"],
    },
    {
      origin: "",
      does: "unblock SIGCHLD",
      call: "rt_sigprocmask",
      args: [2, { bytes: new Uint8Array(8) }, 0, 8],
    },
    {
      origin: "",
      does: "execute the shim",
      call: "execveat",
      args: [
        20,
        { text: "" },
        { texts: ["ctr-shim", "--wake", "22"] },
        { texts: ["PATH=/bin"] },
        0x1000,
      ],
      accept: expect.arrayContaining(["ENOMEM", "EAGAIN"]),
    },
  ]);
});

test("planSleep() tries for a minute when the shim cannot be executed, then complains", () => {
  const program = planSleep(plan);

  const calls = program.steps.map((step) => ("call" in step ? step.call : "exit"));
  expect(calls.filter((call) => call === "execveat")).toHaveLength(60);
  expect(calls.slice(3, 6)).toEqual(["execveat", "ppoll", "execveat"]);
  expect(calls.slice(-2)).toEqual(["write", "exit"]);
  expect(explainProgram(program)).toContain("Cannot wake up");
});

test("pollTable() is an array of struct pollfd", () => {
  expect([...pollTable(plan.watched)]).toEqual([7, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0]);
});
