import { ContainerError, parseContainerId } from "@ctr/spec";
import type { InitDocument, LogDocument, StdioDocument } from "../protocol.ts";

/**
 * Reads `process.json` of a container's first process.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS
 */
export function parseInitDocument(text: string): InitDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid("", `it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(document)) throw invalid("", "it is not an object");
  checkStdio(document);
  checkTypes(document, {
    terminal: "boolean",
    noPivotRoot: "boolean",
    noNewKeyring: "boolean",
    deleteOnExit: "boolean",
    sleepAfterMs: "number",
    rootUID: "number",
    rootGID: "number",
  });
  const { runtimeArgs, runtimeId } = document;
  if (runtimeId !== undefined && !isContainerId(runtimeId)) {
    throw invalid("/runtimeId", "it is not the id of a container");
  }
  if (runtimeArgs !== undefined && !isTextList(runtimeArgs)) {
    throw invalid("/runtimeArgs", "it is not a list of texts");
  }
  return document;
}

function isContainerId(value: unknown): value is string {
  try {
    return typeof value === "string" && parseContainerId(value) === value;
  } catch {
    return false;
  }
}

/**
 * Checks what an exec asks for, as far as the shim looks at it; the runtime checks the process.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS
 */
export function checkExec(process: unknown, stdio: object): void {
  if (!isObject(process) || !isTextList(process["args"])) {
    throw invalid("/args", "it is not a list of texts");
  }
  checkStdio(stdio);
}

/**
 * Checks what a process says about its stdio.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS
 */
function checkStdio(document: object): asserts document is StdioDocument {
  checkTypes(document, {
    containerdStdin: "path",
    containerdStdout: "path",
    containerdStderr: "path",
    openStdin: "boolean",
    stdinOnce: "boolean",
    drainTimeoutMs: "number",
  });
  const { log, openStdin, containerdStdin } = document as StdioDocument;
  if (openStdin === true && containerdStdin !== undefined) {
    throw invalid("/openStdin", "the standard input is a file, which clients cannot write to");
  }
  if (log !== undefined) checkLog(log);
}

/**
 * Checks what depends on the terminal.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS
 */
export function checkLogOf({ log }: StdioDocument, terminal: boolean): void {
  if (log?.format === "raw" && !terminal && log.sizeBytesMax !== undefined) {
    throw invalid(
      "/log/sizeBytesMax",
      "the process itself writes a raw log, so that nobody knows its size",
    );
  }
}

function checkLog(log: LogDocument): void {
  if (!isObject(log)) throw invalid("/log", "it is not an object");
  checkTypes(log, { path: "path", sizeBytesMax: "count", filesMax: "count" }, "/log");
  if (log.path === undefined) throw invalid("/log/path", "it is missing");
  const { format = "cri" } = log;
  if (format !== "cri" && format !== "raw") {
    throw invalid("/log/format", 'it is neither "cri" nor "raw"');
  }
}

type FieldType = "boolean" | "number" | "count" | "path";

const checks: Readonly<Record<FieldType, readonly [(value: unknown) => boolean, string]>> = {
  boolean: [(value) => typeof value === "boolean", "it is neither true nor false"],
  number: [isCount, "it is not a whole number, 0 or more"],
  count: [(value) => isCount(value) && value !== 0, "it is not a whole number above 0"],
  path: [
    (value) => typeof value === "string" && value.startsWith("/") && !value.includes("\0"),
    "it is not an absolute path",
  ],
};

function checkTypes(
  document: object,
  fields: Readonly<Record<string, FieldType>>,
  pointer = "",
): void {
  const values = new Map<string, unknown>(Object.entries(document));
  for (const [name, type] of Object.entries(fields)) {
    const value = values.get(name);
    const [isRight, complaint] = checks[type];
    if (value !== undefined && !isRight(value)) throw invalid(`${pointer}/${name}`, complaint);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function invalid(pointer: string, why: string): ContainerError {
  const what = pointer === "" ? "process.json" : `"${pointer}" of process.json`;
  return new ContainerError(`Cannot use ${what}: ${why}`, {
    code: "ERR_INVALID_PROCESS",
    kind: "invalid",
    ...(pointer === "" ? {} : { pointer }),
  });
}
