import { ContainerError } from "@ctr/spec";

/** Which unit of systemd holds a container. */
export interface UnitName {
  /** For example `system.slice`; absent for systemd's default. */
  readonly slice?: string;
  /** For example `docker-0123.scope`. */
  readonly unit: string;
}

/**
 * Reads `linux.cgroupsPath` as systemd drivers take it, `slice:prefix:name`: the scope `prefix-name.scope` in a slice.
 *
 * @param path without one, the scope is named after the container's id and lies in systemd's default slice
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function parseUnitName(path: string | undefined, id: string): UnitName {
  if (path === undefined || path === "") return { unit: scopeName("bunc", id) };
  const [slice = "", prefix = "", name = "", ...more] = path.split(":");
  if (name === "" || more.length > 0) {
    throw invalid(
      path,
      "it is not of the form slice:prefix:name",
      "Give, for example, system.slice:bunc:redis",
    );
  }
  if (slice === "") return { unit: scopeName(prefix, name) };
  expandSlice(slice);
  return { slice, unit: scopeName(prefix, name) };
}

/** Names of units hold few characters; others are written as systemd-escape(1) does. */
function scopeName(prefix: string, name: string): string {
  const escaped = (text: string): string =>
    text.replace(/[^A-Za-z0-9:_.@-]/g, (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
        .join(""),
    );
  return `${escaped(prefix)}-${escaped(name)}.scope`;
}

/**
 * Returns where a slice's cgroup lies: dashes in its name are its parents, so `a-b.slice` is `/a.slice/a-b.slice`.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 * @see systemd.slice(5)
 */
export function expandSlice(slice: string): string {
  if (slice === "-.slice") return "";
  const name = /^([^/]+)\.slice$/.exec(slice)?.[1];
  const parts = name?.split("-") ?? [];
  if (parts.length === 0 || parts.includes("")) {
    throw invalid(
      slice,
      `"${slice}" is not the name of a slice`,
      'Slices are named as in "system.slice" or "a-b.slice"',
    );
  }
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("-")}.slice`).join("");
}

function invalid(path: string, why: string, hint: string): ContainerError {
  return new ContainerError(
    `Cannot use the cgroup "${path}" (linux.cgroupsPath) with systemd: ${why}`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: "/linux/cgroupsPath",
      hint,
    },
  );
}
