/**
 * The options of a mount: what each means for the mount, its superblock, its propagation, or the file system.
 *
 * @see config.md, "Linux mount options"; mount(8), mount_setattr(2), fsconfig(2)
 * @module
 */

import type { LinuxMountOption } from "@ctr/spec";
import type { ConstantName } from "../../machine/constants.ts";

/** Attributes to set and to clear. */
export interface AttributeChange {
  readonly set: readonly ConstantName[];
  readonly clear: readonly ConstantName[];
}

/** Propagation, of the mount or of it and all below. */
export interface Propagation {
  readonly flag: ConstantName;
  readonly recursive: boolean;
}

/** A parameter for the file system. */
export type Parameter =
  | { readonly flag: string }
  | { readonly key: string; readonly value: string };

/** The options of a mount, sorted by who they are for. */
export interface MountOptions {
  /** `bind` or `rbind`. */
  readonly bind: "no" | "bind" | "rbind";
  readonly remount: boolean;
  /** Attributes of the mount alone, those only that an option names. */
  readonly attributes: AttributeChange;
  /** Whether an option is about an attribute of the mount alone, even if it changes nothing, as `atime` does. */
  readonly namesAttributes: boolean;
  /** Attributes of the mount and those below it. */
  readonly recursive: AttributeChange;
  /** In the order in which they were given. */
  readonly propagation: readonly Propagation[];
  readonly idmap: "no" | "idmap" | "ridmap";
  readonly tmpcopyup: boolean;
  /** What is crun's own: how links are treated that the source or the mount point of a bind mount is. */
  readonly links: LinkOptions;
  /** For the file system and its superblock, in order. */
  readonly parameters: readonly Parameter[];
}

/** Options of crun's for bind mounts. @see crun(1), "Mount options" */
export const crunMountOptions = ["copy-symlink", "dest-nofollow", "src-nofollow"] as const;

/** One of {@linkcode crunMountOptions}. */
export type CrunMountOption = (typeof crunMountOptions)[number];

/** How links are treated that the source or the mount point of a bind mount is. */
export interface LinkOptions {
  /** A link as the source is made anew in the container instead. */
  readonly copySource: boolean;
  /** A link as the source is bound itself. */
  readonly keepSource: boolean;
  /** A link as the mount point is mounted over itself. */
  readonly keepTarget: boolean;
}

type Meaning =
  | { readonly attribute: ConstantName; readonly clear?: true }
  | { readonly superblock: string }
  | { readonly propagation: ConstantName }
  | { readonly also: "bind" | "rbind" | "remount" | "idmap" | "ridmap" | "tmpcopyup" }
  | { readonly links: keyof LinkOptions }
  | { readonly nothing: true };

const nothing = { nothing: true } as const;

/** Without the `r` of the recursive forms, which mean the same for all mounts below. */
const meanings: Readonly<
  Record<Exclude<LinuxMountOption, RecursiveOption> | CrunMountOption, Meaning>
