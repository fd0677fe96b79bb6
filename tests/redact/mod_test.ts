/** That no word of an export survives in its copy, and its shape does. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { memorySource } from "../../src/parse/bytes.ts";
import { readZip } from "../../src/parse/zip.ts";
import { openCopy } from "../../src/redact/copy.ts";
import { redactExport } from "../../src/redact/mod.ts";
import { Random } from "../fuzz/random.ts";
import {
  type Json,
  rawConversation,
  type RawTurn,
} from "../support/builders.ts";
import { contents, type Files, within } from "../support/exports.ts";
import { sampleFiles } from "../support/sample_export.ts";
import { makeZip } from "../support/zip.ts";

const ALPHABETS = [
  "abcdefghijklmnopqrstuvwxyz",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  "äöüßéèñçåø",
  "абвгдежзийклмноп",
  "αβγδεζηθικλμν",
  "数据信息秘密计划",
  "ひらがなかたち",
  "한국어비밀계획",
  "שלוםסודתכנית",
  "سلامسرخطة",
].map((letters) => [...letters]);

/** Makes words up, and remembers each. */
class Words {
  readonly all: string[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  word(alphabet = this.#random.pick(ALPHABETS)): string {
    // Shorter ones are parts of the words of the format.
    const length = 7 + this.#random.below(6);
    let word = "";
    while (word.length < length) word += this.#random.pick(alphabet);
    this.all.push(word);
    return word;
  }

  text(): string {
    return Array.from({ length: 1 + this.#random.below(6) }, () => this.word())
      .join(this.#random.pick([" ", "\n", ", ", "/", '"']));
  }

  /** For names of files and keys, where few alphabets are used. */
  plain(): string {
    return this.word(ALPHABETS[0]);
  }
}

function turn(random: Random, words: Words, id: string): RawTurn {
  const text = () => words.text();
  const file = `file-${"Abc1".repeat(5)}${random.below(9)}`;
  return {
    id: random.below(3) === 0 ? `${id} ${words.word()}` : id,
    role: random.pick(["user", "assistant", "tool", words.plain()]),
    name: random.pick([undefined, "python", words.plain()]) as string,
    content: random.pick<unknown>([
      { content_type: "text", parts: [text(), text()] },
      {
        content_type: "multimodal_text",
        parts: [{
          content_type: "image_asset_pointer",
          asset_pointer: `file-service://${file}`,
          metadata: { dalle: { prompt: text(), seed: 12345 } },
        }, text()],
      },
      {
        content_type: "code",
        language: random.pick(["python", words.plain()]),
        text: JSON.stringify({ [words.word()]: text() }),
      },
      {
        content_type: "tether_quote",
        url: `https://${words.plain()}.org/${words.plain()}?q=${words.plain()}`,
        title: text(),
        text: text(),
        domain: words.plain(),
      },
      {
        content_type: "thoughts",
        thoughts: [{ summary: text(), content: text() }],
      },
      { content_type: "hologram", mesh: { [words.word()]: [text(), 1] } },
      text(),
    ]),
    fields: {
      recipient: random.pick(["all", "python", words.plain()]),
      novelty: { [words.word()]: text() },
      metadata: {
        model_slug: random.pick(["gpt-4o", words.plain()]),
        args: [text(), { [words.word()]: text() }],
        kwargs: { [words.word()]: text() },
        attachments: [{
          id: file,
          name: `${words.plain()} ${words.plain()}.pdf`,
          mime_type: "application/pdf",
        }],
        citations: [{
          metadata: { title: text(), url: text(), type: words.plain() },
        }],
      },
    },
  };
}

function makeExport(random: Random, words: Words): Files {
  const conversations = Array.from({ length: 2 }, (_, index) =>
    rawConversation(
      random.pick([
        `10000000-0000-4000-8000-00000000000${index}`,
        words.plain(),
      ]),
      Array.from(
        { length: 4 },
        (_, at) => turn(random, words, `t${index}-${at}`),
      ),
      { fields: { title: words.text(), gizmo_id: `g-${words.plain()}` } },
    ));
  return {
    [`conversations-000.json`]: JSON.stringify(conversations),
    "user.json": JSON.stringify({
      id: `user-${words.plain()}`,
      email: `${words.plain()}@${words.plain()}.org`,
    }),
    "message_feedback.json": JSON.stringify([{
      id: "1",
      content: words.text(),
    }]),
    "shared_conversations.json": JSON.stringify([{
      id: "1",
      title: words.text(),
    }]),
    "group_chats.json": JSON.stringify({
      chats: [{
        id: "g",
        name: words.text(),
        members: [{ id: words.plain(), nickname: words.text() }],
        messages: [{ id: "1", role: "user", text: words.text() }],
      }],
    }),
    "conversation_asset_file_names.json": JSON.stringify({
      [`file-${"Abc1".repeat(5)}1.dat`]: `${words.plain()}.png`,
    }),
    "library_files.json": JSON.stringify([{
      file_id: "file-x",
      file_name: `${words.plain()}.csv`,
      sha256_digest: words.plain(),
    }]),
    "chat.html": `<html>${words.text()}</html>`,
    [`file-${"Abc1".repeat(5)}1-${words.plain()}.png`]: words.text(),
    [`user-${words.plain()}/${words.plain()}/mnt/data/${words.plain()}.csv`]:
      words.text(),
    [`${words.plain()}.json`]: JSON.stringify({ [words.word()]: words.text() }),
  };
}

async function copyOf(
  path: string,
  output: string,
): Promise<Map<string, string>> {
  {
    await using copy = await openCopy(output);
    await redactExport(path, copy);
    await copy.finish();
  }
  const bytes = await Deno.readFile(output);
  const files = new Map<string, string>();
  for (const entry of await readZip(memorySource(bytes))) {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of entry.chunks()) {
      text += decoder.decode(chunk, { stream: true });
    }
    files.set(entry.path, text);
  }
  return files;
}

Deno.test("redactExport() lets no word of the export survive", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const words = new Words(random);
    const files = makeExport(random, words);
    const zip = makeZip(
      Object.entries(files).map(([path, data]) => ({ path, data })),
    );
    await within({ "x.zip": zip, "dir/.keep": "" }, async (folder) => {
      const copy = await copyOf(
        join(folder, "x.zip"),
        join(folder, "copy.zip"),
      );
      const all = [...copy].flat().join("\n");
      const escaped = all.replaceAll(
        /\\u([0-9a-f]{4})/g,
        (_, code) => String.fromCharCode(parseInt(code, 16)),
      );
      for (const word of words.all) {
        const at = escaped.indexOf(word);
        assert(
          at < 0,
          `"${word}" survives in case ${seed}: ${
            escaped.slice(Math.max(0, at - 60), at + 30)
          }`,
        );
      }
      assertEquals(copy.size, Object.keys(files).length);
    });
  }
});

/** A value's structure: its types, the number and order of its fields, the lengths of its texts. */
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton);
  if (value !== null && typeof value === "object") {
    return Object.values(value).map(skeleton);
  }
  return typeof value === "string" ? value.length : typeof value;
}

