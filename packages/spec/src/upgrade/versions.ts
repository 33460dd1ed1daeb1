import { ociVersion } from "../config/config.ts";

/** A version of a specification: SemVer 2.0.0 without build metadata, its parts. */
interface Version {
  readonly numbers: readonly number[];
  readonly prerelease: string;
}

function split(text: string): Version | undefined {
  const pattern =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-.]+)?$/;
  const match = pattern.exec(text);
  if (match === null) {
    return undefined;
  }
  return { numbers: match.slice(1, 4).map(Number), prerelease: match[4] ?? "" };
}

/** Whether `text` is a version in SemVer 2.0.0 form. */
export function isVersion(text: string): boolean {
  return text === ociVersion || split(text) !== undefined;
}

/**
 * Orders versions, the older first; 0 when one of them is no version.
 *
 * Early runtimes wrote prereleases of their own, such as `1.0.0-rc2-dev`: they come after the
 * release that they are based on.
 */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [split(left), split(right)];
  if (a === undefined || b === undefined) {
    return 0;
  }
  for (let index = 0; index < 3; index++) {
    const order = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (order !== 0) {
      return order;
    }
  }
  return comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  if (a === "" || b === "") {
    return a === "" ? 1 : -1;
  }
  return a < b ? -1 : 1;
}