> = {
  defaults: nothing,
  // mount(2) has MS_SILENT for these; fsconfig(2) reports to the caller, so there is nothing to silence.
  silent: nothing,
  loud: nothing,
  bind: { also: "bind" },
  rbind: { also: "rbind" },
  remount: { also: "remount" },
  idmap: { also: "idmap" },
  ridmap: { also: "ridmap" },
  tmpcopyup: { also: "tmpcopyup" },
  ro: { attribute: "MOUNT_ATTR_RDONLY" },
  rw: { attribute: "MOUNT_ATTR_RDONLY", clear: true },
  nosuid: { attribute: "MOUNT_ATTR_NOSUID" },
  suid: { attribute: "MOUNT_ATTR_NOSUID", clear: true },
  nodev: { attribute: "MOUNT_ATTR_NODEV" },
  dev: { attribute: "MOUNT_ATTR_NODEV", clear: true },
  noexec: { attribute: "MOUNT_ATTR_NOEXEC" },
  exec: { attribute: "MOUNT_ATTR_NOEXEC", clear: true },
  nodiratime: { attribute: "MOUNT_ATTR_NODIRATIME" },
  diratime: { attribute: "MOUNT_ATTR_NODIRATIME", clear: true },
  nosymfollow: { attribute: "MOUNT_ATTR_NOSYMFOLLOW" },
  symfollow: { attribute: "MOUNT_ATTR_NOSYMFOLLOW", clear: true },
  noatime: { attribute: "MOUNT_ATTR_NOATIME" },
  atime: { attribute: "MOUNT_ATTR_NOATIME", clear: true },
  relatime: { attribute: "MOUNT_ATTR_RELATIME" },
  norelatime: { attribute: "MOUNT_ATTR_RELATIME", clear: true },
  strictatime: { attribute: "MOUNT_ATTR_STRICTATIME" },
  nostrictatime: { attribute: "MOUNT_ATTR_STRICTATIME", clear: true },
  sync: { superblock: "sync" },
  async: { superblock: "async" },
  dirsync: { superblock: "dirsync" },
  lazytime: { superblock: "lazytime" },
  nolazytime: { superblock: "nolazytime" },
  mand: { superblock: "mand" },
  nomand: { superblock: "nomand" },
  iversion: { superblock: "iversion" },
  noiversion: nothing,
  shared: { propagation: "MS_SHARED" },
  slave: { propagation: "MS_SLAVE" },
  private: { propagation: "MS_PRIVATE" },
  unbindable: { propagation: "MS_UNBINDABLE" },
  "copy-symlink": { links: "copySource" },
  "src-nofollow": { links: "keepSource" },
  "dest-nofollow": { links: "keepTarget" },
};

type RecursiveOption =
  | "rro"
  | "rrw"
  | "rnosuid"
  | "rsuid"
  | "rnodev"
  | "rdev"
  | "rnoexec"
  | "rexec"
  | "rnodiratime"
  | "rdiratime"
  | "rrelatime"
  | "rnorelatime"
  | "rnoatime"
  | "ratime"
  | "rstrictatime"
  | "rnostrictatime"
  | "rnosymfollow"
  | "rsymfollow"
  | "rshared"
  | "rslave"
  | "rprivate"
  | "runbindable";

/** Everything that mount options can be read as, by name. */
const byName: ReadonlyMap<string, Meaning> = new Map(Object.entries(meanings));

/** Sorts the options of a mount by who they are for. The last of contradicting ones wins, as with mount(8). */
export function parseMountOptions(options: readonly string[] = []): MountOptions {
  const parsed = new Parsed();
  for (const option of options) {
    const meaning = byName.get(option);
    const below =
      meaning === undefined && option.startsWith("r") ? byName.get(option.slice(1)) : undefined;
    if (meaning !== undefined) parsed.add(meaning, false);
    else if (below !== undefined && isRecursive(below)) parsed.add(below, true);
    else parsed.pass(option);
  }
  return parsed;
}

/** Tells whether an option is the runtime's; any other is for the file system. */
export function isKnownMountOption(option: string): boolean {
  const below = byName.get(option.slice(1));
  return (
    byName.has(option) || (option.startsWith("r") && below !== undefined && isRecursive(below))
  );
}

function isRecursive(meaning: Meaning): boolean {
  return "attribute" in meaning || "propagation" in meaning;
}

class Parsed implements MountOptions {
  bind: MountOptions["bind"] = "no";
  remount = false;
  idmap: MountOptions["idmap"] = "no";
  tmpcopyup = false;
  readonly links: Record<keyof LinkOptions, boolean> = {
    copySource: false,
    keepSource: false,
    keepTarget: false,
  };
  readonly propagation: Propagation[] = [];
  readonly parameters: Parameter[] = [];
  readonly attributes: Attributes = new Attributes(new MountFlagTimes());
  readonly recursive: Attributes = new Attributes(new SeparateTimes());
  namesAttributes = false;

  add(meaning: Meaning, recursive: boolean): void {
    if ("attribute" in meaning) {
      const { attribute, clear = false } = meaning;
      (recursive ? this.recursive : this.attributes).change(attribute, clear);
      if (recursive) return;
      this.namesAttributes = true;
      if (attribute === "MOUNT_ATTR_RDONLY") this.#readOnlySuperblock(clear);
    } else if ("superblock" in meaning) this.parameters.push({ flag: meaning.superblock });
    else if ("propagation" in meaning)
      this.propagation.push({ flag: meaning.propagation, recursive });
    else if ("also" in meaning) this.#also(meaning.also);
    else if ("links" in meaning) this.links[meaning.links] = true;
  }

