import type { AppServices } from "../app.ts";
import type { LogRecord, LogsQuery } from "../contract/log.ts";
import { operations } from "../contract/operations.ts";
import { initProcessId } from "../contract/process.ts";
import type { LogEntry } from "../services/logs/log-entry.ts";
import { readLog } from "../services/logs/read-log.ts";
import { type App, streamRoute } from "./route.ts";
import { streamResponse } from "./stream-response.ts";

/** Serves logs. */
export function logRoutes(app: App, { containers, shutdown }: AppServices): void {
  streamRoute(app, operations.getLogs, async ({ params, query }, { req }) => {
    const { container } = await containers.get(params.id);
    const processId = query.processId ?? initProcessId;
    const log = await container.logOf(processId);
    const ended = container.wait(processId);
    ended.catch(() => undefined);
    const isText = query.format === "text";
    const encode = isText ? (entry: LogEntry) => textOf(entry, query) : ndjsonOf;
    const headers = {
      "content-type": isText ? "text/plain; charset=utf-8" : "application/x-ndjson",
    };
    return streamResponse(req.raw, shutdown, headers, async function* (signal) {
      for await (const entries of readLog({ log, query, ended, signal })) {
        yield Buffer.concat(entries.map(encode));
      }
    });
  });
}

function ndjsonOf(entry: LogEntry): Uint8Array {
  const { timestamp, stream, isPartial } = entry;
  const record: LogRecord = {
    ...(timestamp === undefined ? {} : { timestamp }),
    stream,
    ...contentOf(entry.data),
    ...(isPartial ? { partial: true } : {}),
  };
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

function contentOf(data: Uint8Array): Pick<LogRecord, "text" | "base64"> {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { base64: data.toBase64() };
  }
}

function textOf({ timestamp, data, isPartial }: LogEntry, query: LogsQuery): Uint8Array {
  const prefix = query.timestamps === true && timestamp !== undefined ? `${timestamp} ` : "";
  return Buffer.concat([Buffer.from(prefix), data, Buffer.from(isPartial ? "" : "\n")]);
}
