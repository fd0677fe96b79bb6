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
