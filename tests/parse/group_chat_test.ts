import { assert, assertEquals } from "@std/assert";
import { readGroupChat } from "../../src/parse/group_chat.ts";
import { Reading } from "../../src/parse/reading.ts";

const ORIGIN = { where: "group_chats.json[0]", fallbackId: () => "fallback" };

Deno.test("readGroupChat() makes a conversation of a chat, its messages in their order", () => {
  const record = readGroupChat(
    {
      id: "g1",
      name: "Holiday",
      created_at: "2025-11-20T10:00:00Z",
      updated_at: "2025-11-20T10:05:00Z",
      last_read_at: null,
      members: [{ id: "user-1" }, { id: "user-2" }],
      messages: [
        {
          id: "x",
          role: "user",
          text: "Where to?",
          attachments: [{ id: "file-Map", name: "map.png" }],
          created_at: "2025-11-20T10:00:01Z",
          updated_at: "2025-11-20T10:00:02Z",
        },
        { id: "x", role: "assistant", text: "To the sea.", attachments: [] },
        null,
        { role: "user", text: null },
      ],
    },
    ORIGIN,
    new Reading(),
  );
  assert(record.kind === "conversation");
  const { messages, ...metadata } = record.conversation;
  assertEquals(metadata, {
    id: "g1",
    title: "Holiday",
    createTime: 1763632800,
    updateTime: 1763633100,
    archived: false,
    starred: false,
    origin: "group_chat",
    extra: '{"members":[{"id":"user-1"},{"id":"user-2"}]}',
  });
  assertEquals(
    messages.map(({ id, parentId, position, author, content, visible }) => [
      id,
      parentId,
      position,
      author.role,
      content,
      visible,
    ]),
    [
      ["x", null, 0, "user", "[File: map.png]\nWhere to?", true],
      ["x~2", "x", 1, "assistant", "To the sea.", true],
      ["g1-3", "x~2", 2, "user", "", false],
    ],
  );
  assertEquals(messages[0]?.attachments, [
    { id: "file-Map", name: "map.png", exported: false },
  ]);
  assertEquals(record.issues.map(({ message }) => message), ["is no object"]);
});

Deno.test("readGroupChat() says what is no chat", () => {
  for (const odd of [null, [], {}, { messages: {} }]) {
    assertEquals(readGroupChat(odd, ORIGIN, new Reading()).kind, "failed");
  }
});
