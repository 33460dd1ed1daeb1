/**
 * ctrd as a library: its application, and the server that ctrd is.
 *
 * @module
 */

export { type AppServices, createApp } from "./app.ts";
export { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export type { AppBindings, AppEnvironment } from "./routes/app-environment.ts";
export type { DaemonLog } from "./services/container-context.ts";
export { Journal, type JournalOptions } from "./services/journal.ts";
