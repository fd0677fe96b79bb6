import { assertEquals, assertThrows } from "@std/assert";
import {
  formatConversation,
  isOurs,
  type ParsedConversation,
  readConversation,
} from "../../src/parsed/format.ts";
import { message, record, thread } from "../support/builders.ts";

const FULL: ParsedConversation = {
  ...record({
    model: "gpt-4o",
    projectId: "g-p-1",
    gizmoId: "g-2",
    gizmoName: "Gardener",
    pinnedTime: 2.5,
    origin: "group_chat",
    voice: "breeze",
    memoryScope: "global_enabled",
    ownerId: "user-1",
    shareIds: ["s"],
    feedback: [
      { id: "a", rating: "thumbsUp", time: 1, text: "t" },
      { id: "b", rating: "thumbsDown" },
    ],
    extra: "{}",
    title: null,
    createTime: null,
    messages: [
      message({
        id: "a",
        author: { role: "tool", name: "python" },
        content: "  x\n\u2028",
        model: "m",
      }),
      message({
        id: "b",
        parentId: "a",
        position: 1,
        createTime: null,
        visible: false,
        recipient: "python",
        channel: "commentary",
        status: "in_progress",
        attachments: [
          { id: "f", name: "n", type: "t", size: 1, exported: true },
          { exported: false },
        ],
        sources: [{ title: "t", url: "u" }, {}],
        extra: '{"a":1}',
      }),
    ],
    branches: [message({ id: "x", position: 7, branch: "x" })],
  }),
  untold: ["archived", "gizmoId"],
  gap: "before",
  offThread: 3,
  issues: [{
    code: "bad-message",
    where: "x[0]",
    message: "m",
    conversationId: "c0",
    messageId: "z",
  }],
  unknownTypes: { hologram: 2 },
};

Deno.test("readConversation() reads what formatConversation() writes", () => {
  for (const one of [FULL, record(), record({ messages: [] })]) {
    assertEquals(readConversation(formatConversation(one), "any"), one);
  }
});

Deno.test("formatConversation() writes for people, its own name first", () => {
  const text = formatConversation(record());
  assertEquals(text.split("\n").slice(0, 4), [
    "{",
    '  "format": "chatkeep/conversation",',
    '  "version": 1,',
    '  "id": "c0",',
  ]);
});

Deno.test("isOurs() tells our files from others", () => {
  const text = formatConversation(record());
  assertEquals(
    [text, text.slice(0, 100), JSON.stringify(JSON.parse(text))].map(isOurs),
    [true, true, true],
  );
  assertEquals(["", "[]", "{}", '{"format":"other"}', `x${text}`].map(isOurs), [
    false,
    false,
    false,
    false,
    false,
  ]);
});

// deno-lint-ignore no-explicit-any
const WRONG: [string, (file: any) => void][] = [
  [
    'format: expected "chatkeep/conversation", found a value of type string',
    (file) => file.format = "secret",
  ],
  [
    "version: expected 1, found a value of type number",
    (file) => file.version = 2,
  ],
  [
    "id: expected an id of 1 to 1,000 bytes, found a value of type string",
    (file) => file.id = "",
  ],
  ["title: expected a string, found nothing", (file) => delete file.title],
  [
    "archived: expected true or false, found null",
    (file) => file.archived = null,
  ],
  [
    "messages: expected a list, found an object".replace(
      "an object",
      "a value of type object",
    ),
    (file) => file.messages = {},
  ],
  [
    "messages[1].author: expected an object, found a value of type string",
    (file) => file.messages[1].author = "secret",
  ],
  [
    "messages[0].author.role: expected a string, found null",
    (file) => file.messages[0].author.role = null,
  ],
  [
    "messages[1].position: expected 1, found a value of type number",
    (file) => file.messages[1].position = 0,
  ],
  [
    "messages[0].createTime: expected a number, found a value of type string",
    (file) => file.messages[0].createTime = "secret",
  ],
  [
    "messages[0].content: expected well-formed Unicode, found a value of type string",
    (file) => file.messages[0].content = "secret\ud800",
  ],
  ["messages[1]: its id is there twice", (file) => file.messages[1].id = "m0"],
  [
    "offThread: expected a whole number, found a value of type number",
    (file) => file.offThread = -1,
  ],
  ["issues[0].code: expected", (file) => file.issues = [{ code: "secret" }]],
  [
    "unknownTypes.x: expected a whole number, found a list",
    (file) => file.unknownTypes = { x: [] },
  ],
];

for (const [text, spoil] of WRONG) {
  Deno.test(`readConversation() says: ${text}`, () => {
    const file = JSON.parse(
      formatConversation(record({ messages: thread("a", "b") })),
    );
    spoil(file);
    const error = assertThrows(
      () => readConversation(JSON.stringify(file), "x"),
      TypeError,
      text,
    );
    assertEquals(error.message.includes("secret"), false);
  });
}

Deno.test("readConversation() refuses what is no JSON without quoting it", () => {
  const error = assertThrows(
    () => readConversation('{"secret": oops', "x"),
    SyntaxError,
  );
  assertEquals(error.message, "is no valid JSON");
});

Deno.test("readConversation() reads a list of the Python pipeline", () => {
  const list = [
    { MessageID: "a", Timestamp: 1700000001.5, Author: "user", Content: "Hi" },
    {
      MessageID: "b",
      Timestamp: null,
      Author: "assistant",
      Content: "Hello\ud83d",
    },
    { MessageID: "d", Timestamp: 1700000009, Author: "", Content: null },
  ];
  const { conversation } = readConversation(JSON.stringify(list), "chat-1");
  const { messages, ...metadata } = conversation;
  assertEquals(metadata, {
    id: "chat-1",
    title: null,
    createTime: 1700000001.5,
    updateTime: 1700000009,
    archived: false,
    starred: false,
  });
  assertEquals(messages, [
    message({ id: "a", createTime: 1700000001.5, content: "Hi" }),
    message({
      id: "b",
      parentId: "a",
      position: 1,
      createTime: null,
      author: { role: "assistant" },
      content: "Hello\ufffd",
    }),
    message({
      id: "d",
      parentId: "b",
      position: 2,
      createTime: 1700000009,
      author: { role: "unknown" },
      content: "",
    }),
  ]);
});

Deno.test("readConversation() reads an empty list of the Python pipeline", () => {
  const { conversation } = readConversation("[]", "chat-1");
  assertEquals([conversation.messages, conversation.createTime], [[], null]);
});
