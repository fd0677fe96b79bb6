import { assertEquals } from "@std/assert";
import { batches, put } from "../../src/store/batch.ts";
import {
  decodeMessage,
  encodeHead,
  encodeMessage,
} from "../../src/store/items.ts";
import { utf8Length } from "../../src/store/values.ts";
import { conversation, message } from "../support/builders.ts";

Deno.test("utf8Length() agrees with TextEncoder on any well-formed text", () => {
  const pieces = [
    "a",
    "\u0000",
    "é",
    "\u07ff",
    "\u0800",
    "数",
    "\uffff",
    "👩",
    "\u{10ffff}",
  ];
  let state = 7;
  for (let run = 0; run < 500; run++) {
    let text = "";
    for (let length = run % 40; length > 0; length--) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      text += pieces[state % pieces.length];
    }
    assertEquals(
      utf8Length(text),
      new TextEncoder().encode(text).length,
      JSON.stringify(text),
    );
  }
});

Deno.test("encodeMessage() writes the attributes of the Python pipeline under their names", () => {
  const one = message({
    id: "m",
    createTime: 1_700_000_000.5,
    content: "Hello",
  });
  const item = encodeMessage("c", { message: one, digest: "d" });
  assertEquals(item["ConversationID"], { S: "CONV#c" });
  assertEquals(item["ItemType"], { S: "MSG#m" });
  assertEquals(item["MessageID"], { S: "m" });
  assertEquals(item["Author"], { S: "user" });
  assertEquals(item["Timestamp"], { N: "1700000000.5" });
  assertEquals(item["Content"], { S: "Hello" });
});

Deno.test("encodeMessage() and encodeHead() leave out what the export does not give", () => {
  const item = encodeMessage("c", {
    message: message({ createTime: null }),
    digest: "d",
  });
  for (const name of ["Timestamp", "ParentMessageID", "Model", "AuthorName"]) {
    assertEquals(item[name], undefined);
  }
  const head = encodeHead(
    conversation({ title: null, createTime: null, updateTime: null }),
    {
      digest: undefined,
      messageCount: 1,
      revision: 1,
      run: "r",
    },
  );
  for (const name of ["Title", "CreateTime", "UpdateTime", "Model", "Digest"]) {
    assertEquals(head[name], undefined);
  }
});

Deno.test("decodeMessage() reads a row of the Python pipeline", () => {
  const row = decodeMessage({
    ConversationID: { S: "CONV#c" },
    ItemType: { S: "MSG#m" },
    Timestamp: { N: "1700000000.25" },
    Author: { S: "assistant" },
    Content: { S: "Hi" },
  });
  assertEquals(row, {
    layout: "text",
    messageId: "m",
    message: {
      author: { role: "assistant" },
      content: "Hi",
      createTime: 1_700_000_000.25,
      parentId: null,
    },
  });
});

Deno.test("batches() cuts by number and by size, and keeps the order", () => {
  const write = (content: string, id = "m") => {
    const one = { message: message({ id, content }), digest: "d" };
    return put(encodeMessage("c", one), id, false);
  };
  const small = Array.from(
    { length: 60 },
    (_, index) => write("x", `m${index}`),
  );
  const cut = [...batches(small, 25)];
  assertEquals(cut.map((batch) => batch.length), [25, 25, 10]);
  assertEquals(cut.flat(), small);
  const large = Array.from({ length: 25 }, () => write("x".repeat(400_000)));
  for (const batch of batches(large, 25)) {
    const bytes = batch.reduce((sum, { size }) => sum + size, 0);
    assertEquals(bytes <= 4 * 2 ** 20, true);
  }
  // Each of these characters is six in JSON.
  for (const [length, most] of [[400_000, 25], [24_000, 100]] as const) {
    const inflated = Array.from(
      { length: 100 },
      () => write("\u0001".repeat(length)),
    );
    for (const batch of batches(inflated, most)) {
      assertEquals(JSON.stringify(batch).length < 16 * 10 ** 6, true);
    }
  }
  assertEquals([...batches([], 25)], []);
});
