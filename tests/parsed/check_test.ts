import { assertEquals, assertThrows } from "@std/assert";
import { Field } from "../../src/parsed/check.ts";

Deno.test("Field names the place of what is wrong", () => {
  const top = new Field({ a: [{ b: 1 }] });
  const [item] = top.get("a").list();
  assertThrows(
    () => item?.get("b").string(),
    TypeError,
    "a[0].b: expected a string",
  );
  assertThrows(() => new Field(1).list(), TypeError, "top: expected a list");
});

Deno.test("Field.get() sees only an object's own fields", () => {
  assertEquals(new Field({}).get("constructor").absent, true);
});

Deno.test("Field.optional() leaves out what is absent", () => {
  const top = new Field({ a: "x" });
  const text = (field: Field) => field.string();
  assertEquals({ ...top.optional("a", text), ...top.optional("b", text) }, {
    a: "x",
  });
});
