import { assertEquals } from "@std/assert";
import { type ContentPart, renderParts } from "../../src/domain/message.ts";

const RENDERED: [ContentPart[], string][] = [
  [[], ""],
  [[{ kind: "text", text: "  a " }, { kind: "text", text: "" }, {
    kind: "text",
    text: "b",
  }], "  a \nb"],
  [[{ kind: "code", text: "  x" }], "```\n  x\n```"],
  [[{ kind: "code", language: "python", text: "x" }], "```python\nx\n```"],
  [[{ kind: "code", text: "````\nx\n````" }], "`````\n````\nx\n````\n`````"],
  [[{ kind: "code", language: "python", text: "" }], ""],
  [
    [{ kind: "quote", text: "a\n\nb", title: "T", url: "u" }],
    "> a\n>\n> b\n> T — u",
  ],
  [[{ kind: "quote", text: "", url: "u" }], "> u"],
  [[{ kind: "quote", text: "" }], ""],
  [[{ kind: "asset", asset: "image", pointer: "p" }], "[Image]"],
  [[{ kind: "asset", asset: "file", name: "a.pdf" }], "[File: a.pdf]"],
  [[{ kind: "unknown", contentType: "hologram" }], "[hologram]"],
];

for (const [parts, text] of RENDERED) {
  Deno.test(`renderParts() renders ${JSON.stringify(text)}`, () => {
    assertEquals(renderParts(parts), text);
  });
}
