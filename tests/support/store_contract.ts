/** What every store must do: one suite for memory, the embedded engine and DynamoDB Local. @module */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ConversationMetadata } from "../../src/domain/conversation.ts";
import type { ExportShape } from "../../src/domain/drift.ts";
import type { Message } from "../../src/domain/message.ts";
import {
  ConflictError,
  type MessageRow,
  type Store,
} from "../../src/store/store.ts";
import { conversation, message, thread } from "./builders.ts";

/** Two runs on one place that is empty at first. */
export interface Opened extends AsyncDisposable {
  readonly store: Store;
  /** Another run on the same place. */
  readonly other: Store;
}

/** Every text that has ever broken a store. */
const ODD_TEXTS: Readonly<Record<string, string>> = {
  empty: "",
  emoji: "👩‍🌾 grüßt 数据",
  controls: "a\u0000b\u0001c\u001fd\u007f",
  separators: "line\u2028paragraph\u2029end",
  escapes: '"quotes" \\ backslash / slash',
  lines: "\n\n  indented\n\ttab \r\n",
  privateUse: "\ue200cite\ue202turn0search1\ue201 \uf8ff",
  long: "x".repeat(100_000),
};

function rows(messages: readonly Message[], digest = "d"): MessageRow[] {
  return messages.map((one) => ({
    message: one,
    digest: `${digest}-${one.id}`,
  }));
}

function metadataOf(id: string): ConversationMetadata {
  const { messages: _, ...metadata } = conversation({ id });
  return metadata;
}

