import type { AppServices } from "../app.ts";
import type { ProcessParams } from "../contract/operation.ts";
import { operations } from "../contract/operations.ts";
import { type ContainerProcess, initProcessId } from "../contract/process.ts";
import { processNotFound } from "../services/service-errors.ts";
import { AttachSocket } from "./attach-socket.ts";
import { RequestError } from "./request-error.ts";
import { type App, route, streamRoute } from "./route.ts";

/** Serves the processes of containers. */
export function processRoutes(app: App, { containers, log }: AppServices): void {
  route(app, operations.exec, async ({ params, body }) => {
    const { execs } = await containers.get(params.id);
    return await execs.create(body);
  });
  route(app, operations.listProcesses, async ({ params }) => {
    const { container } = await containers.get(params.id);
    await container.refresh();
    return { processes: [...container.processes.values()].map((record) => record.toDocument()) };
  });
  route(app, operations.inspectProcess, ({ params }) => inspect(params));
  route(app, operations.deleteProcess, async ({ params }) => {
    const { execs } = await containers.get(params.id);
    return await execs.delete(params.processId).then(() => undefined);
  });
  route(app, operations.startProcess, async ({ params }) => {
    const { container, execs } = await containers.get(params.id);
    if (params.processId === initProcessId) await container.start();
    else await execs.start(params.processId);
    return await inspect(params);
  });
  route(app, operations.killProcess, async ({ params, body }) => {
    const { container } = await containers.get(params.id);
    await container.kill(params.processId, body.signal ?? "SIGTERM");
    return undefined;
  });
  route(app, operations.resizeProcess, async ({ params, body }) => {
    const { container } = await containers.get(params.id);
    const shim = await container.shimOf("resize", params.processId);
    await shim.resize(params.processId, body.columns, body.rows);
    return undefined;
  });
  route(app, operations.closeStdin, async ({ params }) => {
    const { container } = await containers.get(params.id);
    const shim = await container.shimOf("close the standard input of", params.processId);
    await shim.closeStdin(params.processId);
    return undefined;
  });
  route(app, operations.waitProcess, ({ params }) => containers.wait(params.id, params.processId));

  streamRoute(app, operations.attachProcess, async ({ params, query }, { env, req }) => {
    const socket = new AttachSocket({ containers, params, query, log });
    // Whoever calls app.request() by hand may hand over no environment at all.
    if (env?.upgrade?.(req.raw, socket) === true) return new Response(null);
    throw new RequestError("Cannot attach without a WebSocket", {
      code: "ERR_UPGRADE_REQUIRED",
      httpStatus: 426,
      hint: "Ask for it with the header upgrade: websocket",
    });
  });

  async function inspect({ id, processId }: ProcessParams): Promise<ContainerProcess> {
    const { container } = await containers.get(id);
    await container.refresh();
    const record = container.processes.get(processId);
    if (record === undefined) throw processNotFound(id, processId);
    return record.toDocument();
  }
}