  pass(option: string): void {
    const equals = option.indexOf("=");
    this.parameters.push(
      equals < 0
        ? { flag: option }
        : { key: option.slice(0, equals), value: option.slice(equals + 1) },
    );
  }

  /** A read-only file system is one whose superblock is read-only, too, as with mount(8). */
  #readOnlySuperblock(clear: boolean): void {
    this.parameters.push({ flag: clear ? "rw" : "ro" });
  }

  #also(what: "bind" | "rbind" | "remount" | "idmap" | "ridmap" | "tmpcopyup"): void {
    // Flags add up, as those of mount(2): "rbind" stays recursive with "bind" beside it.
    if (what === "rbind") this.bind = what;
    else if (what === "bind") this.bind = this.bind === "no" ? "bind" : this.bind;
    else if (what === "remount") this.remount = true;
    else if (what === "tmpcopyup") this.tmpcopyup = true;
    else this.idmap = what;
  }
}

/** Attributes as the options name them, one after the other. */
class Attributes implements AttributeChange {
  readonly #set: Set<ConstantName> = new Set();
  readonly #clear: Set<ConstantName> = new Set();
  readonly #times: AccessTimes;

  constructor(times: AccessTimes) {
    this.#times = times;
  }

  get set(): readonly ConstantName[] {
    return [...this.#set, ...this.#times.set];
  }

  get clear(): readonly ConstantName[] {
    return [...this.#clear, ...this.#times.clear];
  }

  change(attribute: ConstantName, clear: boolean): void {
    if (attribute.endsWith("ATIME")) {
      this.#times.change(attribute, clear);
      return;
    }
    (clear ? this.#set : this.#clear).delete(attribute);
    (clear ? this.#clear : this.#set).add(attribute);
  }
}

/** What is kept of the times at which files are read: one of three ways, and whether that is for directories, too. */
interface AccessTimes extends AttributeChange {
  change(attribute: ConstantName, clear: boolean): void;
}

const noDirectories: ConstantName = "MOUNT_ATTR_NODIRATIME";

/**
 * As the flags of mount(2) have it, and so mount(8) and runc: an option that switches off takes back one that was given
 * before and is nothing else, so that `atime` leaves what is `noatime`. One that switches on decides all: with
 * `nodiratime` alone they are kept as by default, relatime, and with `noatime` alone directories are no exception.
 */
class MountFlagTimes implements AccessTimes {
  #way: ConstantName | undefined;
  #noDirectories = false;

  get set(): readonly ConstantName[] {
    if (!this.#decides) return [];
    const way = this.#way ?? "MOUNT_ATTR_RELATIME";
    return this.#noDirectories ? [noDirectories, way] : [way];
  }

  get clear(): readonly ConstantName[] {
    if (!this.#decides) return [];
    return this.#noDirectories ? ["MOUNT_ATTR__ATIME"] : ["MOUNT_ATTR__ATIME", noDirectories];
  }

  get #decides(): boolean {
    return this.#noDirectories || this.#way !== undefined;
  }

  change(attribute: ConstantName, clear: boolean): void {
    if (attribute === noDirectories) this.#noDirectories = !clear;
    else if (!clear) this.#way = attribute;
    else if (this.#way === attribute) this.#way = undefined;
  }
}

/** As mount_setattr(2) has it: each for itself, and what is switched off is kept as by default, relatime. */
class SeparateTimes implements AccessTimes {
  #way: ConstantName | undefined;
  #noDirectories: boolean | undefined;

  get set(): readonly ConstantName[] {
    const directories = this.#noDirectories === true ? [noDirectories] : [];
    return this.#way === undefined ? directories : [...directories, this.#way];
  }

  get clear(): readonly ConstantName[] {
    const directories = this.#noDirectories === false ? [noDirectories] : [];
    return this.#way === undefined ? directories : [...directories, "MOUNT_ATTR__ATIME"];
  }

  change(attribute: ConstantName, clear: boolean): void {
    if (attribute === noDirectories) this.#noDirectories = !clear;
    else this.#way = clear ? "MOUNT_ATTR_RELATIME" : attribute;
  }
}
