/** Random histories of an account, each export synced and compared with a plain model. */

import { assert, assertEquals } from "@std/assert";
import { parseExport } from "../../src/parse/mod.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { Journal } from "../../src/store/journal.ts";
import { conversationOfPartition } from "../../src/store/items.ts";
import type { Store } from "../../src/store/store.ts";
import { deletesOf, restore } from "../../src/store/undo.ts";
import { sync, type SyncReport } from "../../src/sync/mod.ts";
import { verifySelf } from "../../src/sync/verify.ts";
import { undo } from "../../src/sync/undo.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { within } from "../support/exports.ts";
import {
  Account,
  expected,
  type Export,
  filesOf,
  type Table,
} from "../support/history.ts";
import { MemoryStore } from "../support/memory_store.ts";

const HISTORIES = 150;
const EXPORTS = 8;

async function syncOne(given: Export, store: Store): Promise<SyncReport> {
  let report: SyncReport | undefined;
  await within(filesOf(given), async (folder) => {
    report = await sync(parseExport(folder), store, {
      allowOlder: given.allowOlder,
      prune: given.prune,
      maxDeletes: { rows: given.maxDeletes },
    });
  });
  assert(report !== undefined);
  assertEquals(report.error?.message, undefined);
  return report;
}

/** What the store holds, in the terms of the model. */
async function held(store: Store): Promise<Table> {
  const table = new Map();
  for (const id of await Array.fromAsync(store.conversationIds())) {
    const stored = await store.read(id);
    const rows = new Map(
      stored?.rows.map((row) => [row.messageId, {
        text: row.message.contentType === "code"
          ? row.message.content?.split("\n")[1]
          : row.message.content,
        slim: row.layout === "slim",
        kind: row.message.contentType === "code"
          ? "code"
          : row.message.author?.role,
      }]),
    );
    const { title, updateTime } = stored?.head?.metadata ?? {};
    table.set(id, { title, updateTime, rows });
  }
  return table;
}

/** Checks what is held against the model, and returns the model with what only the store can tell. */
function check(is: Table, ought: Table, before: Table, given: Export): Table {
  assertEquals(new Set(is.keys()), new Set(ought.keys()));
  const after = new Map(ought);
  for (const [id, want] of ought) {
    const have = is.get(id)!;
    assertEquals(new Set(have.rows.keys()), new Set(want.rows.keys()), id);
    for (const [messageId, row] of want.rows) {
      const old = before.get(id)?.rows.get(messageId);
      const got = have.rows.get(messageId)!;
      // What a full export has just like a slim one before it needs no write, and so stays marked.
      const same = got.slim && old?.slim && old.text === row.text;
      assertEquals(got, same ? { ...row, slim: true } : row, messageId);
    }
    const times = (one: typeof want | undefined) =>
      JSON.stringify([one?.title, one?.updateTime]);
    // Where nothing may be deleted, whether the rest is written depends on whether there is any.
    const held = given.maxDeletes < 1_000 ||
      given.conversations.some((one) => one.id === id && one.broken);
    const allowed = held ? [times(want), times(before.get(id))] : [times(want)];
    assert(allowed.includes(times(have)), `${id} ${times(have)}`);
    // In its own order and with its own marks, which the next step starts from.
    after.set(id, have);
    if (!held && want.rows !== before.get(id)?.rows) {
      const onThread = new Set(
        given.conversations.findLast((one) => one.id === id)?.thread
          .map((one) => one.id),
      );
      const threadOf = (rows: ReadonlyMap<string, unknown>) =>
        [...rows.keys()].filter((one) => onThread.has(one));
      const current = threadOf(want.rows);
      if (current.length > 0 && given.conversations.length > 0) {
        assertEquals(threadOf(have.rows), current, `${id} in order`);
      }
    }
  }
  return after;
}

Deno.test("sync() holds what a plain model says, whatever the history", async () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const account = new Account(seed);
    const store = new MemoryStore();
    let model: Table = new Map();
    for (let step = 0; step < EXPORTS; step++) {
      account.live();
      const given = account.export();
      if (given.conversations.length === 0) continue;
      const what = `seed ${seed}, export ${step}`;
      try {
        const first = await syncOne(given, store);
        const ought = expected(model, given);
        model = check(await held(store), ought, model, given);
        // What was withheld may be told apart otherwise once the rest is stored.
        if (first.ledger.rows.withheld > 0) continue;
        const again = await syncOne(given, store);
        assertEquals([again.ledger.rows.put, again.ledger.rows.deleted], [
          0,
          0,
        ]);
        assertEquals(await held(store), model);
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
  }
});

Deno.test(`undo brings every state of a history back, run by run (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  for (let seed = 1_001; seed <= 1_004; seed++) {
    await using access = await engine.temporaryTable();
    const file = await Deno.makeTempFile({ prefix: "chatkeep-test-" });
    try {
      using journal = await Journal.open(file);
      const account = new Account(seed);
      const transactions = seed % 2 === 0 ? "always" : "never";
      const runs: { readonly id: string; readonly before: Table }[] = [];
      const begin = (command: string, undoes?: string) => {
        const id = crypto.randomUUID();
        const { table } = access;
        journal.begin({
          id,
          started: Date.now(),
          command,
          place: "here",
          table,
          ...(undoes && { undoes }),
        });
        return {
          id,
          store: new DynamoStore({ ...access, run: id, journal, transactions }),
        };
      };
      for (let step = 0; step < 6; step++) {
        account.live();
        const given = account.export();
        if (given.conversations.length === 0) continue;
        const { id, store } = begin("sync");
        runs.push({ id, before: await held(store) });
        await syncOne(given, store);
        const ours = await verifySelf(store);
        assertEquals(
          ours.differences.filter(({ kind }) => kind !== "incomplete"),
          [],
        );
      }
      for (const { id, before } of runs.reverse()) {
        const run = begin("undo", id);
        const writer = { requests: run.store.requests, run: run.id, journal };
        const report = await undo({
          partitions: journal.partitions(id),
          sizeOf: (partition) => ({
            deletes: deletesOf(journal.before(id, partition)),
            puts: 0,
          }),
          conversationOf: conversationOfPartition,
          restore: (partition) =>
            restore(
              journal.before(id, partition),
              new Set([id, ...runs.map((one) => one.id), ...undone]),
              writer,
            ),
        }, {
          maxDeletes: { rows: 10_000 },
          signal: new AbortController().signal,
        });
        undone.add(run.id);
        assertEquals(report.issues, []);
        assertEquals(await held(run.store), before, `seed ${seed}`);
      }
    } finally {
      for (const suffix of ["", "-wal", "-shm"]) {
        await Deno.remove(file + suffix).catch(() => {});
      }
    }
  }
});

const undone = new Set<string>();
