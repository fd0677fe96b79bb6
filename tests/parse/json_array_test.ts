import { assert, assertEquals, assertRejects } from "@std/assert";
import { JsonTextError, splitJson } from "../../src/parse/json_array.ts";

const ENCODER = new TextEncoder();

/** The bytes in chunks of a size, or of sizes that a function gives. */
function* cut(
  bytes: Uint8Array,
  size: () => number,
): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const end = at + size();
    yield bytes.slice(at, end);
    at = end;
  }
}

interface Split {
  readonly values: unknown[];
  readonly error?: unknown;
}

async function split(
  text: string | Uint8Array,
  size: () => number = () => 7,
  maxElementBytes = 1e6,
): Promise<Split> {
  const bytes = typeof text === "string" ? ENCODER.encode(text) : text;
  const values: unknown[] = [];
  try {
    for await (
      const element of splitJson(cut(bytes, size), { maxElementBytes })
    ) {
      assertEquals(element.index, values.length);
      if (element.bytes === undefined) {
        assert(element.size > maxElementBytes);
        values.push(undefined);
        continue;
      }
      const json = new TextDecoder().decode(element.bytes);
      const there = bytes.slice(element.offset, element.offset + 3);
      assert(json.startsWith(new TextDecoder().decode(there).slice(0, 1)));
      values.push(JSON.parse(json));
    }
    return { values };
  } catch (error) {
    return { values, error };
  }
}

