import {
  type Config,
  ContainerError,
  type LinuxNamespace,
  requireValidConfig,
  upgradeConfig,
} from "@ctr/spec";
import { resolvePath } from "../../init/container-path.ts";
import { open, readLink, readText, readTextIfExists } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import type { CreateOptions } from "../create-options.ts";
import type { Runtime } from "../runtime-options.ts";
import { asCurrentForm, withinRootfs } from "./accepted-forms.ts";
import { withAnnotations } from "./annotations.ts";
import { ownIds, withDefaultIdMappings } from "./default-id-mappings.ts";

/** A bundle that can be run. */
export interface Bundle {
  /** Absolute path of the directory. */
  readonly path: string;
  readonly config: Config;
  /** Absolute path of the root filesystem, symbolic links resolved. */
  readonly rootfs: string;
}

/** Where a bundle and its configuration are. */
export type BundleOptions = Pick<CreateOptions, "bundle" | "config" | "configFile">;

/**
 * Reads a bundle's config.json, makes a current configuration of it, and checks what every container needs.
 *
 * @throws {ContainerError} ERR_BUNDLE_NOT_FOUND, ERR_INVALID_CONFIG, ERR_ROOTFS_NOT_FOUND
 */
export function openBundle(
  { kernel, rootless }: Pick<Runtime, "kernel" | "rootless">,
  options: BundleOptions,
): Bundle {
  const absolute = resolvePath(process.cwd(), options.bundle);
  const file = resolvePath(process.cwd(), options.configFile ?? `${absolute}/config.json`);
  const given = options.config ?? readConfig(kernel, absolute, file);
  const config = requireValidConfig(
    withDefaultIdMappings(withAnnotations(given), (kind) => ownIds(kernel, rootless, kind)),
  );
  checkRunnable(config);
  const rootfs = findRootfs(kernel, absolute, config);
  return { path: absolute, config: withinRootfs(config, rootfs), rootfs };
}

function readConfig(kernel: Kernel, bundle: string, file: string): Config {
  let text: string;
  try {
    text = readText(kernel, file);
  } catch (error) {
    throw new ContainerError(
      `Cannot read the bundle's configuration "${file}": ${reasonOf(error)}`,
      {
        code: "ERR_BUNDLE_NOT_FOUND",
        kind: "notFound",
        cause: error,
        hint: 'A bundle is a directory with a config.json; "bunc spec" writes one',
      },
    );
  }
  const runtime = readTextIfExists(kernel, `${bundle}/runtime.json`);
  const document = asCurrentForm(parse(file, text));
  return upgradeConfig(
    document,
    runtime === undefined ? {} : { runtime: parse(`${bundle}/runtime.json`, runtime) },
  ).config;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ContainerError(`Cannot read "${file}": it is not JSON: ${reasonOf(error)}`, {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      cause: error,
    });
  }
}

/** What the schema leaves open and no container can do without. */
function checkRunnable(config: Config): void {
  const [major = ""] = config.ociVersion.split(".");
  if (major !== "1") {
    throw invalid("/ociVersion", `"${config.ociVersion}" is not a version 1`, "Use 1.0.0 or later");
  }
  if (config.root === undefined || config.root.path === "") {
    throw invalid("/root/path", "a container needs a root filesystem", "Name its directory");
  }
  if (config.process !== undefined && (config.process.args ?? []).length === 0) {
    throw invalid("/process/args", "args must not be empty", "Name the program to run");
  }
  const cwd = config.process?.cwd;
  if (cwd !== undefined && !cwd.startsWith("/")) {
    throw invalid("/process/cwd", `"${cwd}" is not an absolute path`, 'Use "/"');
  }
  checkNamespaces(config);
}

function checkNamespaces(config: Config): void {
  const namespaces = config.linux?.namespaces ?? [];
  const types = new Set<string>();
  for (const [index, { type }] of namespaces.entries()) {
    if (types.has(type)) {
      throw invalid(`/linux/namespaces/${index}`, `there are two ${type} namespaces`, "Remove one");
    }
    types.add(type);
  }
  if (types.has("user") && !types.has("mount")) {
    throw invalid(
      "/linux/namespaces",
      "root of a user namespace may mount nothing in the host's mount namespace",
      'Add {"type": "mount"}',
    );
  }
  needsNamespace(config.hostname, "uts", "/hostname", types);
  needsNamespace(config.domainname, "uts", "/domainname", types);
  needsNamespace(config.linux?.timeOffsets, "time", "/linux/timeOffsets", types);
  checkDomainname(config);
  checkIdMappings(config, namespaces);
}

/** Of two fields that set the same, the one that is applied last would win without a word. */
function checkDomainname({ domainname = "", linux }: Config): void {
  const parameter = linux?.sysctl?.["kernel.domainname"];
  if (parameter === undefined || domainname === "" || parameter === domainname) return;
  throw invalid(
    "/linux/sysctl/kernel.domainname",
    "it conflicts with /domainname",
    "Set only /domainname",
  );
}

function needsNamespace(
  value: unknown,
  type: string,
  pointer: string,
  types: ReadonlySet<string>,
): void {
  if (value === undefined || value === "" || types.has(type)) return;
  throw invalid(
    pointer,
    `it would change the host's`,
    `Add {"type": "${type}"} to linux.namespaces`,
  );
}

function checkIdMappings(config: Config, namespaces: readonly LinuxNamespace[]): void {
  const user = namespaces.find(({ type }) => type === "user");
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  if (user === undefined && uidMappings.length + gidMappings.length > 0) {
    throw invalid(
      "/linux/uidMappings",
      "id mappings need a user namespace",
      'Add {"type": "user"} to linux.namespaces',
    );
  }
}

/**
 * Checks what only root can do without.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function checkRootless(config: Config): void {
  if (config.linux?.namespaces?.some(({ type }) => type === "user") === true) return;
  throw invalid(
    "/linux/namespaces",
    "an ordinary user can make containers only in a user namespace",
    'Add {"type": "user"} and id mappings; "bunc spec --rootless" writes them',
  );
}

function invalid(pointer: string, why: string, hint: string): ContainerError {
  return new ContainerError(`Cannot use this configuration (${pointer}): ${why}`, {
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
    hint,
  });
}

function findRootfs(kernel: Kernel, bundle: string, config: Config): string {
  const path = resolvePath(bundle, config.root?.path ?? "");
  try {
    using directory = open(kernel, path, ["O_PATH", "O_DIRECTORY"]);
    return readLink(kernel, `/proc/self/fd/${directory.number}`);
  } catch (error) {
    throw rootfsNotFound(path, error);
  }
}

function rootfsNotFound(path: string, cause: unknown): ContainerError {
  return new ContainerError(
    `Cannot use the root filesystem "${path}" (/root/path): it is not a directory`,
    {
      code: "ERR_ROOTFS_NOT_FOUND",
      kind: "notFound",
      pointer: "/root/path",
      ...(cause === undefined ? {} : { cause }),
      hint: "Unpack an image there, or name another directory",
    },
  );
}
