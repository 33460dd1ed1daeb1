import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Capabilities,
  ContainerError,
  capabilityNames,
  type Process,
  upgradeConfig,
} from "@ctr/spec";
import type { ExecRequest } from "../contract/process.ts";

/**
 * Returns the process that a request asks for: the whole one that it holds, or that of the bundle's config.json with what the
 * request names in the place of what is there.
 *
 * @throws {ContainerError} ERR_BUNDLE when config.json cannot be read; ERR_INVALID_CONFIG; ERR_INVALID_REQUEST.
 * @see runc-exec(8): the same rules
 */
export async function execProcess(bundle: string, request: ExecRequest): Promise<Process> {
  if (request.process !== undefined) return request.process;
  const base = await readProcess(bundle);
  const { cwd, user, consoleSize, noNewPrivileges, apparmorProfile, selinuxLabel } = request;
  const { consoleSize: _, ...inherited } = base;
  return {
    ...inherited,
    args: request.args ?? [],
    terminal: request.terminal ?? false,
    env: [...(base.env ?? []), ...(request.env ?? [])],
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
    ...(consoleSize === undefined ? {} : { consoleSize }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
    ...(request.capabilities === undefined
      ? {}
      : { capabilities: withCapabilities(base.capabilities ?? {}, request.capabilities) }),
  };
}

async function readProcess(bundle: string): Promise<Process> {
  const path = join(bundle, "config.json");
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ContainerError(`Cannot read "${path}": ${reason}`, {
      code: "ERR_BUNDLE",
      kind: "invalid",
      hint: "Give the whole process in the field process",
      cause: error,
    });
  }
  return upgradeConfig(document).config.process ?? { cwd: "/" };
}

/**
 * Adds to the three sets that runc adds to: an inheritable capability would be handed on to programs that have it in their
 * file's inheritable set (CVE-2022-24769).
 */
function withCapabilities(base: Capabilities, added: readonly string[]): Capabilities {
  const names = added.map(capabilityName);
  const add = (set: readonly string[] = []): readonly string[] => [...new Set([...set, ...names])];
  return {
    ...base,
    bounding: add(base.bounding),
    effective: add(base.effective),
    permitted: add(base.permitted),
  };
}

function capabilityName(text: string): string {
  const upper = text.toUpperCase();
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  const known = capabilityNames.find((name) => name === full);
  if (known !== undefined) return known;
  throw new ContainerError(`Cannot add the capability ${JSON.stringify(text)}: there is none`, {
    code: "ERR_INVALID_REQUEST",
    kind: "invalid",
    pointer: "/body/capabilities",
  });
}
