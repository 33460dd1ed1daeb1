import { ContainerError } from "@ctr/spec";
import { Hono } from "hono";
import { operations } from "./contract/operations.ts";
import type { VersionInfo } from "./contract/system.ts";
import type { AppEnvironment } from "./routes/app-environment.ts";
import { containerRoutes } from "./routes/container-routes.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { problemResponse } from "./routes/problem.ts";
import { processRoutes } from "./routes/process-routes.ts";
import { RequestError } from "./routes/request-error.ts";
import { systemRoutes } from "./routes/system-routes.ts";
import type { DaemonLog } from "./services/container-context.ts";
import type { ContainerService } from "./services/container-service.ts";
import type { Journal } from "./services/journal.ts";
import type { SpareShims } from "./services/spare-shims.ts";

/** What the routes stand on. */
export interface AppServices {
  readonly containers: ContainerService;
  readonly journal: Journal;
  readonly spares: Pick<SpareShims, "readyCount">;
  readonly log: DaemonLog;
  readonly version: VersionInfo;
  /** When the daemon was started. */
  readonly started: Date;
  readonly stateDirectory: string;
  readonly root: string;
  /** Says when the daemon ends: streams that would go on are cut. */
  readonly shutdown: AbortSignal;
}

/** Makes the application: a Hono app that a server, or a test, sends requests to. */
export function createApp(services: AppServices): Hono<AppEnvironment> {
  const app = new Hono<AppEnvironment>();
  app.use(async (context, next) => {
    const began = performance.now();
    await next();
    const ms = (performance.now() - began).toFixed(1);
    const { method, path } = context.req;
    services.log.debug(`${method} ${path} ${context.res.status} ${ms} ms`);
  });
  systemRoutes(app, services);
  containerRoutes(app, services);
  processRoutes(app, services);
  logRoutes(app, services);
  eventRoutes(app, services);
  app.notFound(({ req }) => noRoute(req.method, req.path));
  app.onError((error) => {
    if (!(error instanceof ContainerError)) services.log.error("Cannot serve a request", error);
    return problemResponse(error);
  });
  return app;
}

/** The path may be one that other methods are served at. */
function noRoute(method: string, path: string): Response {
  const allowed = Object.values(operations)
    .filter((operation) => pathPattern(operation.path).test(path))
    .map((operation) => operation.method.toUpperCase());
  if (allowed.length === 0) {
    const error = new RequestError(`Cannot find "${path}"`, {
      code: "ERR_ROUTE_NOT_FOUND",
      httpStatus: 404,
      hint: "GET /v1/openapi.json describes what there is",
    });
    return problemResponse(error);
  }
  const error = new RequestError(`Cannot ${method} "${path}"`, {
    code: "ERR_METHOD_NOT_ALLOWED",
    httpStatus: 405,
    hint: `Use ${allowed.join(" or ")}`,
  });
  return problemResponse(error, { allow: allowed.join(", ") });
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
