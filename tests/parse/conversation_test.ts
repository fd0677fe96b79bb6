import { assert, assertEquals } from "@std/assert";
import { readConversation } from "../../src/parse/conversation.ts";
import { NO_KNOWLEDGE, Reading } from "../../src/parse/reading.ts";
import {
  type Json,
  rawConversation,
  type RawTurn,
} from "../support/builders.ts";

const ORIGIN = { where: "c.json[0]", fallbackId: () => "fallback" };

function read(raw: unknown) {
  const record = readConversation(raw, ORIGIN);
  assert(record.kind === "conversation");
  return record;
}

function ids(turns: RawTurn[]): string[] {
  return read(rawConversation("c", turns)).conversation.messages.map(({ id }) =>
    id
  );
}

Deno.test("readConversation() reads the metadata", () => {
  const { conversation, offThread } = read(rawConversation("c", [{ id: "m" }], {
    fields: {
      title: "T",
      create_time: 1.5,
      update_time: "2024-01-07T12:18:35Z",
      default_model_slug: "gpt-4o",
      conversation_template_id: "g-p-1",
      gizmo_id: "g-2",
      is_archived: true,
      is_starred: null,
    },
  }));
  const { messages, ...metadata } = conversation;
  assertEquals([messages.length, offThread], [1, 0]);
  assertEquals(metadata, {
    id: "c",
    title: "T",
    createTime: 1.5,
    updateTime: 1704629915,
    model: "gpt-4o",
    projectId: "g-p-1",
    gizmoId: "g-2",
    archived: true,
    starred: false,
  });
});

Deno.test("readConversation() reads one that has no more than a mapping", () => {
  assertEquals(read({ mapping: {} }).conversation, {
    id: "fallback",
    title: null,
    createTime: null,
    updateTime: null,
    archived: false,
    starred: false,
    messages: [],
  });
});

const IDS: [Json, string][] = [
  [{ conversation_id: "a", id: "b" }, "a"],
  [{ conversation_id: null, id: "b" }, "b"],
  [{ conversation_id: "", id: 7 }, "7"],
  [{}, "fallback"],
];

for (const [fields, id] of IDS) {
  Deno.test(`readConversation() calls ${JSON.stringify(fields)} ${id}`, () => {
    assertEquals(read({ ...fields, mapping: {} }).conversation.id, id);
  });
}

Deno.test("readConversation() links each message to the one before it", () => {
  const { conversation } = read(
    rawConversation("c", [{ id: "a" }, { id: "b" }, { id: "d" }]),
  );
  assertEquals(
    conversation.messages.map(({ parentId, position }) => [parentId, position]),
    [[null, 0], ["a", 1], ["b", 2]],
  );
});

Deno.test("readConversation() gives each message an id of its own", () => {
  const named = (key: string, id: unknown) => ({ id: key, fields: { id } });
  assertEquals(
    ids([named("k1", "x"), named("k2", undefined), named("k3", "x")]),
    ["x", "k2", "k3"],
  );
  assertEquals(ids([named("x", "y"), named("z", "x"), named("y", "x")]), [
    "y",
    "x",
    "x~2",
  ]);
  const [long] = ids([named("k", "x".repeat(2000))]);
  assert(long?.startsWith("~") && long.length === 65);
});

Deno.test("readConversation() leaves an unreadable message out and says so", () => {
  const raw = rawConversation("c", [{ id: "a" }, { id: "b" }, { id: "d" }]);
  (raw.mapping as Record<string, Json>).b!.message = "secret text";
  const { conversation, issues, offThread } = read(raw);
  assertEquals(
    conversation.messages.map(({ id, parentId }) => [id, parentId]),
    [["a", null], ["d", "a"]],
  );
  assertEquals([issues, offThread], [[{
    code: "bad-message",
    where: "c.json[0]",
    message: "is no object",
    conversationId: "c",
    messageId: "b",
  }], 0]);
});

