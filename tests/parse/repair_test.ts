import { assertEquals } from "@std/assert";
import { repairJson } from "../../src/parse/repair.ts";

Deno.test("repairJson() turns numbers that JSON lacks into null", () => {
  assertEquals(
    JSON.parse(repairJson('{"a":NaN,"b":[Infinity,-Infinity],"c":-1.5}')),
    { a: null, b: [null, null], c: -1.5 },
  );
});

Deno.test("repairJson() leaves those words alone inside strings", () => {
  const text = '{"NaN":"NaN \\" Infinity","x\\\\":NaN}';
  assertEquals(JSON.parse(repairJson(text)), {
    NaN: 'NaN " Infinity',
    "x\\": null,
  });
});

Deno.test("repairJson() escapes control characters inside strings", () => {
  assertEquals(JSON.parse(repairJson('\n{"a":\t"1\n2\t3\u0000"}')), {
    a: "1\n2\t3\u0000",
  });
});

Deno.test("repairJson() ends at a string that does not", () => {
  assertEquals(repairJson('["a\\"'), '["a\\"');
});