/** Declares the suite's tests. */
export function testStoreContract(
  name: string,
  open: () => Promise<Opened>,
): void {
  const test = (criterion: string, body: (opened: Opened) => Promise<void>) => {
    Deno.test(`${name} ${criterion}`, async () => {
      await using opened = await open();
      await body(opened);
    });
  };

  test("knows nothing of a conversation that was never stored", async ({ store }) => {
    assertEquals(await store.heads(["c", "d"]), new Map());
    assertEquals(await store.rows("c"), new Map());
    assertEquals(await store.read("c"), undefined);
  });

  test("gives every field of a conversation and its messages back", async ({ store }) => {
    const full = conversation({
      id: "full",
      title: "Roses 🌹",
      createTime: 1_700_000_000.123456,
      updateTime: 1_700_000_001.5,
      model: "gpt-4o",
      projectId: "g-p-1",
      gizmoId: "g-2",
      gizmoName: "Gardener",
      archived: true,
      starred: true,
      pinnedTime: 1_700_000_002.25,
      origin: "group_chat",
      voice: "breeze",
      memoryScope: "global_enabled",
      ownerId: "user-1",
      shareIds: ["s1", "s2"],
      feedback: [
        { id: "1", rating: "thumbsUp", time: 1_700_000_003, text: "good 🌹" },
        { id: "2", rating: "thumbsDown" },
      ],
      extra: '{"is_study_mode":true}',
      messages: [
        message({
          id: "1",
          author: { role: "tool", name: "python" },
          contentType: "execution_output",
          visible: false,
        }),
        message({
          id: "2",
          parentId: "1",
          position: 1,
          createTime: null,
          model: "o3",
          content: "",
        }),
        message({
          id: "3",
          parentId: "2",
          position: 2,
          createTime: 0,
          author: { role: "critic" },
        }),
        message({ id: "4", parentId: "3", position: 3, createTime: -1.25 }),
        message({
          id: "5",
          parentId: "4",
          position: 4,
          branch: "5",
          recipient: "python",
          channel: "commentary",
          status: "in_progress",
          attachments: [
            {
              id: "file-a",
              name: "ä.png",
              type: "image/png",
              size: 12,
              exported: true,
            },
            { exported: false },
          ],
          sources: [{ title: "Lime", url: "https://example.org" }, {}],
          extra: '{"mood":"calm"}',
        }),
      ],
    });
    const bare = conversation({
      id: "bare",
      title: null,
      createTime: null,
      updateTime: null,
      messages: [],
    });
    for (const one of [full, bare]) {
      const result = await store.write(one.id, {
        puts: rows(one.messages),
        deletes: [],
      });
      assertEquals(result, {
        put: one.messages.length,
        deleted: 0,
        rejected: [],
      });
      const { messages, ...metadata } = one;
      await store.finish(metadata, {
        digest: "digest",
        messageCount: messages.length,
      }, undefined);
      const stored = await store.read(one.id);
      assertEquals(stored?.head, {
        digest: "digest",
        revision: 1,
        messageCount: messages.length,
        metadata,
      });
      assertEquals((await store.heads([one.id])).get(one.id), stored?.head);
      assertEquals(
        stored?.rows.map(({ messageId, message }) => ({
          id: messageId,
          ...message,
        })),
        [...messages],
      );
      assertEquals(
        stored?.rows.map(({ digest }) => digest),
        messages.map(({ id }) => `d-${id}`),
      );
    }
  });

  test("keeps messages of any size whole, replaced and deleted as one", async ({ store }) => {
    const large = (seed: number, size: number) => {
      let text = "";
      // Hardly to be compressed, with characters of every width.
      for (let at = seed; text.length < size; at += 7_919) {
        text += String.fromCodePoint(32 + (at * at) % 60_000 % 55_000);
      }
      return text.toWellFormed();
    };
    const row = (id: string, content: string, digest: string) => ({
      message: message({ id, content, position: Number(id) }),
      digest,
    });
    const write = async (...puts: ReturnType<typeof row>[]) => {
      const stored = await store.rows("c");
      const result = await store.write("c", { puts, deletes: [], stored });
      assertEquals([result.put, result.error], [puts.length, undefined]);
    };
    const contents = async () =>
      (await store.read("c"))?.rows.map(({ message }) => message.content);
    const [first, second, third] = [
      large(1, 1_500_000),
      "\u0001".repeat(3_000_000),
      large(3, 500_000),
    ];
    await write(row("0", first, "a"), row("1", second, "b"));
    assertEquals(await contents(), [first, second]);
    await write(row("0", third, "c"));
    assertEquals(await contents(), [third, second]);
    await write(row("0", "small", "d"));
    assertEquals(await contents(), ["small", second]);
    await write(row("0", first, "a"));
    const stored = await store.rows("c");
    const gone = await store.write("c", {
      puts: [],
      deletes: ["0", "1"],
      stored,
    });
    assertEquals(gone.deleted, 2);
    assertEquals(await store.read("c"), undefined);
  });

  test("tells rows of branches from those of the thread", async ({ store }) => {
    const messages = [
      message({ id: "a" }),
      message({ id: "b", position: 1, branch: "b" }),
    ];
    await store.write("c", { puts: rows(messages), deletes: [] });
    const found = await store.rows("c");
    assertEquals(found.get("a")?.branch, undefined);
    assertEquals(found.get("b")?.branch, true);
  });

  test("lists the conversations of which anything is stored", async ({ store }) => {
    for (const id of ["a", "b"]) {
      await store.write(id, { puts: rows(thread("x")), deletes: [] });
      const state = { digest: "d", messageCount: 1 };
      await store.finish(metadataOf(id), state, undefined);
    }
    await store.write("headless", { puts: rows(thread("x")), deletes: [] });
    const ids = await Array.fromAsync(store.conversationIds());
    assertEquals(ids.sort(), ["a", "b", "headless"]);
  });

  test("remembers the last export of each account", async ({ store, other }) => {
    const shape = (names: Record<string, number>): ExportShape => ({
      files: names,
      layouts: {},
      contentTypes: { text: 1 },
      roles: {},
      fields: {},
    });
    assertEquals(await store.lastExport("user-1"), undefined);
    assertEquals(await store.accounts(), []);
    await store.saveExport("user-1", shape({ "user.json": 1 }));
    await store.saveExport("user-2", shape({}));
    await other.saveExport("user-1", shape({ "new.json": 2 }));
    assertEquals(await store.lastExport("user-1"), shape({ "new.json": 2 }));
    assertEquals(await store.lastExport("user-2"), shape({}));
    assertEquals(await store.accounts(), ["user-1", "user-2"]);
    assertEquals(await store.heads(["user-1"]), new Map());
  });

  test("keeps every text as it is", async ({ store }) => {
    const messages = Object.values(ODD_TEXTS).map((content, position) =>
      message({ id: `m${position}`, position, content })
    );
    await store.write("c", { puts: rows(messages), deletes: [] });
    const stored = await store.read("c");
    assertEquals(
      stored?.rows.map(({ message }) => message.content),
      Object.values(ODD_TEXTS),
    );
  });

  test("takes ids of up to a thousand bytes, and such as look like keys", async ({ store }) => {
    const ids = [
      "ü".repeat(500),
      "METADATA",
      "MSG#x",
      "CONV#y",
      "a/b:c d",
      "~0",
    ];
    for (const id of ids) {
      const messages = ids.map((one, position) =>
        message({ id: one, position })
      );
      await store.write(id, { puts: rows(messages), deletes: [] });
      await store.finish(
        metadataOf(id),
        { digest: "digest", messageCount: 1 },
        undefined,
      );
    }
    assertEquals(new Set((await store.heads(ids)).keys()), new Set(ids));
    assertEquals(
      new Set((await store.rows(ids[0] ?? "")).keys()),
      new Set(ids),
    );
  });

  test("orders messages by their place on the thread, not by id or time", async ({ store }) => {
    const ids = ["z", "a", "m", "b"];
    const messages = ids.map((id, position) =>
      message({ id, position, createTime: 100 - position })
    );
    await store.write("c", { puts: rows(messages.toReversed()), deletes: [] });
    assertEquals(
      (await store.read("c"))?.rows.map(({ messageId }) => messageId),
      ids,
    );
  });

  test("puts over what is there, deletes, and leaves other conversations alone", async ({ store }) => {
    for (const id of ["c", "d"]) {
      await store.write(id, {
        puts: rows(thread("one", "two", "three")),
        deletes: [],
      });
    }
    const result = await store.write("c", {
      puts: rows([message({ id: "m0", content: "new" })], "e"),
      deletes: ["m1", "m2", "never-there"],
    });
    assertEquals(result, { put: 1, deleted: 3, rejected: [] });
    assertEquals(
      await store.rows("c"),
      new Map([["m0", {
        digest: "e-m0",
        position: 0,
        role: "user",
        contentType: "text",
        layout: "full",
      }]]),
    );
    assertEquals((await store.rows("d")).size, 3);
  });

  test("writes more rows than fit one batch, and nothing when there is nothing", async ({ store }) => {
    const messages = thread(
      ...Array.from({ length: 60 }, (_, index) => `text ${index}`),
    );
    assertEquals(
      await store.write("c", { puts: rows(messages), deletes: [] }),
      { put: 60, deleted: 0, rejected: [] },
    );
    const deletes = messages.slice(10).map(({ id }) => id);
    assertEquals(await store.write("c", { puts: [], deletes }), {
      put: 0,
      deleted: 50,
      rejected: [],
    });
    assertEquals((await store.rows("c")).size, 10);
    assertEquals(await store.write("c", { puts: [], deletes: [] }), {
      put: 0,
      deleted: 0,
      rejected: [],
    });
  });

  test("finds the heads of many conversations, each once", async ({ store }) => {
    const ids = Array.from({ length: 130 }, (_, index) => `c${index}`);
    for (const id of ids) {
      await store.finish(metadataOf(id), {
        digest: `of ${id}`,
        messageCount: 0,
      }, undefined);
    }
    const heads = await store.heads([...ids, "c0", "none"]);
    assertEquals(
      new Map([...heads].map(([id, { digest }]) => [id, digest])),
      new Map(ids.map((id) => [id, `of ${id}`])),
    );
  });

  test("tells what a row is compared by, with the layout it came from", async ({ store }) => {
    const one = message({
      id: "m",
      position: 2.5,
      author: { role: "tool" },
      contentType: "execution_output",
    });
    await store.write("c", { puts: rows([one]), deletes: [], layout: "slim" });
    const summary = {
      digest: "d-m",
      position: 2.5,
      role: "tool",
      contentType: "execution_output",
      layout: "slim",
    };
    assertEquals([...await store.rows("c")], [["m", summary]]);
  });

  test("begins a conversation that has no head without writing", async ({ store }) => {
    assertEquals(await store.begin("c", undefined), undefined);
    assertEquals(await store.heads(["c"]), new Map());
  });

  test("takes the digest away when it begins, and keeps the rest of the head", async ({ store }) => {
    const one = metadataOf("c");
    await store.finish(one, { digest: "digest", messageCount: 1 }, undefined);
    const begun = await store.begin("c", (await store.heads(["c"])).get("c"));
    assertEquals(begun, { revision: 2 });
    assertEquals((await store.heads(["c"])).get("c"), {
      revision: 2,
      messageCount: 1,
      metadata: one,
    });
    await store.finish(one, { digest: "next", messageCount: 1 }, begun);
    assertEquals((await store.heads(["c"])).get("c"), {
      digest: "next",
      revision: 3,
      messageCount: 1,
      metadata: one,
    });
  });

  test("finishes without a digest what is not complete", async ({ store }) => {
    await store.finish(
      metadataOf("c"),
      { digest: undefined, messageCount: 1 },
      undefined,
    );
    assertEquals((await store.heads(["c"])).get("c"), {
      revision: 1,
      messageCount: 1,
      metadata: metadataOf("c"),
    });
  });

  test("refuses to begin or finish what another run has changed", async ({ store, other }) => {
    const one = metadataOf("c");
    await store.finish(one, { digest: "ours", messageCount: 1 }, undefined);
    await assertRejects(
      () => other.finish(one, { digest: "theirs", messageCount: 1 }, undefined),
      ConflictError,
    );
    const seen = (await other.heads(["c"])).get("c");
    const begun = await store.begin("c", seen);
    await assertRejects(() => other.begin("c", seen), ConflictError);
    await assertRejects(
      () => other.finish(one, { digest: "theirs", messageCount: 1 }, seen),
      ConflictError,
    );
    await store.finish(one, { digest: "ours again", messageCount: 1 }, begun);
    await assertRejects(
      () => other.finish(one, { digest: "theirs", messageCount: 1 }, begun),
      ConflictError,
    );
    assertEquals((await store.heads(["c"])).get("c")?.digest, "ours again");
    assert(seen !== undefined);
  });

  test("writes a conversation at once, or says that it cannot and writes nothing", async ({ store, other }) => {
    const messages = thread("one", "two", "three");
    const metadata = metadataOf("c");
    const state = { digest: "first", messageCount: 3 };
    const changes = { puts: rows(messages), deletes: [] };
    const done = await store.commit(metadata, state, changes, undefined);
    if (done === undefined) {
      assertEquals(await store.read("c"), undefined);
      return;
    }
    assertEquals(done, { put: 3, deleted: 0, rejected: [] });
    const head = (await store.heads(["c"])).get("c");
    assertEquals([head?.digest, head?.revision], ["first", 1]);
    // Another run that knows the conversation as it was before must not touch it.
    await assertRejects(
      () => other.commit(metadata, state, changes, undefined),
      ConflictError,
    );
    const next = {
      puts: rows([{ ...messages[0]!, content: "new" }], "e"),
      deletes: ["m2"],
      stored: await store.rows("c"),
    };
    const later = { digest: "second", messageCount: 2 };
    assertEquals(
      await other.commit(metadata, later, next, head),
      { put: 1, deleted: 1, rejected: [] },
    );
    const stored = await store.read("c");
    assertEquals(stored?.head?.digest, "second");
    assertEquals(stored?.rows.map(({ message }) => message.content), [
      "new",
      "two",
    ]);
    await assertRejects(
      () => store.commit(metadata, later, next, head),
      ConflictError,
    );
    const many = thread(...Array.from({ length: 120 }, (_, at) => `${at}`));
    assertEquals(
      await store.commit(metadataOf("d"), state, {
        puts: rows(many),
        deletes: [],
      }, undefined),
      undefined,
    );
    assertEquals(await store.read("d"), undefined);
    const large = thread(
      ...Array.from({ length: 12 }, () => "x".repeat(390_000)),
    );
    assertEquals(
      await store.commit(metadataOf("d"), state, {
        puts: rows(large),
        deletes: [],
      }, undefined),
      undefined,
    );
    assertEquals(await store.read("d"), undefined);
  });

  test("removes a head, unless another run changed it", async ({ store, other }) => {
    await store.finish(
      metadataOf("c"),
      { digest: "d", messageCount: 0 },
      undefined,
    );
    const head = (await store.heads(["c"])).get("c");
    const begun = await store.begin("c", head);
    assert(head !== undefined && begun !== undefined);
    await assertRejects(() => other.remove("c", head), ConflictError);
    await store.remove("c", begun);
    assertEquals(await store.read("c"), undefined);
  });

  test("keeps what a head says of its rows", async ({ store }) => {
    const state = {
      digest: "d",
      messageCount: 3,
      layout: "slim",
      kept: 2,
      source: { digest: "bytes", messages: 3, offThread: 1 },
    } as const;
    await store.finish(metadataOf("c"), state, undefined);
    const head = (await store.heads(["c"])).get("c");
    assertEquals([head?.layout, head?.kept, head?.source], [
      "slim",
      2,
      state.source,
    ]);
  });
}
