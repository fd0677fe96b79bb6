import { assertEquals, assertInstanceOf } from "@std/assert";
import type { ConversationRecord } from "../../src/domain/conversation.ts";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import { emptyInventory } from "../../src/domain/inventory.ts";
import type { Issue } from "../../src/domain/issue.ts";
import { sync } from "../../src/sync/mod.ts";
import { conversation, message } from "../support/builders.ts";
import { MemoryStore } from "../support/memory_store.ts";

const issue: Issue = {
  code: "bad-message",
  where: "a.json[0]",
  message: "odd",
};

function record(
  id: string,
  messages: string[],
  issues: Issue[] = [],
): ConversationRecord {
  return {
    kind: "conversation",
    conversation: conversation({
      id,
      messages: messages.map((name, position) =>
        message({ id: name, position, content: name })
      ),
    }),
    layout: "full",
    offThread: 0,
    issues,
    unknownTypes: {},
  };
}

async function* stream(
  ...records: ConversationRecord[]
): AsyncGenerator<ConversationRecord> {
  yield* records;
}

Deno.test("sync() ends with a ledger that accounts for every record", async () => {
  const store = new MemoryStore();
  await sync(stream(record("a", ["1", "2"]), record("b", ["3"])), store);
  const report = await sync(
    stream(
      record("a", ["1", "4"]),
      record("b", ["3"]),
      record("c", ["5"]),
      record("c", ["5"]),
      record("d", ["6"], [issue]),
      { kind: "failed", issue: { ...issue, code: "bad-conversation" } },
    ),
    store,
  );
  assertEquals(report.ledger.conversations, {
    read: 6,
    new: 2,
    changed: 1,
    unchanged: 1,
    skipped: 1,
    failed: 1,
  });
  assertEquals(report.ledger.messages, {
    read: 7,
    new: 3,
    changed: 0,
    unchanged: 2,
    skipped: 1,
    failed: 1,
    offThread: 0,
  });
  assertEquals(report.ledger.rows, {
    put: 3,
    deleted: 1,
    edited: 1,
    absent: 0,
    withheld: 0,
    kept: 0,
  });
  assertEquals([report.exitCode, report.issues.length, report.error], [
    EXIT.incomplete,
    2,
    undefined,
  ]);
});

Deno.test("sync() leaves conversations that the export does not hold as they are", async () => {
  const store = new MemoryStore();
  await sync(stream(record("a", ["1"]), record("b", ["2"])), store);
  await sync(stream(record("a", ["1"])), store);
  assertEquals((await store.read("b"))?.rows.length, 1);
});

Deno.test("sync() calls finding nothing an error", async () => {
  const report = await sync(stream(), new MemoryStore());
  assertInstanceOf(report.error, UserError);
  assertEquals(report.exitCode, EXIT.error);
});

Deno.test("sync() reports what was done before its source failed", async () => {
  const source = (async function* () {
    yield record("a", ["1"]);
    throw new UserError("Cannot read", { code: EXIT.error });
  })();
  const report = await sync(source, new MemoryStore());
  assertEquals([report.ledger.conversations.new, report.exitCode], [
    1,
    EXIT.error,
  ]);
});

Deno.test("sync() accounts for what it read when the store fails for good", async () => {
  const store = new MemoryStore();
  store.heads = () => Promise.reject(new Error("connection refused"));
  const many = Array.from(
    { length: 150 },
    (_, index) => record(`c${index}`, ["1", "2"]),
  );
  const { ledger, exitCode } = await sync(stream(...many), store);
  assertEquals(ledger.conversations.failed, ledger.conversations.read);
  assertEquals(ledger.messages.failed, ledger.conversations.read * 2);
  assertEquals(exitCode, EXIT.error);
  // Where a part was stored before, that part is done.
  const heads = MemoryStore.prototype.heads.bind(store);
  let asked = 0;
  store.heads = (ids) =>
    ++asked > 1 ? Promise.reject(new Error("connection refused")) : heads(ids);
  const partly = await sync(stream(...many), store);
  assertEquals(partly.ledger.conversations.new, 100);
  assertEquals(partly.ledger.conversations.failed, 50);
  assertEquals(partly.error?.message, "connection refused");
  assertEquals(partly.exitCode, EXIT.incomplete);
});

Deno.test("sync() ends with the code of an interrupt and a balanced ledger", async () => {
  const interrupt = new AbortController();
  const many = Array.from(
    { length: 300 },
    (_, index) => record(`c${index}`, ["1"]),
  );
  const report = await sync(stream(...many), new MemoryStore(), {
    signal: interrupt.signal,
    onProgress: () => interrupt.abort(),
  });
  assertEquals(report.exitCode, EXIT.interrupted);
  const { read, new: added, failed } = report.ledger.conversations;
  assertEquals(added + failed, read);
});

