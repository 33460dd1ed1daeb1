import type { AppServices } from "../app.ts";
import { openapiDocument } from "../contract/openapi.ts";
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
    stateDirectory: services.stateDirectory,
    root: services.root,
  }));
  route(app, operations.getOpenapi, async () => openapiDocument(services.version.version));
}
