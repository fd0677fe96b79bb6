import { assertEquals, assertRejects } from "@std/assert";
import {
  ingest,
  type Outcome,
  StoreFailedError,
} from "../../src/ingest/mod.ts";
import type { Candidate } from "../../src/ingest/mod.ts";
import { conversation, message } from "../support/builders.ts";
import { MemoryStore } from "../support/memory_store.ts";

function candidate(id: string, content = "text"): Candidate {
  return {
    conversation: conversation({
      id,
      messages: [message({ id: "m", content })],
    }),
    complete: true,
  };
}

async function* stream(
  candidates: Iterable<Candidate>,
): AsyncGenerator<Candidate> {
  yield* candidates;
}

function ids(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ conversationId }) => conversationId).sort();
}

Deno.test("ingest() yields one outcome a candidate, more than one window of them", async () => {
  const names = Array.from(
    { length: 250 },
    (_, index) => `c${String(index).padStart(3, "0")}`,
  );
  const store = new MemoryStore();
  const outcomes = await Array.fromAsync(
    ingest(stream(names.map((name) => candidate(name))), store),
  );
  assertEquals(ids(outcomes), names);
  assertEquals(new Set(outcomes.map(({ result }) => result)), new Set(["new"]));
  const again = await Array.fromAsync(
    ingest(stream(names.map((name) => candidate(name))), store),
  );
  assertEquals(
    new Set(again.map(({ result }) => result)),
    new Set(["unchanged"]),
  );
});

Deno.test("ingest() applies two copies of a conversation one after the other", async () => {
  const store = new MemoryStore();
  const outcomes = await Array.fromAsync(
    ingest(stream([candidate("c", "old"), candidate("c", "new")]), store),
  );
  assertEquals(outcomes.map(({ result }) => result), ["new", "changed"]);
  assertEquals((await store.read("c"))?.rows[0]?.message.content, "new");
});

Deno.test("ingest() accounts for all it took before a store failed for good", async () => {
  const store = new MemoryStore();
  store.heads = () => Promise.reject(new Error("connection refused"));
  const outcomes: Outcome[] = [];
  await assertRejects(
    async () => {
      for await (
        const outcome of ingest(stream([candidate("a"), candidate("b")]), store)
      ) outcomes.push(outcome);
    },
    StoreFailedError,
    "connection refused",
  );
  assertEquals(ids(outcomes), ["a", "b"]);
  assertEquals(outcomes.map(({ result }) => result), ["failed", "failed"]);
});

Deno.test("ingest() gives up after conversations that fail one after the other, not before", async () => {
  const store = new MemoryStore();
  let writes = 0;
  const write = store.write.bind(store);
  store.write = (id, changes) => {
    writes++;
    return id.startsWith("bad")
      ? Promise.resolve({
        put: 0,
        deleted: 0,
        rejected: [],
        error: new Error("no answer"),
      })
      : write(id, changes);
  };
  const single = await Array.fromAsync(
    ingest(stream([candidate("bad1"), candidate("good")]), store),
  );
  assertEquals(single.map(({ result }) => result).sort(), ["failed", "new"]);
  writes = 0;
  const outcomes: Outcome[] = [];
  const names = Array.from({ length: 60 }, (_, index) => `bad${index}`);
  await assertRejects(async () => {
    const all = ingest(stream(names.map((name) => candidate(name))), store);
    for await (const outcome of all) outcomes.push(outcome);
  }, StoreFailedError);
  assertEquals(ids(outcomes), names.toSorted());
  assertEquals(writes < 20, true);
});

Deno.test("ingest() accounts for what came before its source failed", async () => {
  const source = (async function* () {
    yield candidate("a");
    throw new TypeError("disk");
  })();
  const outcomes: Outcome[] = [];
  await assertRejects(async () => {
    for await (const outcome of ingest(source, new MemoryStore())) {
      outcomes.push(outcome);
    }
  }, TypeError);
  assertEquals(outcomes.map(({ result }) => result), ["new"]);
});

Deno.test("ingest() ends in order when it is interrupted", async () => {
  const interrupt = new AbortController();
  interrupt.abort();
  const outcomes = await Array.fromAsync(
    ingest(stream([candidate("a"), candidate("b")]), new MemoryStore(), {
      signal: interrupt.signal,
    }),
  );
  assertEquals(outcomes.map(({ result }) => result), ["failed", "failed"]);
});

