/** Syncs exports of random histories, and compares what is stored with the model. @module */

import { assert, assertEquals } from "@std/assert";
import { parseExport } from "../../src/parse/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { sync, type SyncReport } from "../../src/sync/mod.ts";
import { within } from "./exports.ts";
import { type Export, filesOf, type Table } from "./history.ts";

/** Syncs an export under its rules; the report is without an error. */
export async function syncOne(
  given: Export,
  store: Store,
): Promise<SyncReport> {
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
export async function held(store: Store): Promise<Table> {
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
    const { title, updateTime, ownerId } = stored?.head?.metadata ?? {};
    const owned = ownerId !== undefined;
    const places = new Map(
      stored?.rows.map((row) => [row.messageId, row.message.position]),
    );
    table.set(id, { title, updateTime, owned, rows, places });
  }
  return table;
}

/** Checks what is held against the model, and returns the model with what only the store can tell. */
export function check(
  is: Table,
  ought: Table,
  before: Table,
  given: Export,
): Table {
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
      JSON.stringify([one?.title, one?.updateTime, one?.owned]);
    // Where nothing may be deleted, whether the rest is written depends on whether there is any.
    const held = given.maxDeletes < 1_000 ||
      given.conversations.some((one) =>
        one.id === id && (one.broken ?? one.lost)
      );
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
      // Rows of a full export are not written again by a slim one, also where they came in pieces and out of order.
      const old = before.get(id);
      const kept = given.slim &&
        current.every((one) => old?.rows.get(one)?.slim === false);
      if (current.length > 0 && !kept) {
        assertEquals(threadOf(have.rows), current, `${id} in order`);
      }
    }
  }
  return after;
}
