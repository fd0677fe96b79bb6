/** What has broken other readers of these exports: each is read, or named. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type Json,
  rawConversation,
  type RawTurn,
} from "../support/builders.ts";
import { contents, messagesOf, within } from "../support/exports.ts";

/** The content of each message of an export with one conversation. */
async function texts(json: string | Uint8Array): Promise<string[]> {
  return (await messagesOf(json)).map(({ content }) => content);
}

function one(...turns: RawTurn[]): string {
  return JSON.stringify([rawConversation("c", turns)]);
}

async function conversationOf(raw: Json) {
  let found;
  await within({ "x.json": JSON.stringify([raw]) }, async (folder) => {
    const { conversations, issues } = await contents(join(folder, "x.json"));
    assertEquals(issues, []);
    [found] = conversations;
  });
  assert(found !== undefined);
  return found as Awaited<ReturnType<typeof contents>>["conversations"][number];
}

Deno.test("a lone surrogate, escaped, becomes a replacement character", async () => {
  const json = one({ id: "1", text: "HERE" }).replace("HERE", "a\\ud83db");
  assertEquals(await texts(json), ["a\ufffdb"]);
});

Deno.test("characters in CESU-8, surrogates of three bytes each, are read", async () => {
  const [before = "", after = ""] = one({ id: "1", text: "HERE\ufffd" })
    .split("HERE");
  const encoder = new TextEncoder();
  const bytes = new Uint8Array([
    ...encoder.encode(before),
    ...[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    ...encoder.encode("|"),
    ...[0xed, 0xa0, 0xbd],
    ...encoder.encode(after),
  ]);
  // A surrogate alone has three bytes, none of which is a character.
  assertEquals(await texts(bytes), ["😀|\ufffd\ufffd\ufffd\ufffd"]);
});

Deno.test("NaN, infinities and raw control characters do not cost a conversation", async () => {
  const json = one({ id: "1", text: "HERE \\u0000 \u2028" })
    .replace('"create_time":1700000000', '"create_time":NaN')
    .replace('"weight":1', '"weight":-Infinity')
    .replace("HERE", "a\u0001\tb\nNaN");
  assertEquals(await texts(json), ["a\u0001\tb\nNaN \\u0000 \u2028"]);
  const nul = one({ id: "1", text: "a\u0000b" });
  assertEquals(await texts(nul), ["a\u0000b"]);
});

Deno.test("null in every place of a message is taken", async () => {
  const fields = [
    "author",
    "content",
    "create_time",
    "metadata",
    "recipient",
    "status",
    "weight",
    "channel",
    "id",
  ];
  const turns = fields.map((field, index): RawTurn => ({
    id: `m${index}`,
    text: `without ${field}`,
    fields: { [field]: null },
  }));
  const messages = await messagesOf(one(...turns));
  assertEquals(messages.length, fields.length);
  assertEquals(messages[0]?.author, { role: "unknown" });
  assertEquals(messages[1]?.content, "");
  assertEquals(messages[2]?.createTime, null);
  assertEquals(messages[8]?.id, "m8");
});

Deno.test("null in every place of a conversation is taken", async () => {
  const raw = rawConversation("c", [{ id: "1", text: "x" }]);
  const fields = Object.keys(raw).filter((name) =>
    name !== "mapping" && name !== "id"
  );
  const bare = await conversationOf({
    ...raw,
    ...Object.fromEntries(fields.map((name) => [name, null])),
  });
  assertEquals([bare.id, bare.title, bare.updateTime], ["c", null, null]);
  assertEquals(bare.messages.length, 1);
});

const TIMES: [unknown, number | null][] = [
  [1_700_000_000.123456, 1_700_000_000.123456],
  [1_700_000_000_123, 1_700_000_000.123],
  ["2023-11-14T22:13:20.5Z", 1_700_000_000.5],
  ["1700000000", 1_700_000_000],
  [0, 0],
  [-1.5, -1.5],
  [null, null],
  ["soon", null],
  [{}, null],
];

Deno.test("times of every kind are read", async () => {
  const turns = TIMES.map(([create_time], index): RawTurn => ({
    id: `m${index}`,
    text: "x",
    fields: { create_time },
  }));
  const messages = await messagesOf(one(...turns));
  assertEquals(
    messages.map(({ createTime }) => createTime),
    TIMES.map(([, time]) => time),
  );
});

Deno.test("times that run backwards do not turn the thread round", async () => {
  const turns = [3, 1, 2].map((time, index): RawTurn => ({
    id: `m${index}`,
    text: String(time),
    fields: { create_time: time },
  }));
  assertEquals(await texts(one(...turns)), ["3", "1", "2"]);
});

Deno.test("ids that are missing, doubled, numbers or other than their keys stay apart", async () => {
  const turns: RawTurn[] = [
    { id: "a", text: "1", fields: { id: undefined } },
    { id: "b", text: "2", fields: { id: "other" } },
    { id: "c", text: "3", fields: { id: "other" } },
    { id: "d", text: "4", fields: { id: 17 } },
    { id: "e", text: "5", fields: { id: "" } },
    { id: "f", text: "6", fields: { id: "x".repeat(3_000) } },
  ];
  const messages = await messagesOf(one(...turns));
  const ids = messages.map(({ id }) => id);
  assertEquals(ids.slice(0, 5), ["a", "other", "c", "17", "e"]);
  assertEquals(new Set(ids).size, 6);
  assertEquals(messages.map(({ content }) => content).join(""), "123456");
});

const CONTENTS: [unknown, string][] = [
  [null, ""],
  ["plain", "plain"],
  [{}, ""],
  [{ content_type: "text" }, ""],
  [{ content_type: "text", parts: null }, ""],
  [{ content_type: "text", parts: [] }, ""],
  [{ content_type: "text", parts: ["", null, 7, ["x"], "a"] }, "a"],
  [{ content_type: "text", parts: [{ text: "b" }, { parts: ["c"] }] }, "b\nc"],
  [{ content_type: "text", parts: "d" }, "d"],
  [{ content_type: null, parts: ["e"] }, "e"],
  [[1, 2], ""],
];

Deno.test("contents of every shape yield what text they have", async () => {
  const turns = CONTENTS.map(([content], index): RawTurn => ({
    id: `m${index}`,
    content: content ?? null,
  }));
  assertEquals(await texts(one(...turns)), CONTENTS.map(([, text]) => text));
});

Deno.test("roles and authors of every shape are taken", async () => {
  const authors = [
    { role: "critic" },
    { role: "tool", name: "web.run", metadata: null },
    { role: null },
    "assistant",
    [],
    7,
  ];
  const turns = authors.map((author, index): RawTurn => ({
    id: `m${index}`,
    text: "x",
    fields: { author },
  }));
  const messages = await messagesOf(one(...turns));
  assertEquals(messages.map(({ author }) => author), [
    { role: "critic" },
    { role: "tool", name: "web.run" },
    { role: "unknown" },
    { role: "assistant" },
    { role: "unknown" },
    { role: "unknown" },
  ]);
});

Deno.test("titles of every kind are kept as they are", async () => {
  for (
    const title of [
      "",
      "a/b\\c: *?\n👩‍🌾",
      "x".repeat(10_240),
      "数".repeat(4_000),
    ]
  ) {
    const raw = rawConversation("c", [], { fields: { title } });
    assertEquals((await conversationOf(raw)).title, title || null);
  }
});

Deno.test("a mapping that is empty, or has nodes of other kinds, is no reason to fail", async () => {
  const odd = { a: null, b: 1, c: [], d: "x", e: {}, f: { message: null } };
  for (const mapping of [{}, odd]) {
    const raw = { id: "c", mapping, current_node: "nowhere" };
    assertEquals((await conversationOf(raw)).messages, []);
  }
});

Deno.test("a mapping that is missing or a list is one issue, and costs no other conversation", async () => {
  const list = [
    { id: "a", title: "shared" },
    { id: "b", mapping: [1] },
    { shared_conversation_id: "s", messages: [] },
    null,
    rawConversation("good", [{ id: "1", text: "x" }]),
  ];
  await within({ "x.json": JSON.stringify(list) }, async (folder) => {
    const { conversations, issues } = await contents(join(folder, "x.json"));
    assertEquals(conversations.map(({ id }) => id), ["good"]);
    assertEquals(issues, [
      "bad-conversation x.json[0]: has no object called mapping",
      "bad-conversation x.json[1]: has no object called mapping",
      "bad-conversation x.json[2]: has no object called mapping",
      "bad-conversation x.json[3]: is no object",
    ]);
  });
});

Deno.test("a cycle, several roots and a parent that is not there end the walk, not the run", async () => {
  const node = (id: string, parent: string | null) => ({
    id,
    parent,
    message: { id, author: { role: "user" }, content: { parts: [id] } },
  });
  const raw = (mapping: Json, current_node: string) => ({
    id: "c",
    mapping,
    current_node,
  });
  const read = async (value: Json) =>
    (await conversationOf(value)).messages.map(({ id }) => id).join(" ");
  const cycle = { a: node("a", "c"), b: node("b", "a"), c: node("c", "b") };
  assertEquals(await read(raw(cycle, "c")), "a b c");
  const roots = { a: node("a", null), b: node("b", null), c: node("c", "b") };
  assertEquals(await read(raw(roots, "c")), "b c");
  const lost = { b: node("b", "a"), c: node("c", "b") };
  assertEquals(await read(raw(lost, "c")), "b c");
});

Deno.test("an answer that was cut off is kept, and says so", async () => {
  const [message] = await messagesOf(
    one({
      id: "1",
      role: "assistant",
      text: "To",
      fields: { status: "in_progress" },
    }),
  );
  assertEquals([message?.content, message?.status], ["To", "in_progress"]);
});

Deno.test("a message of a megabyte is read whole", async () => {
  const text = `${"word ".repeat(200_000)}\ue200cite\ue202turn0search0\ue201【`;
  const [message] = await messagesOf(one({ id: "1", text: text.repeat(5) }));
  assertEquals(message?.content.length, 5_000_000 + 5);
});

Deno.test("texts full of marks that never close take no longer than others", async () => {
  const text = ["\ue200", "【", "\ue202turn0", "\ue200cite\ue202"].map((mark) =>
    mark.repeat(100_000)
  );
  const turns = text.map((text, index) => ({ id: `m${index}`, text }));
  assertEquals((await texts(one(...turns))).length, 4);
});

Deno.test("a conversation of 97 MB is read", async () => {
  const turns = Array.from({ length: 97 }, (_, index) => ({
    id: `m${index}`,
    text: `${index} ${"x".repeat(2 ** 20)}`,
  }));
  const messages = await messagesOf(one(...turns));
  assertEquals(messages.length, 97);
  assertEquals(messages.at(-1)?.content.slice(0, 4), "96 x");
});

Deno.test("a chain of 100,000 messages is read, and so are its branches", async () => {
  const turns = Array.from({ length: 100_000 }, (_, index) => ({
    id: `m${index}`,
    text: "x",
  }));
  assertEquals((await messagesOf(one(...turns))).length, 100_000);
  const raw = rawConversation("c", turns, { fields: { current_node: "m0" } });
  await within({ "x.json": JSON.stringify([raw]) }, async (folder) => {
    const { conversations } = await contents(join(folder, "x.json"), {
      branches: true,
    });
    const [only] = conversations;
    assertEquals(only?.messages.length, 1);
    assertEquals(only?.branches?.length, 99_999);
    assertEquals(only?.branches?.at(-1)?.position, 99_999);
    assertEquals(only?.branches?.at(-1)?.branch, "m1");
  });
});

Deno.test("a later export does not blank out what an earlier one told", async () => {
  const slim = rawConversation("c", [{ id: "1", text: "x" }], { era: "slim" });
  const [message] = await messagesOf(JSON.stringify([slim]));
  assert(message !== undefined);
  // Fields that are not there are absent rather than empty.
  for (const field of ["model", "recipient", "channel", "status", "extra"]) {
    assertEquals(field in message, false);
  }
});
