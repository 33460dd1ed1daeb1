import { Database, type SQLQueryBindings } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ContainerError } from "@ctr/spec";
import type { ContainerEvent, EventType } from "../contract/event.ts";
import type { ProcessExit } from "../contract/process.ts";
import { makePrivateFile } from "../directories.ts";

/** Version of the tables; a journal of a later one is refused. */
const schemaVersion = 1;
/** How many events are added between two looks at what is too old to be kept. */
const pruneInterval = 256;

/** What is added to the journal. */
export interface NewEvent {
  readonly type: EventType;
  /** The container. */
  readonly id: string;
  /** Which container of that id: every one that is made has another. */
  readonly instance: string;
  /** Name of the process. */
  readonly processId?: string;
  readonly status?: number;
  readonly systemPid?: number;
  /** When it happened. @default now */
  readonly at?: Date;
  /**
   * What happens only once to the container: with a key that is in the journal already, nothing is added. Without it the
   * event is added always.
   */
  readonly onceKey?: string;
  /** Of a deletion: whether it was because of `removeOnExit`. */
  readonly automatic?: boolean;
}

/** Which events {@linkcode Journal.read} returns. */
export interface JournalQuery {
  /** Those with a greater sequence. */
  readonly after: number;
  /** Those with at most this sequence. */
  readonly upTo: number;
  /** Times in ms since 1970: from this one on. */
  readonly sinceMs?: number;
  /** Before this one. */
  readonly untilMs?: number;
  readonly ids?: readonly string[];
  readonly types?: readonly EventType[];
  readonly limit: number;
}

/** Options of {@linkcode Journal}. */
export interface JournalOptions {
  /** How many events are kept. @default 10000 */
  readonly retainCount?: number;
}

interface EventRow {
  readonly sequence: number;
  readonly time: number;
  readonly type: EventType;
  readonly container: string;
  readonly process: string | null;
  readonly status: number | null;
  readonly system_pid: number | null;
}

interface ExitRow {
  readonly status: number;
  readonly time: number;
}

const tables = `
  CREATE TABLE IF NOT EXISTS metadata (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL, -- ms since 1970
    type TEXT NOT NULL,
    container TEXT NOT NULL,
    instance TEXT NOT NULL,
    process TEXT,
    status INTEGER,
    system_pid INTEGER,
    automatic INTEGER
  );
  CREATE INDEX IF NOT EXISTS events_of_container ON events (container, type);
  -- What was announced of containers that are still there, whether or not the event is still kept.
  CREATE TABLE IF NOT EXISTS announced (
    instance TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (instance, key)
  ) WITHOUT ROWID;
`;

/**
 * Everything that happened, in order, on disk. An event is there once {@linkcode Journal.add} has returned; it stays when
 * the process is killed.
 */
export class Journal implements Disposable {
  readonly #database: Database;
  readonly #retainCount: number;
  readonly #listeners: Set<() => void> = new Set();
  #sincePruned = 0;
  #last: number;

  private constructor(database: Database, retainCount: number) {
    this.#database = database;
    this.#retainCount = retainCount;
    // AUTOINCREMENT's own record, so that what was pruned counts too.
    const row = database
      .query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
      .get();
    this.#last = row?.seq ?? 0;
    this.#prune();
  }

  /**
   * Opens the journal of a folder, and makes it when it is not there. Nobody else can open it until it is closed or the
   * process ends.
   *
   * @throws {ContainerError} ERR_JOURNAL_BUSY when another process has it open; ERR_JOURNAL_VERSION; ERR_JOURNAL.
   */
  static open(root: string, options: JournalOptions = {}): Journal {
    const path = join(root, "journal.db");
    const isNew = !existsSync(path);
    let database: Database | undefined;
    try {
      // The files beside it get its mode.
      makePrivateFile(path);
      database = new Database(path, { strict: true });
      // The lock is the kernel's: it ends with the process, whatever ends that.
      database.run("PRAGMA locking_mode = EXCLUSIVE");
      // There is nothing to lose yet, and waiting for the disk takes long.
      if (isNew) database.run("PRAGMA synchronous = OFF");
      database.run("PRAGMA journal_mode = WAL");
      database.run("BEGIN EXCLUSIVE");
      database.run(tables);
      checkVersion(database, path);
      database.run("COMMIT");
      // With WAL this survives the death of the process; the last events can be lost when the power goes.
      database.run("PRAGMA synchronous = NORMAL");
      return new Journal(database, options.retainCount ?? 10_000);
    } catch (error) {
      database?.close();
      throw openError(path, error);
    }
  }

