import { assertEquals } from "@std/assert";
import { foreignElement, foreignFile } from "../../src/parse/foreign.ts";
import { rawConversation } from "../support/builders.ts";

const ELEMENTS: [string, unknown][] = [
  ["Claude", { uuid: "1", name: "x", chat_messages: [] }],
  ["Grok", { conversation: { id: "1" }, responses: [] }],
  ["Open WebUI", { id: "1", chat: { history: { messages: {} } } }],
  ["DeepSeek", {
    id: "1",
    mapping: {
      root: { message: null },
      1: { message: { fragments: [{ type: "REQUEST", content: "x" }] } },
    },
  }],
  ["the ChatGPT Compliance API", {
    object: "compliance.workspace.conversation",
  }],
];

for (const [maker, element] of ELEMENTS) {
  Deno.test(`foreignElement() recognises an export of ${maker}`, () => {
    assertEquals(foreignElement(element), maker);
  });
}

Deno.test("foreignElement() takes everything else for ChatGPT's", () => {
  const own = rawConversation("a", [{ id: "m" }]);
  for (const element of [own, {}, { mapping: null }, null, "x", []]) {
    assertEquals(foreignElement(element), undefined);
  }
});

Deno.test("foreignFile() knows the name of Grok's file", () => {
  assertEquals(foreignFile("ttl/30d/prod-grok-backend.json"), "Grok");
  assertEquals(foreignFile("user.json"), undefined);
});
