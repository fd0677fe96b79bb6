import { assertEquals } from "@std/assert";
import { fillMessage, fillMetadata } from "../../src/domain/fill.ts";
import { conversation, message } from "../support/builders.ts";

const metadata = (fields: Parameters<typeof conversation>[0]) => {
  const { messages: _, ...rest } = conversation(fields);
  return rest;
};

Deno.test("fillMetadata() lets no absent field erase a stored one", () => {
  const stored = metadata({
    title: "Roses",
    updateTime: 7,
    model: "o3",
    voice: "cove",
    ownerId: "user-1",
    shareIds: ["s"],
    archived: true,
    pinnedTime: 5,
    projectId: "g-p-1",
    extra: "{}",
  });
  const poor = metadata({ title: null, createTime: null, updateTime: null });
  const filled = fillMetadata(poor, stored, [
    "archived",
    "pinnedTime",
    "projectId",
  ]);
  assertEquals(filled, { ...stored });
  assertEquals(fillMetadata(poor, undefined), poor);
});

Deno.test("fillMetadata() takes what a person emptied, and all that is told", () => {
  const stored = metadata({ archived: true, pinnedTime: 5, shareIds: ["s"] });
  const told = metadata({ title: "Tulips", shareIds: [] });
  assertEquals(fillMetadata(told, stored), told);
});

Deno.test("fillMessage() takes files by their ids, or by their places where they have none", () => {
  const stored = message({
    author: { role: "tool", name: "python" },
    attachments: [
      { id: "a", name: "a.png", size: 1, exported: true },
      { id: "b", name: "b.png", type: "image/png", exported: false },
    ],
  });
  const attachments = [
    { id: "b", exported: true },
    { id: "c", exported: false },
  ];
  const filled = fillMessage(
    message({ author: { role: "tool" }, attachments }),
    stored,
  );
  assertEquals(filled.author, { role: "tool", name: "python" });
  assertEquals(filled.attachments, [
    { id: "b", name: "b.png", type: "image/png", exported: true },
    { id: "c", exported: false },
  ]);
  const nameless = [{ exported: false }, { size: 2, exported: false }];
  assertEquals(
    fillMessage(message({ attachments: nameless }), stored).attachments,
    [
      { id: "a", name: "a.png", size: 1, exported: true },
      { id: "b", name: "b.png", type: "image/png", size: 2, exported: false },
    ],
  );
  assertEquals(fillMessage(message(), stored).attachments, stored.attachments);
});

Deno.test("fillMessage() keeps what a message says of its own state", () => {
  const stored = message({ status: "in_progress", recipient: "python" });
  const done = message({ content: "Done" });
  assertEquals(fillMessage(done, stored), done);
});
