import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvents } from "./event-feed.ts";
import { Journal, type NewEvent } from "./journal.ts";

interface Folder extends Disposable {
  readonly path: string;
}

function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "ctr-test-journal-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const event = (type: NewEvent["type"], id = "a", more: Partial<NewEvent> = {}): NewEvent => ({
  type,
  id,
  instance: `instance-${id}`,
  ...more,
});

const all = (journal: Journal) => journal.read({ after: 0, upTo: journal.last, limit: 1000 });

test("add() gives growing sequences that survive closing", () => {
  using folder = makeFolder();
  {
    using journal = Journal.open(folder.path);
    journal.add(event("create"));
    journal.add(event("exit", "a", { processId: "init", status: 3, at: new Date(5000) }));
  }

  using journal = Journal.open(folder.path);
  journal.add(event("delete"));

  expect(all(journal)).toEqual([
    { sequence: 1, timestamp: expect.any(String), type: "create", id: "a" },
    {
      sequence: 2,
      timestamp: "1970-01-01T00:00:05.000Z",
      type: "exit",
      id: "a",
      pid: "init",
      status: 3,
    },
    { sequence: 3, timestamp: expect.any(String), type: "delete", id: "a" },
  ]);
});

test("add() adds a key once for each instance, also after it was opened again", () => {
  using folder = makeFolder();
  {
    using journal = Journal.open(folder.path);
    expect(journal.add(event("create", "a", { onceKey: "create" }))).toBe(true);
    expect(journal.add(event("create", "a", { onceKey: "create" }))).toBe(false);
  }

  using journal = Journal.open(folder.path);

  expect(journal.add(event("create", "a", { onceKey: "create" }))).toBe(false);
  expect(journal.add(event("create", "a", { onceKey: "create", instance: "later" }))).toBe(true);
  expect(all(journal)).toHaveLength(2);
});

test("open() keeps the last events and never gives a sequence twice", () => {
  using folder = makeFolder();
  {
    using journal = Journal.open(folder.path);
    for (let index = 0; index < 10; index++) journal.add(event("pause"));
  }

  using journal = Journal.open(folder.path, { retainCount: 3 });

  expect(all(journal).map(({ sequence }) => sequence)).toEqual([8, 9, 10]);
  expect(journal.last).toBe(10);
});

test("what was announced is known when the event is kept no longer", () => {
  using folder = makeFolder();
  {
    using journal = Journal.open(folder.path);
    journal.add(event("create", "a", { onceKey: "create" }));
    for (let index = 0; index < 5; index++) journal.add(event("pause"));
  }

  using journal = Journal.open(folder.path, { retainCount: 2 });

  expect(journal.add(event("create", "a", { onceKey: "create" }))).toBe(false);
  journal.forgetAllBut(["instance-b"]);
  expect(journal.wasAnnounced("instance-a", "create")).toBe(false);
});

test("open() refuses a journal that another process has open", async () => {
  using folder = makeFolder();
  using _journal = Journal.open(folder.path);
  const program = `
    import { Journal } from ${JSON.stringify(join(import.meta.dir, "journal.ts"))};
    try { Journal.open(${JSON.stringify(folder.path)}); } catch (error) { console.log(error.code); }
  `;

  const other = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });

  expect((await other.stdout.text()).trim()).toBe("ERR_JOURNAL_BUSY");
  await other.exited;
});

test("a journal of a process that was killed has every event", async () => {
  using folder = makeFolder();
  const program = `
    import { Journal } from ${JSON.stringify(join(import.meta.dir, "journal.ts"))};
    const journal = Journal.open(${JSON.stringify(folder.path)});
    for (let i = 0; i < 100; i++) journal.add({ type: "pause", id: "a", instance: "i" });
    process.kill(process.pid, "SIGKILL");
  `;
  await Bun.spawn([process.execPath, "-e", program]).exited;

  using journal = Journal.open(folder.path);

  expect(journal.last).toBe(100);
  expect(all(journal)).toHaveLength(100);
});

test("open() refuses a journal of another version and a file that is none", async () => {
  using folder = makeFolder();
  await Bun.write(
    join(folder.path, "journal.db"),
    "this is not a database, but it is long enough".repeat(50),
  );

  expect(() => Journal.open(folder.path)).toThrow(/Cannot open the journal/);
});

test("readEvents() replays what is asked for, then goes on live", async () => {
  using folder = makeFolder();
  using journal = Journal.open(folder.path);
  journal.add(event("create", "a", { at: new Date(1000) }));
  journal.add(event("create", "b", { at: new Date(2000) }));
  journal.add(event("exit", "a", { at: new Date(3000), processId: "init", status: 0 }));
  const stop = new AbortController();
  const found: string[] = [];

  for await (const { type, id } of readEvents(
    journal,
    { since: "2", id: ["a", "c"] },
    stop.signal,
  )) {
    found.push(`${type} ${id}`);
    if (found.length === 1) {
      // It happened before 2 s, but is announced only now.
      journal.add(event("exit", "c", { at: new Date(500), processId: "init", status: 1 }));
      journal.add(event("exit", "b", { processId: "init", status: 1 }));
      journal.add(event("delete", "a"));
    }
    if (found.length === 3) stop.abort();
  }

  expect(found).toEqual(["exit a", "exit c", "delete a"]);
});

test("readEvents() without follow ends, and after names the place to go on from", async () => {
  using folder = makeFolder();
  using journal = Journal.open(folder.path);
  for (let index = 0; index < 600; index++)
    journal.add(event(index % 2 === 0 ? "pause" : "resume"));

  const found = await Array.fromAsync(
    readEvents(
      journal,
      { after: 500, follow: false, type: ["resume"] },
      new AbortController().signal,
    ),
  );
  const none = await Array.fromAsync(
    readEvents(journal, { follow: false }, new AbortController().signal),
  );

  expect(found).toHaveLength(50);
  expect(found[0]?.sequence).toBe(502);
  expect(none).toEqual([]);
});

test("readEvents() ends at the time that until names", async () => {
  using folder = makeFolder();
  using journal = Journal.open(folder.path);
  journal.add(event("create"));
  const until = ((Date.now() + 50) / 1000).toFixed(3);

  const found = await Array.fromAsync(
    readEvents(journal, { since: "0", until }, new AbortController().signal),
  );

  expect(found).toHaveLength(1);
});

test("readEvents() counts what is added between asking and reading", async () => {
  using folder = makeFolder();
  using journal = Journal.open(folder.path);
  const stop = new AbortController();

  const events = readEvents(journal, {}, stop.signal);
  journal.add(event("create"));

  expect((await events.next()).value).toMatchObject({ type: "create", sequence: 1 });
  stop.abort();
});