Deno.test("redactExport() keeps the structure, and what the program reads of it", async () => {
  const zip = makeZip(sampleFiles());
  await within({ "x.zip": zip }, async (folder) => {
    const output = join(folder, "copy.zip");
    const copy = await copyOf(join(folder, "x.zip"), output);
    for (const { path, data } of sampleFiles()) {
      const [before, after] = [String(data), copy.get(path) ?? ""].map((text) =>
        skeleton(JSON.parse(text))
      );
      assertEquals(after, before, path);
    }
    const original = await contents(join(folder, "x.zip"), { branches: true });
    const redacted = await contents(output, { branches: true });
    assertEquals(redacted.issues, []);
    const shape = ({ conversations }: typeof original) =>
      conversations.map(({ messages, branches }) =>
        [...messages, ...branches ?? []].map((one) => [
          one.author.role,
          one.contentType,
          one.position,
          one.visible,
          one.model,
          one.recipient,
          one.attachments?.length,
        ])
      );
    assertEquals(shape(redacted), shape(original));
    const { files: _, ownerId: __, ...counts } = original.inventory!;
    assertEquals({
      ...redacted.inventory,
      files: undefined,
      ownerId: undefined,
    }, {
      ...counts,
      files: undefined,
      ownerId: undefined,
    });
  });
});