  /** Sequence of the last event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Adds an event; `false` when its key is there already. */
  add(event: NewEvent): boolean {
    const isNew = this.#database.transaction(() => this.#insert(event)).immediate();
    if (!isNew) return false;
    this.#sincePruned++;
    if (this.#sincePruned >= pruneInterval) this.#prune();
    for (const listener of this.#listeners) listener();
    return true;
  }

  /** Tells whether a key of a container was announced. */
  wasAnnounced(instance: string, onceKey: string): boolean {
    return (
      this.#database
        .query("SELECT 1 FROM announced WHERE instance = ? AND key = ?")
        .get(instance, onceKey) !== null
    );
  }

  /** Returns when a container's first process was started; `undefined` when it was not, or the event is kept no longer. */
  startedAt(instance: string): Date | undefined {
    const row = this.#database
      .query<{ time: number }, [string]>(
        "SELECT time FROM events WHERE instance = ? AND type = 'start-container'",
      )
      .get(instance);
    return row === null ? undefined : new Date(row.time);
  }

  /** Forgets the keys of a container that is gone for good. */
  forget(instance: string): void {
    this.#database.query("DELETE FROM announced WHERE instance = ?").run(instance);
  }

  /** Forgets the keys of all containers but these. */
  forgetAllBut(instances: readonly string[]): void {
    this.#database
      .query("DELETE FROM announced WHERE instance NOT IN (SELECT value FROM json_each(?))")
      .run(JSON.stringify(instances));
  }

  /** Returns events in order. */
  read(query: JournalQuery): readonly ContainerEvent[] {
    const conditions = ["sequence > ?", "sequence <= ?"];
    const values: SQLQueryBindings[] = [query.after, query.upTo];
    const add = (condition: string, value: SQLQueryBindings | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    add("time >= ?", query.sinceMs);
    add("time < ?", query.untilMs);
    add("container IN (SELECT value FROM json_each(?))", query.ids && JSON.stringify(query.ids));
    add("type IN (SELECT value FROM json_each(?))", query.types && JSON.stringify(query.types));
    const rows = this.#database
      .query<EventRow, SQLQueryBindings[]>(
        `SELECT * FROM events WHERE ${conditions.join(" AND ")} ORDER BY sequence LIMIT ?`,
      )
      .all(...values, query.limit);
    return rows.map(toEvent);
  }

  /** Returns how a process of a container ended that is still there, though the process is forgotten. */
  exitOf(instance: string, processId: string): ProcessExit | undefined {
    const row = this.#database
      .query<ExitRow, [string, string]>(
        `SELECT status, time FROM events WHERE instance = ? AND process = ? AND type = 'exit'
         ORDER BY sequence DESC LIMIT 1`,
      )
      .get(instance, processId);
    if (row === null) return undefined;
    return { processId, status: row.status, exitedAt: new Date(row.time).toISOString() };
  }

  /** Returns the instance of the last container of an id, when that was removed because its first process had ended. */
  removedInstance(id: string): string | undefined {
    const row = this.#database
      .query<{ instance: string; automatic: number | null }, [string]>(
        `SELECT instance, automatic FROM events WHERE container = ? AND type IN ('create', 'delete')
         ORDER BY sequence DESC LIMIT 1`,
      )
      .get(id);
    return row?.automatic === 1 ? row.instance : undefined;
  }

  /** Calls back after every event that is added. */
  onAdded(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#database.close();
  }

  #insert(event: NewEvent): boolean {
    if (event.onceKey !== undefined) {
      const { changes } = this.#database
        .query("INSERT OR IGNORE INTO announced (instance, key) VALUES (?, ?)")
        .run(event.instance, event.onceKey);
      if (changes === 0) return false;
    }
    const { lastInsertRowid } = this.#database
      .query(
        `INSERT INTO events (time, type, container, instance, process, status, system_pid, automatic)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        (event.at ?? new Date()).getTime(),
        event.type,
        event.id,
        event.instance,
        event.processId ?? null,
        event.status ?? null,
        event.systemPid ?? null,
        event.automatic ? 1 : null,
      );
    this.#last = Number(lastInsertRowid);
    return true;
  }

  #prune(): void {
    this.#sincePruned = 0;
    this.#database
      .query("DELETE FROM events WHERE sequence <= ?")
      .run(this.#last - this.#retainCount);
  }
}

function checkVersion(database: Database, path: string): void {
  database
    .query("INSERT OR IGNORE INTO metadata (key, value) VALUES ('schema', ?)")
    .run(schemaVersion);
  const row = database
    .query<{ value: number }, []>("SELECT value FROM metadata WHERE key = 'schema'")
    .get();
  if (row?.value === schemaVersion) return;
  throw new ContainerError(`Cannot use the journal "${path}": it has version ${row?.value}`, {
    code: "ERR_JOURNAL_VERSION",
    kind: "unsupported",
    hint: `This release reads version ${schemaVersion}; use the one that wrote it, or another --root`,
  });
}

function openError(path: string, error: unknown): ContainerError {
  if (error instanceof ContainerError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "SQLITE_BUSY") {
    return new ContainerError(`Cannot open the journal "${path}": another ctrd uses it`, {
      code: "ERR_JOURNAL_BUSY",
      kind: "conflict",
      hint: "Stop that ctrd, or give this one another --root",
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ContainerError(`Cannot open the journal "${path}": ${reason}`, {
    code: "ERR_JOURNAL",
    kind: "internal",
    hint: "When the file is damaged, move it away; containers are not affected",
    cause: error,
  });
}

function toEvent(row: EventRow): ContainerEvent {
  return {
    sequence: row.sequence,
    timestamp: new Date(row.time).toISOString(),
    type: row.type,
    id: row.container,
    ...(row.process === null ? {} : { pid: row.process }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.system_pid === null ? {} : { systemPid: row.system_pid }),
  };
}
