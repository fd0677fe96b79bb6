import { assertEquals } from "@std/assert";
import { emptyInventory } from "../../src/domain/inventory.ts";
import { renderDrift, renderInventory } from "../../src/render/inventory.ts";

Deno.test("renderInventory() lists files by use, and everything that was counted", () => {
  const text = renderInventory({
    ...emptyInventory([
      { name: "x/conversations.json", size: 1, use: "conversations" },
      { name: "x/user.json", size: 1, use: "details" },
      { name: "x/file-a.png", size: 1, use: "asset" },
      { name: "x/sora.json", size: 1, use: "ignored", why: "videos of Sora" },
    ]),
    contentTypes: { text: 12, code: 3 },
    unknownFields: { "message.mood": 1 },
    details: { "message_feedback.json": { records: 3, used: 2 } },
  });
  assertEquals(
    text,
    `Files  4 seen = 1 conversations + 1 details + 1 assets + 1 ignored
Read for conversations:
  x/conversations.json
Read for details:
  x/user.json
Ignored:
  x/sora.json: videos of Sora
message_feedback.json: 2 of 3 records belong to conversations of this export
Content types:
         3  code
        12  text
Fields not known:
         1  message.mood`,
  );
});

Deno.test("renderInventory() bounds what it lists", () => {
  const files = Array.from({ length: 50 }, (_, index) => ({
    name: `x/${index}`,
    size: 1,
    use: "ignored" as const,
    why: "not known",
  }));
  const lines = renderInventory(emptyInventory(files)).split("\n");
  assertEquals([lines.length, lines.at(-1)], [43, "  and 10 more"]);
});

Deno.test("renderDrift() tells news from nothing new", () => {
  assertEquals(
    renderDrift({ unknown: { contentTypes: { hologram: 1 } } }),
    `Not known to this version:
  Content types:
           1  hologram
No earlier export of this account to compare with`,
  );
  assertEquals(
    renderDrift({ unknown: {}, added: { layouts: { slim: 2 } }, gone: {} }),
    `Not known to this version: nothing
New since the last export:
  Layouts of conversations:
           2  slim
Gone since the last export: nothing`,
  );
});
