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
