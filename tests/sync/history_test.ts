/** Random histories of an account, each export synced and compared with a plain model. */

import { assertEquals } from "@std/assert";
import { createClient } from "../../src/store/client.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { conversationOfPartition } from "../../src/store/items.ts";
import { Journal } from "../../src/store/journal.ts";
import { deletesOf, restore } from "../../src/store/undo.ts";
import { undo } from "../../src/sync/undo.ts";
import { verifySelf } from "../../src/sync/verify.ts";
import { Random } from "../fuzz/random.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { failingByChance, startFaultProxy } from "../support/fault_proxy.ts";
import { Account, expected, type Table } from "../support/history.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { check, held, syncOne } from "../support/synced.ts";

const HISTORIES = 150;
const EXPORTS = 8;

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
      const undone = new Set<string>();
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

for (const transactions of ["never", "always"] as const) {
  Deno.test({
    name:
      `sync() holds what the model says through a network that fails at random, transactions ${transactions} (${ENGINE_NAME})`,
    // After a failed request the SDK's own timers run on for a while, into the test that follows.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using engine = await openTestEngine();
      for (let seed = 2_001; seed <= 2_003; seed++) {
        await using access = await engine.temporaryTable();
        await using proxy = startFaultProxy(engine.endpoint);
        const random = new Random(seed);
        proxy.choose = failingByChance((limit) => random.below(limit), 15);
        const { endpoint } = proxy;
        const timeouts = { connect: 500, answer: 1_000 };
        const client = createClient({ endpoint, timeouts });
        try {
          const { table } = access;
          const account = new Account(seed);
          let model: Table = new Map();
          for (let step = 0; step < 5; step++) {
            account.live();
            const given = account.export();
            if (given.conversations.length === 0) continue;
            const store = new DynamoStore({
              client,
              table,
              endpoint,
              transactions,
            });
            const report = await syncOne(given, store);
            // Runs do not follow one another before what is late has arrived: the lock sees to that.
            await proxy.settled();
            const ought = expected(model, given);
            const direct = new DynamoStore(access);
            model = check(await held(direct), ought, model, given);
            const failed = report.ledger.messages.failed;
            const broken = given.conversations.filter((one) => one.broken);
            assertEquals(failed, broken.length, `seed ${seed}, export ${step}`);
          }
        } finally {
          client.destroy();
        }
      }
    },
  });
}
