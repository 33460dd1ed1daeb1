import { expect, test } from "bun:test";
import { until } from "tools/until";
import { ForegroundSignals } from "./foreground.ts";

test("signals that come before there is a program are kept for it, in their order", async () => {
  const sent: string[] = [];
  using signals = new ForegroundSignals();
  process.emit("SIGUSR2", "SIGUSR2");
  process.emit("SIGTERM", "SIGTERM");

  await signals.sendTo({ kill: (signal) => void sent.push(signal) });
  process.emit("SIGHUP", "SIGHUP");

  expect(sent).toEqual(["SIGUSR2", "SIGTERM", "SIGHUP"]);
});

test("a program that has ended needs no signal", async () => {
  using signals = new ForegroundSignals();
  process.emit("SIGHUP", "SIGHUP");
  await signals.sendTo({
    kill: () => {
      throw new Error("it has ended");
    },
  });

  expect(() => process.emit("SIGTERM", "SIGTERM")).not.toThrow();
});

test("real ones are sent on while it is in scope, and nobody listens afterwards", async () => {
  const listeners = process.listenerCount("SIGUSR2");
  const sent: string[] = [];
  {
    using signals = new ForegroundSignals();
    await signals.sendTo({ kill: (signal) => void sent.push(signal) });
    process.kill(process.pid, "SIGUSR2");
    await until("it has been sent on", () => sent.length > 0);
  }

  expect(sent).toEqual(["SIGUSR2"]);
  expect(process.listenerCount("SIGUSR2")).toBe(listeners);
});
