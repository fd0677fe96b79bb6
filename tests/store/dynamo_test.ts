/** What only DynamoDB has: limits, pages, and the rows of the earlier Python pipeline. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { randomBytes } from "node:crypto";
import { messageDigest } from "../../src/domain/digest.ts";
import { applyConversation } from "../../src/ingest/apply.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import {
  encodeMessage,
  type Item,
  MOST_ITEM_BYTES,
} from "../../src/store/items.ts";
import { itemSize } from "../../src/store/values.ts";
import type { TableAccess } from "../../src/store/schema.ts";
import { conversation, message, thread } from "../support/builders.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";

function dynamoTest(
  criterion: string,
  body: (access: TableAccess, store: DynamoStore) => Promise<void>,
): void {
  Deno.test(`DynamoStore ${criterion} (${ENGINE_NAME})`, async () => {
    await using engine = await openTestEngine();
    await using access = await engine.temporaryTable();
    await body(access, new DynamoStore(access));
  });
}

/** Items as the Python pipeline wrote them. */
function oldRow(
  conversationId: string,
  messageId: string,
  time: number,
  author: string,
  content: string,
): Item {
  return {
    ConversationID: { S: `CONV#${conversationId}` },
    ItemType: { S: `MSG#${messageId}` },
    Timestamp: { N: String(time) },
    Author: { S: author },
    Content: { S: content },
  };
}

dynamoTest("reads a partition of more than one page", async (_, store) => {
  const messages = thread(
    ...Array.from(
      { length: 12 },
      (_, index) => `${index} `.padEnd(300_000, "text "),
    ),
  );
  const puts = messages.map((one) => ({ message: one, digest: "d" }));
  assertEquals((await store.write("c", { puts, deletes: [] })).put, 12);
  assertEquals((await store.rows("c")).size, 12);
  assertEquals(
    (await store.read("c"))?.rows.map(({ messageId }) => messageId),
    messages.map(({ id }) => id),
  );
});

dynamoTest(
  "stores an item of exactly the limit as it is, one byte more compressed, and rejects what no compression helps",
  async (_, store) => {
    const fill = (id: string, unit: string, more: number) => {
      const base = message({
        id,
        createTime: 1_700_000_000.25,
        position: 7,
        content: "",
      });
      const room = MOST_ITEM_BYTES -
        itemSize(encodeMessage("c", { message: base, digest: "d" })) + more;
      const width = new TextEncoder().encode(unit).length;
      const content = unit.repeat(Math.floor(room / width)) +
        "x".repeat(room % width);
      return { message: { ...base, content }, digest: "d" };
    };
    for (const unit of ["x", "数", "👩", "\u0001"]) {
      const exact = await store.write("c", {
        puts: [fill("exact", unit, 0)],
        deletes: [],
      });
      assertEquals(
        exact,
        { put: 1, deleted: 0, rejected: [] },
        `${unit} at the limit`,
      );
    }
    const over = fill("over", "数", 1);
    // Even without content some are too large.
    const hopeless = {
      digest: "d",
      message: { ...over.message, id: "hopeless", extra: "x".repeat(500_000) },
    };
    const puts = [
      ...thread("a", "b").map((one) => ({ message: one, digest: "d" })),
      over,
      hopeless,
    ];
    const result = await store.write("c", { puts, deletes: ["exact"] });
    assertEquals([
      result.put,
      result.deleted,
      result.rejected.map(({ messageId }) => messageId),
    ], [3, 0, ["hopeless"]]);
    assertMatch(result.rejected[0]?.reason ?? "", /\d+ bytes are more than/);
    const rows = await store.rows("c");
    assertEquals([rows.has("exact"), rows.has("hopeless")], [true, false]);
    const stored = await store.read("c");
    assertEquals(
      stored?.rows.find(({ messageId }) => messageId === "over")?.message
        .content,
      over.message.content,
    );
  },
);

dynamoTest(
  "counts the bytes of an item as DynamoDB does, whatever its numbers",
  async (access) => {
    for (
      const time of [
        0,
        1,
        12,
        1_700_000_000,
        1_700_000_000.5,
        1_700_000_000.123456,
        0.001,
        -1.5,
        100,
        1e21,
        1e-7,
      ]
    ) {
      const base = message({ id: "m", createTime: time, content: "" });
      const room = MOST_ITEM_BYTES -
        itemSize(encodeMessage("c", { message: base, digest: "d" }));
      const put = (content: string) =>
        access.client.send(
          new PutItemCommand({
            TableName: access.table,
            Item: encodeMessage("c", {
              message: { ...base, content },
              digest: "d",
            }),
          }),
        );
      await put("x".repeat(room));
    }
  },
);