Deno.test("readConversation() counts messages of unknown types by their type", () => {
  const hologram = { content: { content_type: "hologram" } };
  const { unknownTypes } = read(rawConversation("c", [
    { id: "a", ...hologram },
    { id: "b" },
    { id: "d", ...hologram },
  ]));
  assertEquals(unknownTypes, { hologram: 2 });
});

Deno.test("readConversation() refuses what is no conversation", () => {
  const message = (raw: unknown) => {
    const record = readConversation(raw, ORIGIN);
    assert(record.kind === "failed");
    assertEquals([record.issue.code, record.issue.where], [
      "bad-conversation",
      "c.json[0]",
    ]);
    return record.issue.message;
  };
  for (const raw of [null, 1, "secret", [], [{}]]) {
    assertEquals(message(raw), "is no object");
  }
  for (const mapping of [undefined, null, [], "secret"]) {
    assertEquals(message({ id: "x", mapping }), "has no object called mapping");
  }
});

Deno.test("readConversation() tells the layout by what the tree's nodes and messages have", () => {
  const turns: RawTurn[] = [{ id: "a" }, { id: "b", role: "assistant" }];
  const slim = rawConversation("c", turns, { era: "slim" });
  assertEquals(read(rawConversation("c", turns)).layout, "full");
  assertEquals(read(slim).layout, "slim");
  const mapping = structuredClone(slim.mapping) as Record<
    string,
    { message: Json | null }
  >;
  const message = mapping["b"]?.message;
  assert(message);
  message.status = "finished_successfully";
  assertEquals(read({ ...slim, mapping }).layout, "full");
});

Deno.test("readConversation() reads all that is known of a conversation", () => {
  const raw = rawConversation("c", [], {
    fields: {
      pinned_time: 1_700_000_000_500,
      conversation_origin: "apple",
      voice: { name: "breeze" },
      memory_scope: "project_enabled",
      gizmo: { display: { name: "Gardener" } },
      is_study_mode: true,
      is_temporary_chat: false,
      novelty: ["x"],
    },
  });
  const record = readConversation(raw, ORIGIN);
  assert(record.kind === "conversation");
  const { conversation } = record;
  assertEquals(conversation.pinnedTime, 1_700_000_000.5);
  assertEquals(conversation.origin, "apple");
  assertEquals(conversation.voice, "breeze");
  assertEquals(conversation.memoryScope, "project_enabled");
  assertEquals(conversation.gizmoName, "Gardener");
  assertEquals(conversation.extra, '{"is_study_mode":true,"novelty":["x"]}');
});

Deno.test("readConversation() reads branches where they are asked for, each behind its parent", () => {
  const raw = rawConversation("c", [
    { id: "ask" },
    { id: "say", role: "assistant" },
    { id: "ask-2", parent: "say" },
    { id: "edited", parent: "say" },
    { id: "answer", parent: "edited" },
    { id: "broken", parent: "answer", fields: {} },
    { id: "again", parent: "edited" },
  ], { fields: { current_node: "ask-2" } });
  const mapping = raw.mapping as Record<string, { message: unknown }>;
  mapping["broken"]!.message = "broken";
  const reading = new Reading({ ...NO_KNOWLEDGE, branches: true });
  const record = readConversation(raw, ORIGIN, reading);
  assert(record.kind === "conversation");
  assertEquals(record.conversation.messages.map(({ id }) => id), [
    "ask",
    "say",
    "ask-2",
  ]);
  assertEquals(
    record.conversation.branches?.map(({ id, parentId, position, branch }) => [
      id,
      parentId,
      position,
      branch,
    ]),
    [
      ["edited", "say", 2, "edited"],
      ["answer", "edited", 3, "edited"],
      ["again", "edited", 3, "edited"],
    ],
  );
  assertEquals(record.offThread, 0);
  assertEquals(record.issues.map(({ messageId }) => messageId), ["broken"]);

  const without = readConversation(raw, ORIGIN);
  assert(without.kind === "conversation");
  assertEquals(without.conversation.branches, undefined);
  assertEquals(without.offThread, 4);
});
