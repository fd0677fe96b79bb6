import { assertEquals, assertMatch } from "@std/assert";
import { storableId } from "../../src/domain/id.ts";

Deno.test("storableId() keeps an id that a key can hold", () => {
  for (const id of ["a", "client-created-root", "ü".repeat(500)]) {
    assertEquals(storableId(id), id);
  }
});

Deno.test("storableId() takes a digest for any other, a different one for each", () => {
  const digests = ["", "\ud800", "\ud801", "ü".repeat(501), "x".repeat(1001)]
    .map(storableId);
  for (const id of digests) assertMatch(id, /^~[0-9a-f]{64}$/);
  assertEquals(new Set(digests).size, digests.length);
});

Deno.test("storableId() leaves its own results as they are", () => {
  assertEquals(storableId(storableId("")), storableId(""));
});
