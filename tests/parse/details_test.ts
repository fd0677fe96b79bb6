import { assertEquals } from "@std/assert";
import { countUsed, detailsOf, readDetails } from "../../src/parse/details.ts";

const FILES = {
  user: { id: "user-1", email: "a@example.org" },
  shared: [
    { id: "s1", conversation_id: "c1", title: "x" },
    { id: "s2", conversation_id: "c1" },
    { conversation_id: "c1" },
    null,
  ],
  feedback: [
    {
      id: "m1",
      conversation_id: "c1",
      rating: "thumbsUp",
      create_time: "2024-01-02T03:04:05Z",
      content: "{}",
    },
    { id: "m2", conversation_id: "c2", rating: "thumbsDown", content: "wrong" },
    { id: "m3", conversation_id: "c2" },
  ],
};

Deno.test("readDetails() tells whose the export is, what was shared and what was rated", () => {
  const details = readDetails(FILES);
  assertEquals(detailsOf(details, "c1"), {
    ownerId: "user-1",
    shareIds: ["s1", "s2"],
    feedback: [{ id: "m1", rating: "thumbsUp", time: 1704164645 }],
  });
  assertEquals(detailsOf(details, "c2"), {
    ownerId: "user-1",
    shareIds: [],
    feedback: [{ id: "m2", rating: "thumbsDown", text: "wrong" }],
  });
  assertEquals(countUsed(details, new Set(["c1"])), {
    "shared_conversations.json": { records: 2, used: 2 },
    "message_feedback.json": { records: 2, used: 1 },
  });
});

Deno.test("readDetails() tells an export that says nothing from one that says there is nothing", () => {
  assertEquals(detailsOf(readDetails({}), "c"), {});
  assertEquals(detailsOf(readDetails({ shared: [], feedback: [] }), "c"), {
    shareIds: [],
    feedback: [],
  });
  const odd = { user: [], shared: {}, feedback: "x" };
  assertEquals(detailsOf(readDetails(odd), "c"), {});
});
