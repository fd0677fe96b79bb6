import { assertEquals } from "@std/assert";
import { readMessage } from "../../src/parse/message.ts";

const PLACING = { id: "m", parentId: "p", position: 3 };
const TEXT = { content_type: "text", parts: ["Hi"] };
const IMAGE = {
  content_type: "multimodal_text",
  parts: [{ content_type: "image_asset_pointer", asset_pointer: "x" }],
};

Deno.test("readMessage() reads a message of the full era", () => {
  const raw = {
    id: "other",
    author: { role: "assistant", name: null, metadata: {} },
    create_time: 1704629915.775304,
    content: TEXT,
    recipient: "all",
    metadata: { model_slug: "gpt-4o" },
  };
  assertEquals(readMessage(raw, PLACING).message, {
    ...PLACING,
    author: { role: "assistant" },
    createTime: 1704629915.775304,
    contentType: "text",
    content: "Hi",
    visible: true,
    model: "gpt-4o",
  });
});

Deno.test("readMessage() reads a message that has nothing", () => {
  assertEquals(readMessage({}, PLACING).message, {
    ...PLACING,
    author: { role: "unknown" },
    createTime: null,
    contentType: "text",
    content: "",
    visible: false,
  });
});

Deno.test("readMessage() keeps a tool's name", () => {
  const author = { role: "tool", name: "python" };
  assertEquals(
    readMessage({ author, content: TEXT }, PLACING).message.author,
    author,
  );
});

const VISIBLE: [boolean, string, Record<string, unknown>][] = [
  [true, "a user's text", { author: { role: "user" }, content: TEXT }],
  [true, "a slim answer", { author: { role: "assistant" }, content: TEXT }],
  [true, "a final answer", {
    author: { role: "assistant" },
    content: TEXT,
    recipient: "all",
    channel: "final",
  }],
  [true, "a text of weight 0", {
    author: { role: "assistant" },
    content: TEXT,
    weight: 0,
  }],
  [true, "an image of a tool", {
    author: { role: "tool", name: "dalle.text2im" },
    content: IMAGE,
  }],
  [false, "a call of a tool", {
    author: { role: "assistant" },
    content: TEXT,
    recipient: "dalle.text2im",
  }],
  [false, "code", {
    author: { role: "assistant" },
    content: { content_type: "code", text: "x" },
  }],
  [false, "commentary", {
    author: { role: "assistant" },
    content: TEXT,
    channel: "commentary",
  }],
  [false, "thoughts", {
    author: { role: "assistant" },
    content: { content_type: "thoughts", thoughts: [{ content: "x" }] },
  }],
  [false, "text of a tool", { author: { role: "tool" }, content: TEXT }],
  [false, "a page that a tool read", {
    author: { role: "tool" },
    content: { content_type: "tether_quote", text: "x" },
  }],
  [false, "the system", { author: { role: "system" }, content: TEXT }],
  [false, "custom instructions", {
    author: { role: "user" },
    content: { content_type: "user_editable_context", user_profile: "x" },
  }],
  [false, "an empty answer", {
    author: { role: "assistant" },
    content: { content_type: "text", parts: [""] },
  }],
  [false, "white space", {
    author: { role: "assistant" },
    content: { content_type: "text", parts: [" \n"] },
  }],
  [false, "what ChatGPT hides", {
    author: { role: "user" },
    content: TEXT,
    metadata: { is_visually_hidden_from_conversation: true },
  }],
];

for (const [visible, what, raw] of VISIBLE) {
  Deno.test(`readMessage() takes ${what} for ${visible ? "visible" : "hidden"}`, () => {
    assertEquals(readMessage(raw, PLACING).message.visible, visible);
  });
}

Deno.test("readMessage() keeps to whom it went, how it ended, and what has no place", () => {
  const raw = {
    author: { role: "assistant", metadata: {}, mood: "calm" },
    content: { ...TEXT, glow: 1 },
    recipient: "python",
    channel: "commentary",
    status: "in_progress",
    weight: 1,
    shade: "blue",
    metadata: {
      request_id: "r",
      dictation: true,
      finished_duration_sec: 7,
      novelty: { a: [1] },
      citations: [{ metadata: { title: "Lime", url: "https://example.org" } }],
    },
  };
  const { message } = readMessage(raw, PLACING);
  assertEquals([message.recipient, message.channel, message.status], [
    "python",
    "commentary",
    "in_progress",
  ]);
  assertEquals(message.sources, [
    { title: "Lime", url: "https://example.org" },
  ]);
  assertEquals(JSON.parse(message.extra ?? ""), {
    shade: "blue",
    dictation: true,
    finished_duration_sec: 7,
    novelty: { a: [1] },
    "author.mood": "calm",
    "content.glow": 1,
  });
});

Deno.test("readMessage() lists what came with a message, named by whatever tells a name", () => {
  const attachments = [
    {
      id: "file-Listed",
      name: "my  notes.pdf",
      mimeType: "application/pdf",
      size: 5,
    },
    { id: "file-Pictured", name: "roses.png", mime_type: "image/png" },
    { name: "nameless" },
  ];
  const content = {
    content_type: "multimodal_text",
    parts: [
      {
        content_type: "image_asset_pointer",
        asset_pointer: "file-service://file-Pictured",
        size_bytes: 9,
      },
      "See",
    ],
  };
  const raw = { author: { role: "user" }, content, metadata: { attachments } };
  const { message } = readMessage(raw, PLACING);
  assertEquals(
    message.content,
    "[File: my notes.pdf]\n[File: nameless]\n[Image: roses.png]\nSee",
  );
  assertEquals(message.attachments, [
    {
      id: "file-Pictured",
      name: "roses.png",
      type: "image/png",
      size: 9,
      exported: false,
    },
    {
      id: "file-Listed",
      name: "my notes.pdf",
      type: "application/pdf",
      size: 5,
      exported: false,
    },
    { name: "nameless", exported: false },
  ]);
});
