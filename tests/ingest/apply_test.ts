import { assert, assertEquals, assertExists } from "@std/assert";
import type { Conversation } from "../../src/domain/conversation.ts";
import { applyConversation, untried } from "../../src/ingest/apply.ts";
import {
  ConflictError,
  type RowChanges,
  type Store,
  type WriteResult,
} from "../../src/store/store.ts";
import { conversation, message } from "../support/builders.ts";
import { MemoryStore } from "../support/memory_store.ts";

function thread(...ids: string[]): Conversation {
  return conversation({
    id: "c",
    messages: ids.map((id, position) =>
      message({ id, position, content: `text of ${id}` })
    ),
  });
}

async function head(store: Store) {
  return (await store.heads(["c"])).get("c");
}

async function apply(
  store: Store,
  conversation: Conversation,
  complete = true,
) {
  return await applyConversation(
    { conversation, complete },
    await head(store),
    store,
  );
}

async function storedIds(store: Store): Promise<string[]> {
  return [...(await store.rows("c")).keys()].sort();
}

/** A store that counts its writes and can be told to fail at one of them. */
class FaultyStore extends MemoryStore {
  writes = 0;
  failWrite: ((changes: RowChanges) => Promise<WriteResult>) | undefined;
  beforeFinish: (() => Promise<void>) | undefined;

  override async begin(...args: Parameters<Store["begin"]>) {
    this.writes++;
    return await super.begin(...args);
  }

  override async write(
    conversationId: string,
    changes: RowChanges,
  ): Promise<WriteResult> {
    if (changes.puts.length + changes.deletes.length > 0) this.writes++;
    return this.failWrite === undefined
      ? await super.write(conversationId, changes)
      : await this.failWrite(changes);
  }

  override async finish(...args: Parameters<Store["finish"]>) {
    this.writes++;
    await this.beforeFinish?.();
    await super.finish(...args);
  }
}

Deno.test("applyConversation() stores a new conversation whole", async () => {
  const store = new FaultyStore();
  const outcome = await apply(store, thread("a", "b"));
  assertEquals(outcome, {
    conversationId: "c",
    result: "new",
    messages: { new: 2, changed: 0, unchanged: 0, failed: 0 },
    rows: { put: 2, deleted: 0, withheld: 0 },
    issues: [],
  });
  assertEquals(await storedIds(store), ["a", "b"]);
  assertExists((await head(store))?.digest);
});

Deno.test("applyConversation() writes nothing for an unchanged conversation", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b"));
  store.writes = 0;
  const outcome = await apply(store, thread("a", "b"));
  assertEquals([outcome.result, outcome.messages.unchanged, store.writes], [
    "unchanged",
    2,
    0,
  ]);
});

Deno.test("applyConversation() puts what differs and deletes what left", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b", "c"));
  const outcome = await apply(store, thread("a", "b2"));
  assertEquals(outcome.result, "changed");
  assertEquals(outcome.messages, {
    new: 1,
    changed: 0,
    unchanged: 1,
    failed: 0,
  });
  assertEquals(outcome.rows, { put: 1, deleted: 2, withheld: 0 });
  assertEquals(await storedIds(store), ["a", "b2"]);
});

Deno.test("applyConversation() writes only the head when only the title changed", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a"));
  store.writes = 0;
  const outcome = await apply(store, { ...thread("a"), title: "another" });
  assertEquals([outcome.result, outcome.messages.unchanged, store.writes], [
    "changed",
    1,
    1,
  ]);
  assertEquals((await store.read("c"))?.metadata?.title, "another");
});

Deno.test("applyConversation() deletes nothing of a conversation that was not read whole", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b", "c"));
  const partial = await apply(store, thread("a", "new"), false);
  assertEquals(partial.rows, { put: 1, deleted: 0, withheld: 2 });
  assertEquals(await storedIds(store), ["a", "b", "c", "new"]);
  assertEquals((await head(store))?.digest, undefined);
  store.writes = 0;
  const again = await apply(store, thread("a", "new"), false);
  assertEquals([again.result, again.rows.withheld, store.writes], [
    "unchanged",
    2,
    0,
  ]);
  const whole = await apply(store, thread("a", "b"));
  assertEquals(whole.rows, { put: 0, deleted: 2, withheld: 0 });
  assertExists((await head(store))?.digest);
});

Deno.test("applyConversation() leaves no digest when writing fails, and the next run repairs it", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b"));
  store.failWrite = () =>
    Promise.resolve({
      put: 1,
      deleted: 0,
      rejected: [],
      error: new Error("throttled"),
    });
  const outcome = await apply(store, thread("a", "x", "y"));
  assertEquals(outcome.result, "failed");
  assertEquals(outcome.messages, {
    new: 0,
    changed: 0,
    unchanged: 1,
    failed: 2,
  });
  assertEquals(outcome.rows.put, 1);
  assertEquals(outcome.issues.map(({ code, message }) => [code, message]), [[
    "not-stored",
    "throttled",
  ]]);
  assertEquals((await head(store))?.digest, undefined);
  store.failWrite = undefined;
  assertEquals((await apply(store, thread("a", "x", "y"))).result, "changed");
  assertEquals(await storedIds(store), ["a", "x", "y"]);
  assertEquals((await apply(store, thread("a", "x", "y"))).result, "unchanged");
});

Deno.test("applyConversation() names a row that the store will never take and does not call the rest complete", async () => {
  const store = new FaultyStore();
  store.failWrite = ({ puts }) =>
    Promise.resolve({
      put: puts.length - 1,
      deleted: 0,
      rejected: [{ messageId: "b", reason: "too large" }],
    });
  const outcome = await apply(store, thread("a", "b"));
  assertEquals(outcome.result, "failed");
  assertEquals(outcome.messages, {
    new: 1,
    changed: 0,
    unchanged: 0,
    failed: 1,
  });
  assertEquals(
    outcome.issues.map(({ messageId, message }) => [messageId, message]),
    [["b", "too large"]],
  );
  assertEquals((await head(store))?.digest, undefined);
});

Deno.test("applyConversation() plans anew when another run came in between", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a"));
  let intruded = false;
  store.beforeFinish = async () => {
    if (intruded) return;
    intruded = true;
    await apply(store, thread("a", "theirs"));
  };
  const outcome = await apply(store, thread("a", "ours"));
  assert(intruded);
  assertEquals(outcome.result, "changed");
  assertEquals(await storedIds(store), ["a", "ours"]);
  assertEquals((await apply(store, thread("a", "ours"))).result, "unchanged");
});

Deno.test("applyConversation() gives a conversation up that others never stop changing", async () => {
  const store = new FaultyStore();
  store.beforeFinish = () =>
    Promise.reject(new ConflictError("changed meanwhile"));
  const outcome = await apply(store, thread("a"));
  assertEquals([outcome.result, outcome.error?.name], [
    "failed",
    "ConflictError",
  ]);
});

Deno.test("untried() counts every message as failed", () => {
  const outcome = untried(
    { conversation: thread("a", "b"), complete: true },
    new Error("unreachable"),
  );
  assertEquals([outcome.result, outcome.messages.failed, outcome.rows.put], [
    "failed",
    2,
    0,
  ]);
});
