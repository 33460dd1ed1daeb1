import { toPointer } from "../problem.ts";

/** One thing that an upgrade did. */
export interface UpgradeChange {
  /** JSON pointer of the field in the document as it was. */
  readonly pointer: string;
  /** Release of the specification whose form the field has now. */
  readonly version: string;
  /** What was done and why, one sentence. */
  readonly did: string;
}

/** A part of a document that is being changed. */
export type DraftObject = Record<string, unknown>;

type Path = readonly (string | number)[];

/** A document that upgrade steps change, with the list of what they did. */
export class Draft {
  readonly value: DraftObject;
  readonly changes: UpgradeChange[] = [];
  #version = "";

  /** Takes over `value`; the caller gives a copy. */
  constructor(value: DraftObject) {
    this.value = value;
  }

  /** Names the release that the following changes are for. */
  setVersion(version: string): void {
    this.#version = version;
  }

  /** Notes a change. */
  note(path: Path, did: string): void {
    this.changes.push({ pointer: toPointer(path), version: this.#version, did });
  }

  /** Returns the object at `path`, or `undefined` when there is none. */
  object(...path: Path): DraftObject | undefined {
    const found = this.#at(path);
    return isDraftObject(found) ? found : undefined;
  }

  /** Returns the objects of the list at `path`, each with its index. */
  objects(...path: Path): readonly (readonly [number, DraftObject])[] {
    const found = this.#at(path);
    const entries: readonly (readonly [number, unknown])[] = Array.isArray(found)
      ? [...found.entries()]
      : [];
    return entries.flatMap(([index, entry]) => (isDraftObject(entry) ? [[index, entry]] : []));
  }

  /** Returns the object at `path`, made when there is none. */
  ensure(...path: readonly string[]): DraftObject {
    let object = this.value;
    for (const key of path) {
      const next = object[key];
      const child: DraftObject = isDraftObject(next) ? next : {};
      object[key] = child;
      object = child;
    }
    return object;
  }

  /** Removes the field at the end of `path` when it is there, and says why. */
  remove(path: Path, did: string): void {
    const [parent, key] = this.#parent(path);
    if (parent !== undefined && Object.hasOwn(parent, key)) {
      delete parent[key];
      this.note(path, did);
    }
  }

  /**
   * Moves a field when it is there. A value that is already at the new place wins, since that is
   * the one that current runtimes obey.
   */
  move(from: Path, to: readonly string[]): void {
    const [parent, key] = this.#parent(from);
    if (parent === undefined || !Object.hasOwn(parent, key)) {
      return;
    }
    const value = parent[key];
    delete parent[key];
    const target = this.ensure(...to.slice(0, -1));
    const name = to.at(-1) ?? "";
    if (Object.hasOwn(target, name)) {
      this.note(from, `Removed: ${toPointer(to)} is there, too, and wins`);
      return;
    }
    target[name] = value;
    this.note(from, `Moved to ${toPointer(to)}`);
  }

  /** Moves a field to the process; without one there is nothing that it could be about. */
  moveToProcess(from: Path, name: string): void {
    if (this.object("process") === undefined) {
      this.remove(from, "Removed: there is no process");
    }
    this.move(from, ["process", name]);
  }

  #at(path: Path): unknown {
    let found: unknown = this.value;
    for (const key of path) {
      if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) {
        return undefined;
      }
      found = Object.entries(found).find(([name]) => name === String(key))?.[1];
    }
    return found;
  }

  #parent(path: Path): readonly [DraftObject | undefined, string] {
    return [this.object(...path.slice(0, -1)), String(path.at(-1))];
  }
}

/** Tells an object from lists and everything else. */
export function isDraftObject(value: unknown): value is DraftObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
