import { assertEquals } from "@std/assert";
import { isObject, listOf, objectOf, textOf } from "../../src/parse/raw.ts";

Deno.test("isObject() accepts neither null nor lists", () => {
  assertEquals([{}, null, [], "x", 1, undefined].map(isObject), [
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("objectOf(), listOf() and textOf() give something usable for anything", () => {
  assertEquals([objectOf({ a: 1 }), objectOf([1])], [{ a: 1 }, {}]);
  assertEquals([listOf([1]), listOf({ 0: 1 })], [[1], []]);
  assertEquals(["a\ud800", "", 1, null].map(textOf), [
    "a\ufffd",
    undefined,
    undefined,
    undefined,
  ]);
});
