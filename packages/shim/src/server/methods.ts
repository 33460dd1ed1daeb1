import { parseSignal } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";
import type { HeldContainer } from "../holder/held-container.ts";
import type { ShimMethod, ShimMethods } from "../protocol.ts";

/** Methods whose connection carries frames after the result; `connection.ts` answers them. */
type AttachMethod = "attach" | "execAttached";

type Methods = {
  readonly [M in Exclude<ShimMethod, AttachMethod>]: (
    container: HeldContainer,
    params: ShimMethods[M]["params"],
    answered: Promise<void>,
  ) => Promise<ShimMethods[M]["result"]>;
};

/** What each method does. */
const methods: Methods = {
  start: async (container, _, answered) => {
    await container.start(answered);
    return {};
  },
  state: (container) => container.state(),
  exec: async (container, params, answered) => {
    const { processId, pid } = await container.exec(params, answered);
    return { processId, pid };
  },
  kill: async (container, { processId, signal, all }) => {
    await container.kill(processId, parseSignal(signal), all === true);
    return {};
  },
  resize: async (container, { processId, columns, rows }) => {
    for (const size of [columns, rows]) checkSize(size);
    container.process(processId).stdio.resize(columns, rows);
    return {};
  },
  closeStdin: async (container, { processId }) => {
    container.process(processId).stdio.closeInput();
    return {};
  },
  wait: (container, { processId }) => container.process(processId).announced,
  pids: async (container) => ({ pids: await container.pids() }),
  stats: (container) => container.stats(),
  pause: async (container) => {
    await container.pause();
    return {};
  },
  resume: async (container) => {
    await container.resume();
    return {};
  },
  update: async (container, { resources }) => {
    if (typeof resources !== "object" || resources === null) {
      throw new ContainerError("Cannot update a container: there are no resources", {
        code: "ERR_INVALID_RESOURCES",
        kind: "invalid",
      });
    }
    await container.update(resources);
    return {};
  },
  reopenLogs: async (container) => {
    container.reopenLogs();
    return {};
  },
  deleteProcess: (container, { processId }) => container.deleteProcess(processId),
  delete: async (container, { force }, answered) => {
    await container.delete(force === true, answered);
    return {};
  },
};

/**
 * Calls a method that does not attach.
 *
 * @param answered settles when the caller has the answer
 * @throws {ContainerError} ERR_UNKNOWN_METHOD, or what the method throws
 */
export async function callMethod<M extends keyof Methods>(
  container: HeldContainer,
  method: M,
  params: ShimMethods[M]["params"],
  answered: Promise<void>,
): Promise<object> {
  if (!Object.hasOwn(methods, method)) {
    throw new ContainerError(`Cannot call ${JSON.stringify(method)}: the shim has no such method`, {
      code: "ERR_UNKNOWN_METHOD",
      kind: "unsupported",
    });
  }
  return await methods[method](container, params, answered);
}

function checkSize(value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return;
  throw new ContainerError(`Cannot give a terminal ${JSON.stringify(value)} columns or rows`, {
    code: "ERR_INVALID_SIZE",
    kind: "invalid",
    hint: "Give whole numbers from 0 to 65535",
  });
}
