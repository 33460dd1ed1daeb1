import { ContainerError } from "@ctr/spec";
import { stringifyStats } from "../../cgroups/index.ts";
import { type Container, load } from "../../container/container.ts";
import type { Command } from "../command.ts";
import { durationMs } from "../duration.ts";
import { print } from "../output.ts";

export const command: Command = {
  name: "events",
  usage: "[FLAGS] ID",
  summary: "print the figures of a container, and when it runs out of memory",
  flags: [
    { name: "interval", value: "DURATION", help: "how often (default 5s)" },
    { name: "stats", help: "print the figures once" },
  ],
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const container = load(id, context);
    if (container.status() === "stopped") {
      throw new ContainerError(`Cannot read figures: container with id ${id} is not running`, {
        code: "ERR_CONTAINER_NOT_RUNNING",
        kind: "conflict",
      });
    }
    if (flags.has("stats")) {
      printStats(container);
      return 0;
    }
    await stream(container, durationMs("interval", flags.text("interval") ?? "5s"));
    return 0;
  },
};

function printStats(container: Container): void {
  const data = stringifyStats(container.stats());
  print(`{"type":"stats","id":${JSON.stringify(container.id)},"data":${data}}\n`);
}

async function stream(container: Container, intervalMs: number): Promise<void> {
  using stack = new DisposableStack();
  const oom = container.cgroup.oomEvents();
  stack.defer(() => void oom.return?.());
  void (async () => {
    for await (const _ of oom) print(`${JSON.stringify({ type: "oom", id: container.id })}\n`);
  })();
  const started = performance.now();
  for (let round = 1; container.status() !== "stopped"; round++) {
    printStats(container);
    await Bun.sleep(Math.max(0, started + round * intervalMs - performance.now()));
  }
}
