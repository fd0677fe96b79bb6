import { assertEquals } from "@std/assert";
import { readCanvas } from "../../src/parse/canvas.ts";

function call(text: string, recipient = "canmore.create_textdoc") {
  return readCanvas({ recipient, content: { content_type: "code", text } });
}

Deno.test("readCanvas() reads a document", () => {
  assertEquals(call('{"name":"Plan","type":"document","content":"# Plan"}'), [
    { kind: "text", text: "Plan" },
    { kind: "text", text: "# Plan" },
  ]);
});

Deno.test("readCanvas() reads a program with its language", () => {
  assertEquals(call('{"type":"code/python","content":"a\\n  b"}'), [
    { kind: "code", language: "python", text: "a\n  b" },
  ]);
});

Deno.test("readCanvas() leaves alone what is no new document", () => {
  assertEquals(call('{"content":"cut of'), undefined);
  assertEquals(call("[]"), undefined);
  assertEquals(call('{"content":1}'), undefined);
  assertEquals(call('{"content":"x"}', "canmore.update_textdoc"), undefined);
});
