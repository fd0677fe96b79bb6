/** Opens the table that the settings name. @module */

import { resolve } from "@std/path";
import { Capacity } from "../store/capacity.ts";
import { createClient, regionOf } from "../store/client.ts";
import { DynamoStore } from "../store/dynamo.ts";
import { startEngine } from "../store/engine.ts";
import { Journal } from "../store/journal.ts";
import { acquireLock } from "../store/lock.ts";
import { Rehearsal } from "../store/rehearsal.ts";
import {
  createTable,
  describeTable,
  requireTable,
  type TableAccess,
} from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { WriteFlags } from "./command.ts";
import type { Settings } from "./config.ts";
import type { Session } from "./run.ts";

/** An open target; disposing of it closes its connections and stops the embedded engine. */
export interface OpenTarget extends AsyncDisposable {
  readonly access: TableAccess;
  /** Where the table is, in words. */
  readonly place: string;
  /** The store of a table that is there, for reading; undefined where it is not. */
  existing(): Promise<Store | undefined>;
  /** A store that reads, and notes what would be written. */
  rehearse(): Promise<Rehearsed>;
  /** Begins a run that writes; the embedded engine's table is created first where it is not there. */
  begin(options: WritingOptions): Promise<WritingRun>;
}

/** A store that writes nothing. */
export interface Rehearsed {
  readonly store: Store;
  readonly rehearsal: Rehearsal;
  readonly capacity: Capacity;
}

/** What is to be known of a run that writes. */
export interface WritingOptions extends Omit<WriteFlags, "journal"> {
  readonly command: string;
  /** The file of the journal; undefined where none is wanted. */
  readonly journal: string | undefined;
  /** The run that it undoes. */
  readonly undoes?: string;
}

/** A run that writes. Disposing of it gives the table free. */
export interface WritingRun extends AsyncDisposable {
  readonly id: string;
  readonly store: DynamoStore;
  readonly journal: Journal | undefined;
  readonly capacity: Capacity;
  /** Aborted when the run is interrupted, and when it may have lost the table's lock. */
  readonly signal: AbortSignal;
  /** Notes in the journal how it ended. */
  end(report: { readonly exitCode: number; readonly ledger: unknown }): void;
}

/** Opens the target and says which it is. */
export async function openTarget(
  { target, table }: Settings,
  { console, signal: interrupt }: Session,
): Promise<OpenTarget> {
  await using cleanup = new AsyncDisposableStack();
  let client: ReturnType<typeof createClient>;
  let endpoint: string | undefined;
  let where: string;
  let signal = interrupt;
  if (target.kind === "embedded") {
    const { file, engine } = target;
    const onWait = () =>
      console.note(`Waiting for another run to let go of ${file}`);
    const running = cleanup.use(
      await startEngine({ file, binary: engine, onWait, signal }),
    );
    endpoint = running.endpoint;
    signal = AbortSignal.any([interrupt, running.signal]);
    client = createClient({ endpoint });
    where = resolve(file);
    console.note(`Table ${table} in ${file} (embedded engine)`);
  } else {
    const { kind: _, ...options } = target;
    endpoint = target.endpoint;
    client = createClient(options);
    where = await place(client, target);
    console.note(`Table ${table} ${where}`);
  }
  cleanup.defer(() => client.destroy());
  const access = { client, table, endpoint, signal };
  const embedded = target.kind === "embedded";
  const owned = cleanup.move();
  return {
    access,
    place: where,
    existing: async () =>
      await describeTable(access) && new DynamoStore(access),
    rehearse: async () => {
      const there = embedded
        ? await describeTable(access)
        : await requireTable(access);
      const rehearsal = new Rehearsal({ empty: there === undefined });
      const capacity = new Capacity({ signal });
      const transactions = embedded ? "always" : "never";
      const options = { ...access, rehearsal, capacity, transactions } as const;
      return { store: new DynamoStore(options), rehearsal, capacity };
    },
    begin: async (options) => {
      await (embedded ? createTable(access) : requireTable(access));
      return await beginRun(access, options, {
        place: where,
        embedded,
        onWait: () =>
          console.note("Another run may be writing to the table; waiting"),
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Takes the table's lock and opens the journal. */
async function beginRun(
  access: TableAccess,
  { command, undoes, journal: file, rate, maxWcu, atomic }: WritingOptions,
  { place, embedded, onWait }: {
    readonly place: string;
    readonly embedded: boolean;
    readonly onWait: () => void;
  },
): Promise<WritingRun> {
  await using cleanup = new AsyncDisposableStack();
  const id = crypto.randomUUID();
  // The file of an embedded table is locked already, by the system, which lets go of it when a run is killed.
  const lock = embedded
    ? undefined
    : cleanup.use(await acquireLock(access, { ...access, run: id, onWait }));
  const signal = AbortSignal.any(
    [access.signal, lock?.signal].filter((one) => one !== undefined),
  );
  const journal = file === undefined
    ? undefined
    : cleanup.use(await Journal.open(file));
  journal?.begin({
    id,
    started: Date.now(),
    command,
    place,
    table: access.table,
    ...(undoes !== undefined && { undoes }),
  });
  const capacity = new Capacity({ rate, most: maxWcu, signal });
  const store = new DynamoStore({
    ...access,
    signal,
    run: id,
    journal,
    capacity,
    beforeWrite: lock && (() => lock.check()),
    // The engine waits for the disk once a transaction, else once an item.
    transactions: embedded ? "always" : atomic ? "conversations" : "never",
  });
  const owned = cleanup.move();
  return {
    id,
    store,
    journal,
    capacity,
    signal,
    end: ({ exitCode, ledger }) =>
      journal?.end(id, { ended: Date.now(), exitCode, ledger }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where the table is, in words. */
async function place(
  client: ReturnType<typeof createClient>,
  target: { readonly endpoint?: string; readonly profile?: string },
): Promise<string> {
  if (target.endpoint !== undefined) return `at ${target.endpoint}`;
  const profile = target.profile === undefined
    ? ""
    : ` with profile ${target.profile}`;
  return `on AWS, region ${await regionOf(client)}${profile}`;
}
