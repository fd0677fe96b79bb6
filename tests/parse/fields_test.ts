import { assert, assertEquals } from "@std/assert";
import {
  extraJson,
  type Extras,
  FieldCounter,
  printableName,
} from "../../src/parse/fields.ts";

Deno.test("FieldCounter.take() counts every field and keeps those without a place", () => {
  const counter = new FieldCounter();
  const extras: Extras = new Map();
  counter.take("message", { id: "m", weight: 1, mood: "glad" }, extras);
  counter.take("message", { id: "n", mood: null, aura: [] }, extras);
  counter.take("metadata", { dictation: true, canvas: { version: 2 } }, extras);
  assertEquals(counter.counts(), {
    fields: {
      "message.id": 2,
      "message.weight": 1,
      "message.mood": 2,
      "message.aura": 1,
      "metadata.dictation": 1,
      "metadata.canvas": 1,
    },
    unknown: { "message.mood": 2, "message.aura": 1 },
  });
  assertEquals(Object.fromEntries(extras), {
    mood: "glad",
    dictation: true,
    canvas: { version: 2 },
  });
});

Deno.test("FieldCounter.take() leaves out what says nothing, however it is wrapped", () => {
  const extras: Extras = new Map();
  new FieldCounter().take("node", {
    a: null,
    b: [],
    c: {},
    d: "",
    e: false,
    f: [{ g: [null, ""] }],
    h: 0,
  }, extras);
  assertEquals([...extras], [["h", 0]]);
});

Deno.test("FieldCounter.take() takes names that are found on every object, and a million of them", () => {
  const counter = new FieldCounter();
  const extras: Extras = new Map();
  const odd = JSON.parse('{"__proto__":{"x":1},"constructor":2,"my words":3}');
  counter.take("author", odd, extras, "author.");
  assertEquals([...extras.keys()], [
    "author.__proto__",
    "author.constructor",
    "author.my words",
  ]);
  const { unknown } = counter.counts();
  assertEquals(unknown, { "author.(other)": 2, "author.constructor": 1 });

  const many = Object.fromEntries(
    Array.from({ length: 1e6 }, (_, index) => [`f${index}`, index]),
  );
  counter.take("content", many, extras);
  const { fields } = counter.counts();
  assert(Object.keys(fields).length < 1_000);
  const all = Object.values(fields).reduce((sum, count) => sum + count);
  assertEquals(all, 1e6 + 3);
});

Deno.test("printableName() shows names of the format and nothing that a person may have written", () => {
  for (const name of ["model_slug", "_cite_metadata", "web.run", "g-p"]) {
    assertEquals(printableName(name), name);
  }
  for (const name of ["", "two words", "__proto__", "naïve", "x".repeat(99)]) {
    assertEquals(printableName(name), "(other)");
  }
});

Deno.test("extraJson() is bounded, and says how many fields did not fit", () => {
  assertEquals(extraJson(new Map()), undefined);
  const deep: unknown[] = [];
  let inner = deep;
  for (let depth = 0; depth < 100_000; depth++) {
    const next: unknown[] = [];
    inner.push(next);
    inner = next;
  }
  const json = extraJson(
    new Map<string, unknown>([
      ["big", "x".repeat(9_000)],
      ["deep", deep],
      ["small", "\ud800"],
    ]),
  ) ?? "";
  assertEquals(JSON.parse(json), { small: "\ud800", "(omitted)": 2 });
  assert(json.isWellFormed());
});