Deno.test("redactExport() keeps pointers leading to their files, and distances between times", async () => {
  const id = "file-Roses00000000000000001";
  const raw = rawConversation("c", [
    { id: "1", fields: { create_time: 1_700_000_000.25 } },
    {
      id: "2",
      content: {
        content_type: "multimodal_text",
        parts: [{
          content_type: "image_asset_pointer",
          asset_pointer: `file-service://${id}`,
        }],
      },
      fields: { create_time: 1_700_000_010.5 },
    },
  ]);
  const files = {
    "conversations.json": JSON.stringify([raw]),
    [`${id}-my roses.png`]: "pixels",
  };
  const zip = makeZip(
    Object.entries(files).map(([path, data]) => ({ path, data })),
  );
  await within({ "x.zip": zip }, async (folder) => {
    const output = join(folder, "copy.zip");
    await copyOf(join(folder, "x.zip"), output);
    const { conversations: [one] } = await contents(output);
    assertEquals(one?.messages[1]?.attachments?.[0]?.exported, true);
    const [first, second] = one?.messages ?? [];
    assertEquals(second!.createTime! - first!.createTime!, 10.25);
    assert(first!.createTime !== 1_700_000_000.25);
  });
});

Deno.test("redactExport() copies what can be read of a damaged export, and says what cannot", async () => {
  const good = JSON.stringify(
    rawConversation("a", [{ id: "1", text: "secret" }]),
  );
  const files = {
    "conversations-000.json": `[${good},{"secret":oops},${good}`,
    "user.json": '{"secret',
  };
  await within(
    Object.fromEntries(
      Object.entries(files).map(([path, data]) => [`dir/${path}`, data]),
    ),
    async (folder) => {
      const output = join(folder, "copy.zip");
      await using copy = await openCopy(output);
      const report = await redactExport(join(folder, "dir"), copy);
      assertEquals(report.conversations, 2);
      assertEquals(report.unreadable.length, 3);
      assert(!report.unreadable.join().includes("secret"));
    },
  );
});

Deno.test("openCopy() writes over nothing, and leaves nothing unfinished", async () => {
  await within({ "there.zip": "mine" }, async (folder) => {
    const there = join(folder, "there.zip");
    let message = "";
    try {
      await openCopy(there);
    } catch (error) {
      message = String(error);
    }
    assert(message.includes("there is a file of that name"));
    assertEquals(await Deno.readTextFile(there), "mine");
    {
      await using copy = await openCopy(join(folder, "new.zip"));
      await copy.add("a", ReadableStream.from([new Uint8Array([1])]));
    }
    const names = await Array.fromAsync(
      Deno.readDir(folder),
      ({ name }) => name,
    );
    assertEquals(names, ["there.zip"]);
  });
});

Deno.test("a JSON file has a JSON file for its copy", async () => {
  const list: Json[] = [rawConversation("a", [{ id: "1", text: "secret" }])];
  await within({ "x.json": JSON.stringify(list) }, async (folder) => {
    const output = join(folder, "copy.json");
    await using copy = await openCopy(output);
    await redactExport(join(folder, "x.json"), copy);
    await copy.finish();
    const { conversations } = await contents(output);
    assertEquals(conversations[0]?.messages[0]?.content, "xxxxxx");
    assertEquals((await Deno.stat(output)).mode! & 0o777, 0o600);
  });
});
