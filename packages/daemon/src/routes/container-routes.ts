import { stringifyExact } from "@ctr/shim/protocol";
import type { AppServices } from "../app.ts";
import type { Container } from "../contract/container.ts";
import { operations } from "../contract/operations.ts";
import { initProcessId } from "../contract/process.ts";
import { type App, route, streamRoute } from "./route.ts";

/** Serves containers. */
export function containerRoutes(app: App, { containers }: AppServices): void {
  route(app, operations.createContainer, ({ body }) => containers.create(body));
  route(app, operations.listContainers, async ({ query }) => ({
    containers: await containers.list(query),
  }));
  route(app, operations.inspectContainer, ({ params }) => inspect(params.id));
  route(app, operations.deleteContainer, async ({ params, query }) => {
    const { container } = await containers.get(params.id);
    return await container.delete(query.force ?? false).then(() => undefined);
  });
  route(app, operations.startContainer, async ({ params }) => {
    const { container } = await containers.get(params.id);
    await container.start();
    return container.toDocument();
  });
  route(app, operations.killContainer, async ({ params, body }) => {
    const { container } = await containers.get(params.id);
    await container.kill(initProcessId, body.signal ?? "SIGTERM", body.all);
    return undefined;
  });
  route(app, operations.stopContainer, async ({ params, body }) => {
    const { container } = await containers.get(params.id);
    return await container.stop(body);
  });
  route(app, operations.pauseContainer, async ({ params }) => {
    const { container } = await containers.get(params.id);
    return await container.pause().then(() => undefined);
  });
  route(app, operations.resumeContainer, async ({ params }) => {
    const { container } = await containers.get(params.id);
    return await container.resume().then(() => undefined);
  });
  route(app, operations.updateContainer, async ({ params, body }) => {
    const { container } = await containers.get(params.id);
    return await container.update(body).then(() => undefined);
  });
  streamRoute(app, operations.getStats, async ({ params }) => {
    const stats = operations.getStats.result.parse(await containers.stats(params.id));
    // Counts can be larger than JSON.stringify() takes.
    return new Response(stringifyExact(stats), { headers: { "content-type": "application/json" } });
  });
  route(app, operations.listPids, async ({ params }) => ({
    pids: await containers.pids(params.id),
  }));

  async function inspect(id: string): Promise<Container> {
    const { container } = await containers.get(id);
    await container.refresh();
    return container.toDocument();
  }
}
