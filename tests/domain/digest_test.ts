import { assertEquals, assertMatch } from "@std/assert";
import type { Message } from "../../src/domain/message.ts";
import { conversationDigest, messageDigest } from "../../src/domain/digest.ts";
import { conversation, message } from "../support/builders.ts";

const CHANGES: Partial<Message>[] = [
  {},
  { id: "other" },
  { parentId: "p" },
  { position: 1 },
  { author: { role: "assistant" } },
  { author: { role: "user", name: "x" } },
  { createTime: null },
  { createTime: 0 },
  { contentType: "code" },
  { content: "" },
  { content: "hello" },
  { visible: false },
  { model: "gpt-4o" },
  { branch: "x" },
  { recipient: "x" },
  { channel: "x" },
  { status: "x" },
  { attachments: [{ id: "x", exported: true }] },
  { attachments: [{ id: "x", exported: false }] },
  { sources: [{ url: "x" }] },
  { extra: "x" },
];

Deno.test("messageDigest() differs for each field that is stored", () => {
  const digests = CHANGES.map((fields) => messageDigest(message(fields)));
  assertEquals(new Set(digests).size, CHANGES.length);
  for (const digest of digests) assertMatch(digest, /^[\w-]{22}$/);
});

Deno.test("messageDigest() takes the same message for the same", () => {
  const { content, ...rest } = message({ content: "漢字 😀" });
  assertEquals(
    messageDigest({ content, ...rest }),
    messageDigest({ ...rest, content }),
  );
});

Deno.test("messageDigest() does not mistake content for metadata", () => {
  assertEquals(
    messageDigest(message({ model: "a", content: "b" })) ===
      messageDigest(message({ model: "ab", content: "" })),
    false,
  );
});

Deno.test("conversationDigest() differs for metadata, messages and their order", () => {
  const digests = [
    conversationDigest(conversation(), ["a", "b"]),
    conversationDigest(conversation(), ["b", "a"]),
    conversationDigest(conversation(), ["a"]),
    ...[
      { id: "x" },
      { title: null },
      { createTime: null },
      { updateTime: null },
      { model: "m" },
      { projectId: "m" },
      { gizmoId: "m" },
      { archived: true },
      { starred: true },
      { gizmoName: "m" },
      { pinnedTime: 1 },
      { origin: "m" },
      { voice: "m" },
      { memoryScope: "m" },
      { ownerId: "m" },
      { shareIds: ["m"] },
      { feedback: [{ id: "m", rating: "thumbsUp" }] },
      { extra: "m" },
    ].map((fields) => conversationDigest(conversation(fields), ["a", "b"])),
  ];
  assertEquals(new Set(digests).size, digests.length);
  // An empty list is stored as none.
  assertEquals(
    conversationDigest(conversation({ shareIds: [], feedback: [] }), ["a"]),
    conversationDigest(conversation(), ["a"]),
  );
});