dynamoTest(
  "takes the rows of the Python pipeline over",
  async ({ client, table }, store) => {
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: [
            oldRow("c", "m1", 1_700_000_010.5, "assistant", "Late winter."),
            oldRow("c", "m0", 1_700_000_000.25, "user", "When?"),
            oldRow("c", "gone", 1_700_000_005, "user", "left the thread"),
          ].map((row) => ({ PutRequest: { Item: row } })),
        },
      }),
    );
    const old = { role: "user", contentType: "text", layout: "text" } as const;
    assertEquals(
      await store.rows("c"),
      new Map([["gone", old], ["m0", old], ["m1", {
        ...old,
        role: "assistant",
      }]]),
    );
    const before = await store.read("c");
    assertEquals(
      [before?.head, before?.rows.map(({ messageId }) => messageId)],
      [undefined, ["m0", "gone", "m1"]],
    );
    const ours = conversation({
      id: "c",
      messages: [
        message({ id: "m0", content: "When?", createTime: 1_700_000_000.25 }),
        message({
          id: "m1",
          position: 1,
          parentId: "m0",
          content: "Late winter.",
        }),
      ],
    });
    const outcome = await applyConversation(
      { conversation: ours, complete: true },
      undefined,
      store,
    );
    assertEquals(outcome.result, "changed");
    assertEquals(outcome.rows, {
      put: 2,
      deleted: 1,
      edited: 0,
      absent: 0,
      withheld: 0,
      kept: 0,
    });
    const after = await store.read("c");
    assertEquals(after?.rows.map(({ message }) => message.position), [0, 1]);
  },
);

dynamoTest(
  "takes a METADATA item of another tool over",
  async ({ client, table }, store) => {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          ConversationID: { S: "CONV#c" },
          ItemType: { S: "METADATA" },
          Title: { S: "theirs" },
        },
      }),
    );
    const head = (await store.heads(["c"])).get("c");
    assertEquals(head, { revision: 0 });
    const begun = await store.begin("c", head);
    await store.finish(conversation({ id: "c", title: "ours" }), {
      digest: "digest",
      messageCount: 1,
    }, begun);
    assertEquals((await store.read("c"))?.head?.metadata?.title, "ours");
  },
);

dynamoTest(
  "takes its own write for done when only the answer was lost",
  async (access) => {
    const store = new DynamoStore({ ...access, run: "r" });
    const one = conversation({ id: "c" });
    await store.finish(one, { digest: "digest", messageCount: 1 }, undefined);
    // The same run sends the same write again, as the SDK does when a connection breaks behind a request.
    await store.finish(one, { digest: "digest", messageCount: 1 }, undefined);
    const begun = await store.begin("c", { revision: 1 });
    assertEquals(await store.begin("c", { revision: 1 }), begun);
  },
);

/** What the sort keys of a conversation's items begin with. */
async function kindsOf(
  { client, table }: TableAccess,
  conversationId: string,
): Promise<(string | undefined)[]> {
  const kinds: (string | undefined)[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "ConversationID = :c",
        ExpressionAttributeValues: { ":c": { S: `CONV#${conversationId}` } },
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      kinds.push(item["ItemType"]?.S?.split("#")[0]);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return kinds;
}

dynamoTest(
  "takes away the pieces that a killed run left, and none that are in use",
  async (access, store) => {
    const large = (content: string) =>
      conversation({
        id: "c",
        messages: [
          message({ id: "a", content }),
          message({ id: "b", position: 1 }),
        ],
      });
    const apply = async (content: string) => {
      const head = (await store.heads(["c"])).get("c");
      const candidate = { conversation: large(content), complete: true };
      return await applyConversation(candidate, head, store);
    };
    const [first, second] = [1, 2].map(() =>
      randomBytes(900_000).toString("hex")
    );
    assertEquals((await apply(first!)).result, "new");
    const [head] = (await store.heads(["c"])).values();
    // A run that put the next copy, and died before it took the pieces of this one away.
    await store.begin("c", head);
    await store.write("c", {
      puts: large(second!).messages.map((message) => ({
        message,
        digest: messageDigest(message),
      })),
      deletes: [],
      stored: new Map(),
    });
    const pieces = async () =>
      (await kindsOf(access, "c")).filter((kind) => kind === "PIECE").length;
    const both = await pieces();
    assertEquals((await apply(second!)).result, "changed");
    assertEquals(await pieces(), both / 2);
    const [row] = (await store.read("c"))?.rows ?? [];
    assertEquals(row?.message.content, second);
  },
);

dynamoTest(
  "leaves no piece of a large message that was replaced or deleted",
  async (access, store) => {
    const large = (id: string) => ({
      digest: id,
      message: message({ id, content: randomBytes(900_000).toString("hex") }),
    });
    const items = () => kindsOf(access, "c");
    await store.write("c", { puts: [large("a"), large("b")], deletes: [] });
    const before = await items();
    assertEquals(before.filter((kind) => kind === "MSG").length, 2);
    assert(before.filter((kind) => kind === "PIECE").length >= 4);
    await store.write("c", {
      puts: [{ digest: "x", message: message({ id: "a" }) }],
      deletes: ["b"],
      stored: await store.rows("c"),
    });
    assertEquals(await items(), ["MSG"]);
  },
);
