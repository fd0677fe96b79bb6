import { assertEquals } from "@std/assert";
import { assetLabel, fillLabels } from "../../src/domain/label.ts";

Deno.test("assetLabel() names what it stands for", () => {
  assertEquals(assetLabel({ kind: "asset", asset: "image" }), "[Image]");
  assertEquals(
    assetLabel({ kind: "asset", asset: "file", name: "a].pdf" }),
    "[File: a].pdf]",
  );
});

Deno.test("fillLabels() takes names over where nothing else differs", () => {
  const cases: [text: string, stored: string | undefined, filled: string][] = [
    ["[Image]", "[Image: a]", "[Image: a]"],
    [
      "[Image]\nb\n[File]",
      "[Image: a]\nb\n[File: c]",
      "[Image: a]\nb\n[File: c]",
    ],
    [
      "[Image: new]\n[File]",
      "[Image: old]\n[File: c]",
      "[Image: new]\n[File: c]",
    ],
    ["[Image]\n[File: c]", "[Image]\n[File]", "[Image]\n[File: c]"],
    ["[Image]", "[Image: $1$&]", "[Image: $1$&]"],
    ["[Image]", "[Audio: a]", "[Image]"],
    ["[Image]\nshort", "[Image: a]\nshorter", "[Image]\nshort"],
    ["see [Image]", "see [Image: a]", "see [Image]"],
    ["[Image]", undefined, "[Image]"],
    ["plain", "other", "plain"],
  ];
  for (const [text, stored, filled] of cases) {
    assertEquals(fillLabels(text, stored), filled);
  }
});
