import type { AppServices } from "../app.ts";
import { operations } from "../contract/operations.ts";
import { type App, route } from "./route.ts";

/** Serves what is said of the daemon itself. */
export function systemRoutes(app: App, services: AppServices): void {
  route(app, operations.getVersion, async () => services.version);
  route(app, operations.getHealth, async () => ({
    status: services.containers.isRestored ? "ok" : "starting",
    pid: process.pid,
    started: services.started.toISOString(),
    containers: services.containers.count,
    spareShims: services.spares.readyCount,
    stateDirectory: services.stateDirectory,
    root: services.root,
  }));
  route(app, operations.getOpenapi, async () => {
    // The schemas of the whole specification are for those who ask.
    const { openapiDocument } = await import("../contract/openapi.ts");
    return openapiDocument(services.version.version);
  });
}
