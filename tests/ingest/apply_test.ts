import { assert, assertEquals, assertExists } from "@std/assert";
import type { Clearable, Conversation } from "../../src/domain/conversation.ts";
import {
  applyConversation,
  type ApplyRules,
  untried,
} from "../../src/ingest/apply.ts";
import {
  ConflictError,
  type RowChanges,
  type Store,
  type WriteResult,
} from "../../src/store/store.ts";
import type { Layout } from "../../src/domain/layout.ts";
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
  rules: ApplyRules = {},
  layout: Layout = "full",
  untold: readonly Clearable[] = [],
) {
  const candidate = { conversation, complete, layout, untold };
  return await applyConversation(candidate, await head(store), store, rules);
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
    messages: { new: 2, changed: 0, unchanged: 0, skipped: 0, failed: 0 },
    rows: { put: 2, deleted: 0, edited: 0, absent: 0, withheld: 0, kept: 0 },
    storedRows: 0,
    fates: [],
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
    skipped: 0,
    failed: 0,
  });
  assertEquals(outcome.rows, {
    put: 1,
    deleted: 2,
    edited: 2,
    absent: 0,
    withheld: 0,
    kept: 0,
  });
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
  assertEquals((await store.read("c"))?.head?.metadata?.title, "another");
});

Deno.test("applyConversation() deletes nothing of a conversation that was not read whole", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b", "c"));
  const partial = await apply(store, thread("a", "new"), false);
  assertEquals(partial.rows, {
    put: 1,
    deleted: 0,
    edited: 0,
    absent: 0,
    withheld: 2,
    kept: 0,
  });
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
  assertEquals(whole.rows, {
    put: 0,
    deleted: 2,
    edited: 0,
    absent: 0,
    withheld: 0,
    kept: 0,
  });
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
    skipped: 0,
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
    skipped: 0,
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

Deno.test("applyConversation() leaves alone what is newer in the table, unless told", async () => {
  const store = new FaultyStore();
  await apply(store, { ...thread("a", "b"), updateTime: 200 });
  store.writes = 0;
  const older = { ...thread("a"), updateTime: 100 };
  const skipped = await apply(store, older);
  assertEquals([skipped.result, skipped.messages.skipped, store.writes], [
    "older",
    1,
    0,
  ]);
  assertEquals(await storedIds(store), ["a", "b"]);
  const replaced = await apply(store, older, true, { allowOlder: true });
  assertEquals([replaced.result, replaced.rows.deleted], ["changed", 1]);
  assertEquals(
    (await apply(store, { ...thread("a", "c"), updateTime: null })).result,
    "changed",
  );
});

Deno.test("applyConversation() keeps every row of a conversation whose deletes are not allowed", async () => {
  const store = new FaultyStore();
  await apply(store, thread("a", "b", "c"));
  const asked: number[] = [];
  const mayDelete = (rows: number) => (asked.push(rows), false);
  const outcome = await apply(store, thread("a", "x"), true, { mayDelete });
  assertEquals(asked, [2]);
  assertEquals(outcome.rows, {
    put: 1,
    deleted: 0,
    edited: 0,
    absent: 0,
    withheld: 2,
    kept: 0,
  });
  assertEquals(outcome.issues.map(({ code }) => code), ["delete-limit"]);
  assertEquals(await storedIds(store), ["a", "b", "c", "x"]);
  assertEquals((await head(store))?.digest, undefined);
  const again = await apply(store, thread("a", "x"), true, { mayDelete });
  assertEquals([again.result, again.rows.withheld, again.issues.length], [
    "unchanged",
    2,
    1,
  ]);
  const allowed = await apply(store, thread("a", "x"));
  assertEquals([allowed.rows.deleted, await storedIds(store)], [2, ["a", "x"]]);
});

Deno.test("applyConversation() loses nothing to an export that ships less", async () => {
  const store = new FaultyStore();
  const full = conversation({
    id: "c",
    title: "Roses",
    gizmoId: "g-1",
    updateTime: 100,
    messages: [
      message({ id: "ask", content: "When?", model: "o3" }),
      message({
        id: "call",
        position: 1,
        author: { role: "assistant" },
        contentType: "code",
        visible: false,
      }),
      message({
        id: "tool",
        position: 2,
        author: { role: "tool", name: "web" },
        visible: false,
      }),
      message({
        id: "say",
        position: 3,
        author: { role: "assistant" },
        content: "In winter [1].",
      }),
    ],
  });
  await apply(store, full);
  const slim = conversation({
    id: "c",
    title: "Roses",
    updateTime: 200,
    messages: [
      message({ id: "ask", content: "When?" }),
      message({
        id: "say",
        position: 1,
        author: { role: "assistant" },
        content: "In winter.",
      }),
      message({ id: "more", position: 2, content: "Thanks" }),
    ],
  });
  const untold = ["gizmoId"] as const;
  const outcome = await apply(store, slim, true, {}, "slim", untold);
  assertEquals(outcome.messages, {
    new: 1,
    changed: 0,
    unchanged: 2,
    skipped: 0,
    failed: 0,
  });
  assertEquals(outcome.rows, {
    put: 1,
    deleted: 0,
    edited: 0,
    absent: 0,
    withheld: 0,
    kept: 2,
  });
  const stored = await store.read("c");
  assertEquals(stored?.rows.map(({ messageId }) => messageId), [
    "ask",
    "call",
    "tool",
    "say",
    "more",
  ]);
  assertEquals(stored?.rows.map(({ message }) => message.position), [
    0,
    1,
    2,
    3,
    4,
  ]);
  assertEquals(stored?.rows[3]?.message.content, "In winter [1].");
  assertEquals([
    stored?.head?.metadata?.gizmoId,
    stored?.head?.metadata?.updateTime,
  ], ["g-1", 200]);
  store.writes = 0;
  assertEquals(
    (await apply(store, slim, true, {}, "slim", untold)).result,
    "unchanged",
  );
  assertEquals(store.writes, 0);
});

Deno.test("applyConversation() writes nothing for an export that only tells less of files and of itself", async () => {
  const store = new FaultyStore();
  const rich = conversation({
    id: "c",
    title: "Roses",
    ownerId: "user-1",
    shareIds: ["s"],
    pinnedTime: 5,
    messages: [
      message({
        id: "ask",
        model: "o3",
        content: "[Image: roses.png]\nWhat are these?",
        attachments: [{
          id: "file-1",
          name: "roses.png",
          type: "image/png",
          size: 7,
          exported: true,
        }],
        sources: [{ url: "https://example.com" }],
      }),
      message({ id: "say", position: 1, content: "Roses." }),
    ],
  });
  const poor = conversation({
    id: "c",
    title: null,
    messages: [
      message({
        id: "ask",
        createTime: null,
        content: "[Image]\nWhat are these?",
        attachments: [{ id: "file-1", exported: false }],
      }),
      message({ id: "say", position: 1, content: "Roses." }),
    ],
  });
  await apply(store, rich);
  const stored = await store.read("c");
  store.writes = 0;
  const untold = ["pinnedTime"] as const;
  const outcome = await apply(store, poor, true, {}, "full", untold);
  assertEquals([outcome.result, outcome.messages.unchanged, store.writes], [
    "unchanged",
    2,
    0,
  ]);
  assertEquals(await store.read("c"), stored);
  // What it does tell is written, and nothing else.
  const unpinned = await apply(store, poor);
  assertEquals([unpinned.result, unpinned.rows.put], ["changed", 0]);
  const { messages: _, pinnedTime: __, ...lasting } = rich;
  assertEquals((await head(store))?.metadata, lasting);
  const [ask] = poor.messages;
  assertExists(ask);
  const shorter = { ...ask, content: "[Image]\nWhat?" };
  const edited = await apply(store, { ...poor, messages: [shorter] });
  assertEquals([edited.rows.put, edited.rows.deleted], [1, 1]);
  const [row] = (await store.read("c"))?.rows ?? [];
  assertEquals(row?.message.content, "[Image]\nWhat?");
  assertEquals(row?.message.attachments, rich.messages[0]?.attachments);
});
