import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fileName } from "../../src/parsed/name.ts";

const free = () => false;

Deno.test("fileName() keeps an id that is safe everywhere", () => {
  for (
    const id of [
      "67b6ad1c-88dc-800e-9a3b-000000000000",
      "A_b.c",
      "-",
      "x".repeat(200),
    ]
  ) {
    assertEquals(fileName(id, free), `${id}_parsed.json`);
  }
});

Deno.test("fileName() takes a digest for an id that is not", () => {
  const ids = [
    "",
    ".",
    "..",
    ".hidden",
    "a/b",
    "a\\b",
    "a:b",
    "ü",
    "a b",
    "~",
    "x".repeat(201),
    "con",
    "CON.a",
    "Lpt1",
    "\ud800",
    "\ud801",
  ];
  const names = ids.map((id) => fileName(id, free));
  for (const name of names) assert(/^~[0-9a-f]{32}_parsed\.json$/.test(name));
  assertEquals(new Set(names).size, ids.length);
  assertEquals(fileName("console", free), "console_parsed.json");
});

Deno.test("fileName() gives another name to an id that differs only by case", () => {
  const taken = new Set(["abc_parsed.json"]);
  const name = fileName("ABC", (lower) => taken.has(lower));
  assertNotEquals(name.toLowerCase(), "abc_parsed.json");
});
