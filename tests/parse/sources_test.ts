import { assertEquals } from "@std/assert";
import { readSources } from "../../src/parse/sources.ts";

Deno.test("readSources() takes what citations of every era name, each once", () => {
  const lime = { title: "Lime", url: "https://example.org/lime" };
  assertEquals(
    readSources({
      citations: [
        { metadata: lime },
        { metadata: { type: "file", name: "notes.pdf" } },
        { metadata: null },
      ],
      _cite_metadata: {
        metadata_list: [{ name: "Old", url: "https://o.org" }],
      },
      content_references: [
        { type: "grouped_webpages", items: [lime, { url: "https://two.org" }] },
        { type: "sources_footnote", sources: [{ title: "Three" }] },
        { type: "file", name: "table.csv" },
        { type: "image_group", items: [{ title: "no source" }] },
        { type: "hidden", url: "https://hidden.org" },
        "no object",
      ],
    }),
    [
      lime,
      { title: "notes.pdf" },
      { title: "Old", url: "https://o.org" },
      { url: "https://two.org" },
      { title: "Three" },
      { title: "table.csv" },
    ],
  );
});

Deno.test("readSources() is bounded, and takes any shape", () => {
  const citations = Array.from(
    { length: 5_000 },
    (_, index) => ({ metadata: { url: `https://example.org/${index}` } }),
  );
  assertEquals(readSources({ citations }).length, 200);
  for (const odd of [null, 7, "text", [null], {}]) {
    const metadata = {
      citations: odd,
      content_references: odd,
      _cite_metadata: odd,
    };
    assertEquals(readSources(metadata), []);
  }
});