Deno.test("sync() refuses an export of another account before it writes anything, unless told", async () => {
  const store = new MemoryStore();
  const of = (ownerId: string, id: string): ConversationRecord[] => {
    const one = record(id, ["1"]);
    if (one.kind !== "conversation") throw new Error("no conversation");
    return [
      { ...one, conversation: { ...one.conversation, ownerId } },
      { kind: "inventory", inventory: { ...emptyInventory(), ownerId } },
    ];
  };
  assertEquals(
    (await sync(stream(...of("ada", "a")), store)).exitCode,
    EXIT.ok,
  );
  assertEquals(
    (await sync(stream(...of("ada", "a")), store)).exitCode,
    EXIT.ok,
  );
  const other = await sync(stream(...of("bob", "b")), store);
  assertEquals(other.exitCode, EXIT.error);
  assertInstanceOf(other.error, UserError);
  assertEquals(await store.read("b"), undefined);
  // An export that does not say whose it is may be anybody's.
  assertEquals(
    (await sync(stream(record("c", ["1"])), store)).exitCode,
    EXIT.ok,
  );
  const told = await sync(stream(...of("bob", "b")), store, {
    allowOtherAccount: true,
  });
  assertEquals(told.exitCode, EXIT.ok);
  assertEquals(
    (await sync(stream(...of("bob", "b")), store)).exitCode,
    EXIT.ok,
  );
});

Deno.test("sync() notes whose the table is before it writes, so that a run cut off leaves no doubt", async () => {
  const store = new MemoryStore();
  const one = record("a", ["1"]);
  if (one.kind !== "conversation") throw new Error("no conversation");
  const { conversation } = one;
  const mine = { ...one, conversation: { ...conversation, ownerId: "ada" } };
  const theirs = { ...one, conversation: { ...conversation, ownerId: "bob" } };
  await sync(
    (async function* () {
      yield await Promise.resolve(mine);
      throw new Error("the machine was shut down");
    })(),
    store,
  );
  assertEquals(await store.accounts(), ["ada"]);
  const other = await sync(stream(theirs), store);
  assertInstanceOf(other.error, UserError);
});

Deno.test("sync() takes a limit in percent of all stored messages, also of conversations that it did not parse", async () => {
  const same = {
    kind: "same",
    id: "x",
    updateTime: 5,
    messages: 96,
    offThread: 0,
  } as const;
  for (
    const [records, exitCode, deleted] of [
      [[same], EXIT.ok, 3],
      [[], EXIT.deleteLimit, 0],
    ] as const
  ) {
    const store = new MemoryStore();
    await sync(stream(record("a", ["1", "2", "3", "4"])), store);
    const report = await sync(stream(...records, record("a", ["1"])), store, {
      maxDeletes: { percent: 3 },
    });
    assertEquals([report.exitCode, report.ledger.rows.deleted], [
      exitCode,
      deleted,
    ]);
    assertEquals(report.overLimit, deleted === 0 ? 3 : undefined);
  }
});

Deno.test("sync() lists the fates of messages when asked to", async () => {
  const store = new MemoryStore();
  await sync(stream(record("a", ["1", "2"])), store);
  const report = await sync(stream(record("a", ["1"])), store, {
    explain: true,
  });
  assertEquals(report.fates, [
    { conversationId: "a", messageId: "2", fate: "gone" },
  ]);
});

Deno.test("sync() ends with the error that ended it from outside, where that is more than an interrupt", async () => {
  const ended = new AbortController();
  const lost = new UserError("lost", { code: EXIT.locked });
  async function* records() {
    yield record("a", ["1"]);
    ended.abort(lost);
    yield record("b", ["2"]);
  }
  const { signal } = ended;
  const report = await sync(records(), new MemoryStore(), { signal });
  assertEquals([report.exitCode, report.error], [EXIT.locked, lost]);
});

Deno.test("sync() counts what is stored as its bytes say, and does not forget what such conversations had in them", async () => {
  const store = new MemoryStore();
  const inventory = (roles: Record<string, number>): ConversationRecord => ({
    kind: "inventory",
    inventory: { ...emptyInventory(), ownerId: "user-1", roles },
  });
  await sync(
    stream(record("a", ["1"]), inventory({ user: 4, tool: 1 })),
    store,
  );
  const same = {
    kind: "same",
    updateTime: 5,
    messages: 3,
    offThread: 2,
  } as const;
  const report = await sync(
    stream(
      { ...same, id: "x" },
      { ...same, id: "x", updateTime: 4 },
      record("b", ["2"]),
      inventory({ user: 1, assistant: 1 }),
    ),
    store,
  );
  assertEquals(report.ledger.conversations, {
    read: 3,
    new: 1,
    changed: 0,
    unchanged: 1,
    skipped: 1,
    failed: 0,
  });
  assertEquals(report.ledger.messages, {
    read: 11,
    new: 1,
    changed: 0,
    unchanged: 3,
    skipped: 3,
    failed: 0,
    offThread: 4,
  });
  assertEquals((await store.lastExport("user-1"))?.roles, {
    assistant: 1,
    tool: 1,
    user: 4,
  });
});
