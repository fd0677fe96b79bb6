import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { conversationDigest, messageDigest } from "../../src/domain/digest.ts";
import type { UnreadConversation } from "../../src/domain/conversation.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { READING_VERSION, type Recognize } from "../../src/parse/recognize.ts";
import { rawConversation } from "../support/builders.ts";
import { TESTDATA } from "../support/cli.ts";
import { line, within } from "../support/exports.ts";

const KNOWN = { updateTime: 1, messages: 2, offThread: 0 };

/** Reads an export twice, the second time with what the first told of its bytes; the records of the second. */
async function readTwice(
  first: Record<string, string>,
  second: Record<string, string> = first,
): Promise<string[]> {
  const stored = new Map<string, string>();
  await within(first, async (folder) => {
    const recognize = () => undefined;
    for await (const record of parseExport(folder, { recognize })) {
      if (record.kind === "conversation" && record.source) {
        stored.set(record.conversation.id, record.source.digest);
      }
    }
  });
  let lines: string[] = [];
  await within(second, async (folder) => {
    const ask: Recognize = (unread) =>
      Promise.resolve(
        unread.map(({ id, digest }) =>
          stored.get(id) === digest ? KNOWN : undefined
        ),
      );
    const recognize = () => ask;
    lines = await Array.fromAsync(parseExport(folder, { recognize }), line);
  });
  return lines.filter((one) => one !== "inventory");
}

function chat(id: string, text = "hello", fields = {}) {
  return rawConversation(id, [{ id: `${id}-1`, text }, {
    id: `${id}-2`,
    role: "assistant",
    text: "hi",
    ...fields,
  }]);
}

const json = (...chats: unknown[]) => JSON.stringify(chats);

Deno.test("parseExport() does not parse what is stored as its bytes say, and keeps the order", async () => {
  assertEquals(
    await readTwice(
      { "conversations.json": json(chat("a"), chat("b"), chat("c")) },
      {
        "conversations.json": json(
          chat("x"),
          chat("a"),
          chat("b", "edited"),
          chat("c"),
        ),
      },
    ),
    ["x", "same: a", "b", "same: c"],
  );
});

Deno.test("parseExport() recognises bytes wherever they stand, but not in another export's light", async () => {
  const one = json(chat("a"), chat("b"));
  const spaced = `[ ${JSON.stringify(chat("b"))} ,\n  ${
    JSON.stringify(chat("a"))
  }\n]\n`;
  assertEquals(
    await readTwice({ "conversations.json": one }, {
      "conversations.json": spaced,
    }),
    ["same: b", "same: a"],
  );
  const shared = JSON.stringify([{ id: "s", conversation_id: "a" }]);
  assertEquals(
    await readTwice(
      { "conversations.json": one, "shared_conversations.json": "[]" },
      { "conversations.json": one, "shared_conversations.json": shared },
    ),
    ["a", "same: b"],
  );
});

Deno.test("parseExport() does not recognise conversations with files, unknown content or faults", async () => {
  const odd = chat("d") as { mapping: Record<string, { message: unknown }> };
  odd.mapping["d-1"]!.message = "no object";
  const export_ = {
    "conversations.json": json(
      chat("a", "hello", {
        fields: {
          metadata: { attachments: [{ id: "file-1", name: "a.png" }] },
        },
      }),
      chat("b", "hello", { content: { content_type: "hologram", rays: 3 } }),
      odd,
      chat("c"),
    ),
  };
  assertEquals(await readTwice(export_), ["a", "b", "d", "same: c"]);
});

Deno.test("parseExport() reads every copy of a conversation that comes more than once", async () => {
  const file = {
    "conversations.json": json(chat("a"), chat("a", "other"), chat("a")),
  };
  // The first is what is stored; whether a later one counts shows only when it is read.
  assertEquals(await readTwice(file), ["same: a", "a", "a"]);
  const late = { "conversations.json": json(chat("a", "other"), chat("a")) };
  assertEquals(
    await readTwice({ "conversations.json": json(chat("a")) }, late),
    ["a", "a"],
  );
});

Deno.test("parseExport() looks up many at a time, and yields all before a failure", async () => {
  const asked: number[] = [];
  const chats = Array.from({ length: 250 }, (_, index) => chat(`c${index}`));
  const cut = JSON.stringify(chats).slice(0, -20);
  await within({ "conversations.json": cut }, async (folder) => {
    const ask = (unread: readonly UnreadConversation[]) => {
      asked.push(unread.length);
      return Promise.resolve(unread.map(() => KNOWN));
    };
    const lines = await Array.fromAsync(
      parseExport(join(folder, "conversations.json"), { recognize: () => ask }),
      line,
    );
    assertEquals(lines.length, 251);
    assertEquals(lines[248], "same: c248");
    assert(lines[249]?.startsWith("unreadable: "));
    assertEquals(asked, [100, 100, 49]);
  });
  await within({ "conversations.json": json(chat("a")) }, async (folder) => {
    const recognize = () => () => Promise.reject(new Error("no answer"));
    await assertRejects(
      () => Array.fromAsync(parseExport(folder, { recognize }), line),
      Error,
      "no answer",
    );
  });
});

Deno.test("READING_VERSION is raised when the same bytes are read otherwise", async () => {
  const digests: string[] = [];
  for await (const record of parseExport(`${TESTDATA}/sample-export.zip`)) {
    if (record.kind !== "conversation") continue;
    const { conversation, layout } = record;
    const messages = conversation.messages.map(messageDigest);
    digests.push(conversationDigest(conversation, messages, layout));
  }
  digests.sort();
  // When this fails, raise READING_VERSION, or else what was stored before stays as it was read then.
  assertEquals(READING_VERSION, 1);
  assertEquals(digests, [
    "af-RaDlrgB5nwcFznUtNpr",
    "bRB0YtOKEfUcSWEYFkWB9s",
    "d6EaBTumzNUryfYw_BHkRX",
    "mezs-WGDPTqb0GSICwtQki",
    "ru3Q-aLi-1mwfiL6QzD_LT",
    "uOS8DkqRNfZvoMfE7W_5JE",
    "w7AVQEYUc78Ne3HODvfN-t",
  ]);
});
