import { type Draft, type DraftObject, isDraftObject } from "./draft.ts";

/**
 * ChangeLog of 0.3.0: "Single, unified config file, #284". What `runtime.json` says of mounts belongs
 * to the mount points of `config.json` by name; the rest is put beside what is there.
 */
export function mergeRuntimeDocument(draft: Draft, runtime: unknown): void {
  if (!isDraftObject(runtime)) {
    return;
  }
  const { mounts, ...rest } = runtime;
  mergeInto(draft.value, rest);
  draft.note([], "Merged with runtime.json");
  const sources = isDraftObject(mounts) ? mounts : {};
  for (const [, point] of draft.objects("mounts")) {
    const source = typeof point["name"] === "string" ? sources[point["name"]] : undefined;
    if (isDraftObject(source)) {
      mergeInto(point, source);
    }
  }
}

function mergeInto(target: DraftObject, source: DraftObject): void {
  for (const [key, value] of Object.entries(source)) {
    const there = target[key];
    if (isDraftObject(there) && isDraftObject(value)) {
      mergeInto(there, value);
    } else {
      target[key] = value;
    }
  }
}

/** As {@linkcode mergeRuntimeDocument}: `name` and `path` of a mount became `destination`. */
export function renameMountPoints(draft: Draft): void {
  for (const [index, mount] of draft.objects("mounts")) {
    if (mount["path"] !== undefined && mount["destination"] === undefined) {
      mount["destination"] = mount["path"];
      delete mount["path"];
      delete mount["name"];
      draft.note(["mounts", index, "path"], `Renamed to destination`);
    }
  }
}

/** ChangeLog of 0.3.0: "config: qualify the name of the version field, #309". */
export function renameVersion(draft: Draft): void {
  draft.move(["version"], ["ociVersion"]);
}

/** ChangeLog of 0.3.0: "config: cwd is a required default, and must be absolute, #286". */
export function addCwd(draft: Draft): void {
  const process = draft.object("process");
  if (process !== undefined && (process["cwd"] === undefined || process["cwd"] === "")) {
    process["cwd"] = "/";
    draft.note(["process", "cwd"], "Added: / was the default");
  }
}

/** ChangeLog of 0.3.0: "config-linux: Convert classID from hex to uint32, #296". */
export function parseClassId(draft: Draft): void {
  const network = draft.object("linux", "resources", "network");
  const id = network?.["classID"];
  if (network === undefined || typeof id !== "string") {
    return;
  }
  if (/^(0x)?[0-9a-f]+$/i.test(id)) {
    network["classID"] = Number.parseInt(id, 16);
    draft.note(["linux", "resources", "network", "classID"], "Made a number of hexadecimal digits");
  } else if (id === "") {
    draft.remove(["linux", "resources", "network", "classID"], "Removed: it was empty");
  }
}

/**
 * ChangeLog of 0.3.0: "config-linux: Separate mknod from cgroups, #298". `permissions` of a device
 * became a device rule of the cgroup. Until then what was not listed was denied, which takes a rule,
 * too.
 */
export function separateDeviceRules(draft: Draft): void {
  if (draft.object("linux") === undefined) {
    return;
  }
  const resources = draft.ensure("linux", "resources");
  const rules: unknown[] = Array.isArray(resources["devices"]) ? resources["devices"] : [];
  if (rules.length === 0) {
    rules.push({ allow: false, access: "rwm" });
    draft.note(["linux", "resources", "devices"], "Added: what was not listed was denied");
  }
  for (const [index, device] of draft.objects("linux", "devices")) {
    const { type, major, minor, permissions: access } = device;
    if (typeof access === "string") {
      delete device["permissions"];
      rules.push({ allow: true, type, major, minor, access });
      draft.note(
        ["linux", "devices", index, "permissions"],
        "Moved to a rule of /linux/resources/devices",
      );
    }
  }
  resources["devices"] = rules;
}