/** Random numbers that are the same in each run (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  "\\",
  '"',
  '\\"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\n",
  "\u0000",
  "ü",
  "漢",
  "😀",
  "\ud83d",
  "conversations",
  " ",
  "\u2028",
  "\ue200",
  "NaN",
  "/",
];

function randomText(next: () => number): string {
  const length = Math.floor(next() * 6);
  return Array.from(
    { length },
    () => PIECES[Math.floor(next() * PIECES.length)],
  ).join("");
}

function randomValue(next: () => number, depth: number): unknown {
  const kind = Math.floor(next() * (depth > 3 ? 5 : 8));
  if (kind === 0) return null;
  if (kind === 1) return next() < 0.5;
  if (kind === 2) return Math.round((next() - 0.5) * 1e6) / 100;
  if (kind <= 4) return randomText(next);
  const items = Array.from(
    { length: Math.floor(next() * 4) },
    () => randomValue(next, depth + 1),
  );
  if (kind === 5) return items;
  return Object.fromEntries(items.map((item) => [randomText(next), item]));
}

function stringify(value: unknown, next: () => number): string {
  const indent = [undefined, undefined, 1, "\t"][Math.floor(next() * 4)];
  const json = JSON.stringify(value, undefined, indent);
  // Half of the texts in ASCII, as Python writes them.
  return next() < 0.5 ? json : json.replace(
    /[\u0080-\uffff]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

Deno.test("splitJson() yields what JSON.parse() does, however the text is cut", async () => {
  const next = random(20261124);
  for (let run = 0; run < 1500; run++) {
    const list = Array.from(
      { length: Math.floor(next() * 5) },
      () => randomValue(next, 0),
    );
    const wrapped = next() < 0.3;
    const top = wrapped
      ? {
        title: randomText(next),
        before: randomValue(next, 1),
        conversations: list,
        after: randomValue(next, 1),
      }
      : list;
    const mark = next() < 0.2 ? "\ufeff" : "";
    const text = `${mark}${stringify(top, next)}${next() < 0.3 ? "\n " : ""}`;
    const most = 1 + Math.floor(next() * 40);
    const { values, error } = await split(
      text,
      () => 1 + Math.floor(next() * most),
    );
    assertEquals(error, undefined, text);
    // Through the same encoding, which replaces lone surrogates.
    const expected = JSON.parse(
      new TextDecoder().decode(ENCODER.encode(JSON.stringify(list))),
    );
    assertEquals(values, expected, text);
  }
});

Deno.test("splitJson() yields every complete element of a text cut off anywhere", async () => {
  const list = [{ a: '}]"\\' }, [1, [2]], "three,", 4, { b: { c: null } }];
  for (
    const text of [
      JSON.stringify(list),
      JSON.stringify({ x: [0], conversations: list }),
    ]
  ) {
    for (let end = 0; end < text.length; end++) {
      const { values, error } = await split(text.slice(0, end), () => 3);
      assertEquals(values, list.slice(0, values.length));
      assert(error instanceof JsonTextError, text.slice(0, end));
      assertEquals(error.offset, end);
      assertEquals(error.fault, end === 0 ? "not-json" : "truncated");
    }
  }
});

Deno.test("splitJson() yields a lone object as one element", async () => {
  const object = {
    mapping: { conversations: [1] },
    b: ["conversations", [2]],
    title: "conversations",
  };
  for (const size of [1, 2, 1000]) {
    const { values, error } = await split(JSON.stringify(object), () => size);
    assertEquals([values, error], [[object], undefined]);
  }
});

Deno.test("splitJson() marks only a lone object as the whole text", async () => {
  const whole = async (text: string) =>
    await Array.fromAsync(
      splitJson([ENCODER.encode(text)]),
      (one) => one.whole,
    );
  assertEquals(await whole('{"mapping":{}}'), [true]);
  assertEquals(await whole('{"conversations":[{}]}'), [false]);
  assertEquals(await whole("[{}]"), [false]);
});

Deno.test("splitJson() tells the offset of each element", async () => {
  const elements = splitJson(
    cut(ENCODER.encode('[ {"ä":1},\n\n2 , "x"]'), () => 4),
  );
  assertEquals(await Array.fromAsync(elements, ({ offset }) => offset), [
    2,
    13,
    17,
  ]);
});

Deno.test("splitJson() keeps neighbours of an element that is no JSON", async () => {
  const texts = await Array.fromAsync(
    splitJson([ENCODER.encode('[{"a":1},{"b":NaN},{bad},,{"c":2}]')]),
    ({ bytes }) => new TextDecoder().decode(bytes),
  );
  assertEquals(texts, ['{"a":1}', '{"b":NaN}', "{bad}", "", '{"c":2}']);
});

const REFUSED: [string, string, JsonTextError["fault"], number][] = [
  ["data after a list", "[1] x", "trailing", 4],
  ["a list behind an object", '{"a":1}\n[2]', "trailing", 8],
  ["an object behind a list", '[1]{"a":1}', "trailing", 3],
  ["a bare value", ' "text"', "not-json", 1],
  ["white space", "  \n", "not-json", 3],
  ["a brace that closes a list", "[1}", "not-json", 2],
  ["a byte order mark in the middle", " \ufeff[]", "not-json", 1],
];

for (const [name, text, fault, offset] of REFUSED) {
  Deno.test(`splitJson() refuses ${name}`, async () => {
    for (const size of [1, 100]) {
      const { error } = await split(text, () => size);
      assert(error instanceof JsonTextError);
      assertEquals([error.fault, error.offset], [fault, offset]);
    }
  });
}

Deno.test("splitJson() passes over an element that is too large", async () => {
  const text = `[{"a":1},{"a":"${"x".repeat(50)}"},{"b":"]"}]`;
  for (const size of [1, 9, 30, 1000]) {
    const { values, error } = await split(text, () => size, 40);
    assertEquals(values, [{ a: 1 }, undefined, { b: "]" }]);
    assertEquals(error, undefined);
  }
});

Deno.test("splitJson() takes objects one after the other, as in NDJSON", async () => {
  const text =
    '{"a":"\\n{"}\n{"b":{"c":[]}}\r\n\n{"conversations":[{"d":1}]} {"e":2}';
  for (const size of [1, 7, 1000]) {
    const { values, error } = await split(text, () => size);
    assertEquals(error, undefined);
    assertEquals(values, [{ a: "\n{" }, { b: { c: [] } }, { d: 1 }, { e: 2 }]);
  }
});

Deno.test("splitJson() passes an error of its source on", async () => {
  const source = (function* () {
    yield ENCODER.encode("[1,");
    throw new RangeError("gone");
  })();
  await assertRejects(
    () => Array.fromAsync(splitJson(source)),
    RangeError,
    "gone",
  );
});
