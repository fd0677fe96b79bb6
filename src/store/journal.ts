/**
 * What runs replaced and deleted, kept on this machine so that a run can be undone.
 *
 * The journal is a SQLite file that only its owner can read. What a write replaces is in it, on the disk,
 * before the write is sent.
 *
 * @module
 */

import { ensureDir } from "@std/fs";
import { dirname, resolve } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";
import { reason, UserError } from "../domain/errors.ts";
import type { RunRecord } from "../domain/run.ts";
import { fromWire, type Item, toWire } from "./values.ts";

/** What a run found in a partition before it wrote to it. */
export interface Before {
  /** The value of the partition key. */
  readonly partition: string;
  /** The conversation's head; null where there was none; absent where it was not touched. */
  readonly head?: Item | null;
  /** Items that were replaced or deleted. */
  readonly items: readonly Item[];
  /** Sort keys of items that were not there. */
  readonly added: readonly string[];
}

/** How much is kept of earlier runs. */
export interface JournalLimits {
  /** Milliseconds. */
  readonly age: number;
  /** Bytes of what they replaced and deleted, as they are kept. */
  readonly size: number;
}

/** A quarter of a year, and a gigabyte. */
const LIMITS: JournalLimits = { age: 92 * 24 * 3_600_000, size: 2 ** 30 };
/** Raised when the tables of the file change. */
const VERSION = 1;
const TABLES = `
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, command TEXT NOT NULL, place TEXT NOT NULL,
    tableName TEXT NOT NULL, exitCode INTEGER, ledger TEXT, undoes TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, partition TEXT NOT NULL,
    size INTEGER NOT NULL, before BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entriesOfRun ON entries (run, partition, number);
  PRAGMA user_version = ${VERSION};
`;

/** An entry on its way to the disk. */
interface Waiting {
  readonly run: string;
  readonly partition: string;
  readonly bytes: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A journal that is open. */
export class Journal implements Disposable {
  readonly #database: DatabaseSync;
  readonly #waiting: Waiting[] = [];

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens the journal, making it where it is not there.
   *
   * @throws {UserError} When it cannot be opened.
   */
  static async open(file: string): Promise<Journal> {
    const path = resolve(file);
    try {
      await ensureDir(dirname(path));
      (await Deno.open(path, { write: true, create: true, mode: 0o600 }))
        .close();
      return new Journal(openDatabase(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw new UserError(
        `Cannot open the journal "${file}": ${reason(error)}`,
        {
          hint:
            "Choose another place with --journal FILE, or do without undo with --no-journal",
          cause: error,
        },
      );
    }
  }

  /** Begins the record of a run, and forgets what is too old or too much. */
  begin(
    run: Omit<RunRecord, "ended" | "exitCode" | "ledger">,
    { age, size }: JournalLimits = LIMITS,
  ): void {
    const needed = run.undoes ?? "";
    this.#run(
      "DELETE FROM runs WHERE started < ? AND id != ?",
      run.started - age,
      needed,
    );
    const kept = this.#all(
      "SELECT runs.id, coalesce(sum(size), 0) AS size FROM runs LEFT JOIN entries ON run = runs.id " +
        "GROUP BY runs.id ORDER BY started DESC",
    );
    let total = 0;
    for (const row of kept) {
      total += Number(row["size"]);
      if (total > size && row["id"] !== needed) {
        this.#run("DELETE FROM runs WHERE id = ?", String(row["id"]));
      }
    }
    this.#run(
      "INSERT INTO runs (id, started, command, place, tableName, undoes) VALUES (?, ?, ?, ?, ?, ?)",
      run.id,
      run.started,
      run.command,
      run.place,
      run.table,
      run.undoes ?? null,
    );
  }

  /**
   * Keeps what a run is about to replace; it is on the disk when this resolves. What several conversations have
   * to keep at about the same time waits for the disk once.
   */
  record(run: string, before: Before): Promise<void> {
    const { partition, head, items, added } = before;
    const text = JSON.stringify({
      ...(head !== undefined && { head: head && toWire(head) }),
      items: items.map(toWire),
      added,
    });
    const bytes = gzipSync(text);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#waiting.length === 0) setTimeout(() => this.#keep(), 0);
    this.#waiting.push({ run, partition, bytes, resolve, reject });
    return promise;
  }

  /** Puts what waits onto the disk, all of it at once. */
  #keep(): void {
    const waiting = this.#waiting.splice(0);
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        for (const { run, partition, bytes } of waiting) {
          this.#run(
            "INSERT INTO entries (run, partition, size, before) VALUES (?, ?, ?, ?)",
            run,
            partition,
            bytes.length,
            bytes,
          );
        }
        this.#database.exec("COMMIT");
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  /** Ends the record of a run. */
  end(
    run: string,
    { ended, exitCode, ledger }: Pick<
      RunRecord,
      "ended" | "exitCode" | "ledger"
    >,
  ): void {
    this.#run(
      "UPDATE runs SET ended = ?, exitCode = ?, ledger = ? WHERE id = ?",
      ended ?? null,
      exitCode ?? null,
      ledger === undefined ? null : JSON.stringify(ledger),
      run,
    );
  }

  /** The runs, the latest first. */
  runs(): RunRecord[] {
    return this.#all("SELECT * FROM runs ORDER BY started DESC, rowid DESC")
      .map(asRun);
  }

  /** The partitions that a run wrote to, in the order in which it first did. */
  partitions(run: string): string[] {
    return this.#all(
      "SELECT partition FROM entries WHERE run = ? GROUP BY partition ORDER BY min(number)",
      run,
    ).map((row) => String(row["partition"]));
  }

  /** What was in a partition before a run, from all that it noted on its way. */
  before(run: string, partition: string): Before {
    let head: Item | null | undefined;
    const items = new Map<string, Item>();
    const added = new Set<string>();
    const rows = this.#database.prepare(
      "SELECT before FROM entries WHERE run = ? AND partition = ? ORDER BY number",
    ).iterate(run, partition);
    for (const row of rows) {
      const entry = JSON.parse(
        gunzipSync(row["before"] as Uint8Array).toString(),
      );
      // What was noted first is what was there before the run; what came later it wrote itself.
      if (head === undefined && entry.head !== undefined) {
        head = entry.head && fromWire(entry.head);
      }
      for (const one of entry.items) {
        const item = fromWire(one);
        const sort = item["ItemType"]?.S ?? "";
        if (!added.has(sort) && !items.has(sort)) items.set(sort, item);
      }
      for (const sort of entry.added) if (!items.has(sort)) added.add(sort);
    }
    return {
      partition,
      ...(head !== undefined && { head }),
      items: [...items.values()],
      added: [...added],
    };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #run(sql: string, ...values: (string | number | null | Uint8Array)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all(sql: string, ...values: string[]): Record<string, unknown>[] {
    return this.#database.prepare(sql).all(...values);
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    const version = Number(
      database.prepare("PRAGMA user_version").get()?.["user_version"],
    );
    if (version > VERSION) {
      throw new Error("a later version of this program wrote it");
    }
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
    );
    database.exec(TABLES);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function asRun(row: Record<string, unknown>): RunRecord {
  const { ended, exitCode, ledger, undoes } = row;
  return {
    id: String(row["id"]),
    started: Number(row["started"]),
    command: String(row["command"]),
    place: String(row["place"]),
    table: String(row["tableName"]),
    ...(ended !== null && { ended: Number(ended) }),
    ...(exitCode !== null && { exitCode: Number(exitCode) }),
    ...(ledger !== null && { ledger: JSON.parse(String(ledger)) }),
    ...(undoes !== null && { undoes: String(undoes) }),
  };
}