function threadOf(id: string, ...messages: string[]): Candidate {
  return {
    conversation: conversation({
      id,
      messages: messages.map((one, position) => message({ id: one, position })),
    }),
    complete: true,
  };
}

/** A table with three conversations, and candidates that would delete one, three and none of their rows. */
async function threeConversations() {
  const store = new MemoryStore();
  const all = ["1", "2", "3", "4"];
  await Array.fromAsync(
    ingest(stream(["a", "b", "c"].map((id) => threadOf(id, ...all))), store),
  );
  const next = [
    threadOf("a", "1", "2", "3"),
    threadOf("b", "1", "x"),
    threadOf("c", ...all),
  ];
  const rows = async () =>
    await Promise.all(
      ["a", "b", "c"].map(async (id) => (await store.rows(id)).size),
    );
  return { store, next, rows };
}

for (
  const [name, limit] of [
    ["by number", { rows: 3 }],
    ["in percent", { percent: 33 }],
  ] as const
) {
  Deno.test(`ingest() deletes nothing at all when it would go past the limit ${name}`, async () => {
    const { store, next, rows } = await threeConversations();
    const outcomes = await Array.fromAsync(
      ingest(stream(next), store, { maxDeletes: limit }),
    );
    assertEquals(await rows(), [4, 5, 4]);
    const told = outcomes.filter(({ issues }) => issues.length > 0);
    // The biggest loser first.
    assertEquals(told.map(({ conversationId }) => conversationId), ["b", "a"]);
    assertEquals(
      told.map(({ rows }) => [rows.put, rows.deleted, rows.withheld]),
      [
        [1, 0, 3],
        [0, 0, 1],
      ],
    );
    assertEquals((await store.heads(["a", "b"])).get("b")?.digest, undefined);
    const again = await Array.fromAsync(
      ingest(stream(next), store, { maxDeletes: { percent: 40 } }),
    );
    assertEquals(await rows(), [3, 2, 4]);
    assertEquals(again.flatMap(({ issues }) => issues), []);
    const third = await Array.fromAsync(ingest(stream(next), store));
    assertEquals(third.map(({ result }) => result), Array(3).fill("unchanged"));
  });
}

Deno.test("ingest() says what became of each message that left, and deletes none before all was read", async () => {
  const { store, next, rows } = await threeConversations();
  const source = (async function* () {
    yield* next.slice(0, 2);
    // A full window, so that the first two have been written.
    for (let more = 0; more < 200; more++) yield threadOf(`n${more}`, "1");
    assertEquals(await rows(), [4, 5, 4]);
    yield* next.slice(2);
  })();
  const outcomes = await Array.fromAsync(ingest(source, store));
  const fates = outcomes.flatMap(({ fates }) => fates).map((one) =>
    `${one.conversationId} ${one.messageId} ${one.fate}`
  );
  assertEquals(fates.sort(), [
    "a 4 gone",
    "b 2 edited",
    "b 3 edited",
    "b 4 edited",
  ]);
  assertEquals(await rows(), [3, 2, 4]);
});

Deno.test("ingest() leaves deletes undone when its source fails, and the next run does them", async () => {
  const { store, next, rows } = await threeConversations();
  const source = (async function* () {
    yield* next;
    throw new TypeError("disk");
  })();
  const outcomes: Outcome[] = [];
  await assertRejects(async () => {
    for await (const outcome of ingest(source, store)) outcomes.push(outcome);
  }, TypeError);
  assertEquals(ids(outcomes), ["a", "b", "c"]);
  assertEquals(await rows(), [4, 5, 4]);
  await Array.fromAsync(ingest(stream(next), store));
  assertEquals(await rows(), [3, 2, 4]);
});

Deno.test("ingest() looks at a conversation anew when a later copy of it comes", async () => {
  const { store, next, rows } = await threeConversations();
  const back = threadOf("b", "1", "2", "3", "4");
  const outcomes = await Array.fromAsync(
    ingest(stream([...next, back]), store),
  );
  assertEquals(outcomes.length, 4);
  assertEquals(await rows(), [3, 4, 4]);
  const left = outcomes.flatMap(({ fates }) => fates);
  assertEquals(left.map(({ messageId, fate }) => [messageId, fate]), [
    ["4", "gone"],
    ["x", "gone"],
  ]);
});
