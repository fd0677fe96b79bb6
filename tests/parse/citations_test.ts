import { assert, assertEquals } from "@std/assert";
import { cleanText } from "../../src/parse/citations.ts";

const CITE = "\ue200cite\ue202turn0search3\ue202turn1news2\ue201";

Deno.test("cleanText() puts a reference's alternative text in the place of its span", () => {
  const references = [
    {
      type: "grouped_webpages",
      matched_text: CITE,
      alt: "([A](https://a.example))",
    },
    { type: "sources_footnote", matched_text: " ", alt: "x" },
  ];
  assertEquals(
    cleanText(`One ${CITE} two ${CITE}.`, references),
    "One ([A](https://a.example)) two ([A](https://a.example)).",
  );
});

Deno.test("cleanText() removes a span whose reference has no alternative text", () => {
  for (const alt of [undefined, null, "", 3]) {
    assertEquals(
      cleanText(`One${CITE}.`, [{ matched_text: CITE, alt }]),
      "One.",
    );
  }
});

Deno.test("cleanText() removes marks without references", () => {
  assertEquals(cleanText(`One${CITE}.`, undefined), "One.");
  assertEquals(cleanText("One\ue202turn0search0.", null), "One.");
  assertEquals(cleanText("One\ue200cite\ue202turn0search0", []), "One");
});

Deno.test("cleanText() keeps the text of highlighted spans", () => {
  assertEquals(cleanText("a \ue203bold claim\ue204 b", []), "a bold claim b");
});

Deno.test("cleanText() keeps names and links that stand in a sentence", () => {
  const entity =
    '\ue200entity\ue202["software","Docker","runs containers"]\ue201';
  assertEquals(cleanText(`Use ${entity} here`, []), "Use Docker here");
  assertEquals(
    cleanText(`Use ${entity} here`, [{
      type: "entity",
      matched_text: entity,
      name: "Docker",
    }]),
    "Use Docker here",
  );
  assertEquals(cleanText("\ue200entity\ue202[broken\ue201!", []), "!");
  assertEquals(
    cleanText("See \ue200url\ue202the page\ue202https://a.example/\ue201", []),
    "See [the page](https://a.example/)",
  );
});

Deno.test("cleanText() replaces brackets of 2024 only where a reference lists them", () => {
  const text = "Yes【12†source】 and【3†b】.";
  assertEquals(cleanText(text, []), text);
  assertEquals(
    cleanText(text, [{
      matched_text: "【12†source】",
      alt: " [a](https://a.example)",
    }]),
    "Yes [a](https://a.example) and【3†b】.",
  );
});

Deno.test("cleanText() leaves a text without marks as it is", () => {
  const text = "  I typed turn0search0 and \uf8ff.\n";
  assertEquals(cleanText(text, [{ matched_text: " ", alt: "x" }]), text);
});

Deno.test("cleanText() takes time in proportion to the text", () => {
  const start = performance.now();
  cleanText("\ue200cite\ue202".repeat(200_000), []);
  cleanText("\ue200" + "turn0".repeat(200_000) + "【".repeat(200_000), []);
  assert(performance.now() - start < 2000);
});
