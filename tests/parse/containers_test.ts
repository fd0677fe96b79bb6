/** Whatever an export comes in: its conversations, and what lies beside them. */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { rawConversation } from "../support/builders.ts";
import {
  contents,
  type Files,
  line,
  lines,
  within,
} from "../support/exports.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { makeZip } from "../support/zip.ts";

const IMAGE = "file-Roses00000000000000001";

function raw(id: string, fields = {}) {
  return rawConversation(id, [
    { id: `${id}-1`, text: "Look" },
    {
      id: `${id}-2`,
      role: "assistant",
      content: {
        content_type: "multimodal_text",
        parts: [{
          content_type: "image_asset_pointer",
          asset_pointer: `file-service://${IMAGE}`,
          size_bytes: 7,
        }, "There: [plot](sandbox:/mnt/data/plot.png)"],
      },
    },
  ], { fields });
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function zip(files: Files) {
  return makeZip(
    Object.entries(files).map(([path, data]) => ({ path, data })),
  );
}

const BESIDE: Files = {
  "user.json": json({ id: "user-1" }),
  "message_feedback.json": json([
    { id: "a-2", conversation_id: "a", rating: "thumbsUp" },
  ]),
  "shared_conversations.json": json([{ id: "s", conversation_id: "a" }]),
  "group_chats.json": json({
    chats: [{ id: "g", name: "Group", messages: [{ id: "1", text: "Hi" }] }],
  }),
};

for (const folder of ["", "tmp/"]) {
  Deno.test(`parseExport() reads what lies beside the conversations${folder && ", under tmp/"}`, async () => {
    const beside = Object.fromEntries(
      Object.entries(BESIDE).map(([path, data]) => [`${folder}${path}`, data]),
    );
    const files: Files = {
      "conversations.json": json([raw("a"), raw("b")]),
      ...beside,
      [`${IMAGE}-my roses.png`]: "pixels",
      "user-1/0f/mnt/data/plot.png": "pixels",
      "chat.html": "<html>",
      "sora.json": "{}",
      "conversations.json.index": "x",
      "novelty.json": "{}",
      "__MACOSX/._a": "x",
    };
    await within(
      { "x.zip": zip(files), ...prefixed("dir/", files) },
      async (root) => {
        for (const path of ["x.zip", "dir"]) {
          const { conversations, issues, inventory } = await contents(
            join(root, path),
          );
          assertEquals(issues, []);
          assertEquals(conversations.map(({ id }) => id), ["a", "b", "g"]);
          const [a, b] = conversations;
          assertEquals(a?.ownerId, "user-1");
          assertEquals(a?.shareIds, ["s"]);
          assertEquals(a?.feedback, [{ id: "a-2", rating: "thumbsUp" }]);
          assertEquals([b?.shareIds, b?.feedback], [[], []]);
          assertEquals(
            a?.messages[1]?.content,
            "[Image: my roses.png]\nThere: [plot](sandbox:/mnt/data/plot.png)",
          );
          assertEquals(a?.messages[1]?.attachments, [
            { id: IMAGE, name: "my roses.png", size: 7, exported: true },
            {
              id: "/mnt/data/plot.png",
              name: "plot.png",
              size: 6,
              exported: true,
            },
          ]);
          const uses = inventory?.files.map(({ name, use, why }) => [
            name.slice(path.length + 1),
            why ?? use,
          ]).filter(([name]) => !name?.startsWith("__MACOSX"));
          assertEquals(
            new Map(uses as [string, string][]),
            new Map([
              ["conversations.json", "conversations"],
              [`${folder}user.json`, "details"],
              [`${folder}message_feedback.json`, "details"],
              [`${folder}shared_conversations.json`, "details"],
              [`${folder}group_chats.json`, "conversations"],
              [`${IMAGE}-my roses.png`, "asset"],
              ["user-1/0f/mnt/data/plot.png", "asset"],
              ["chat.html", "shows the same conversations as a page"],
              ["sora.json", "videos of Sora"],
              [
                "conversations.json.index",
                "an index that another program made",
              ],
              ["novelty.json", "not known"],
            ]),
          );
          assertEquals(inventory?.details, {
            "shared_conversations.json": { records: 1, used: 1 },
            "message_feedback.json": { records: 1, used: 1 },
          });
        }
      },
    );
  });
}

function prefixed(prefix: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, data]) => [prefix + path, data]),
  );
}

Deno.test("parseExport() names the files of 2026, which are called by their ids alone", async () => {
  const data = {
    "conversations-000.json": json([raw("a")]),
    "conversation_asset_file_names.json": json({
      [`${IMAGE}.dat`]: "roses.png",
    }),
    "library_files.json": "[]",
    [`${IMAGE}.dat`]: new Uint8Array([
      ...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13],
    ]),
  };
  await within({ "x.zip": zip(data) }, async (folder) => {
    const { conversations } = await contents(join(folder, "x.zip"));
    assertEquals(conversations[0]?.messages[1]?.attachments?.[0], {
      id: IMAGE,
      name: "roses.png",
      type: "image/png",
      size: 7,
      exported: true,
    });
  });
});

Deno.test("parseExport() finds in chat.html what its files are", async () => {
  const page = `var jsonData = [];\nvar assetsJson = ${
    json({ [`file-service://${IMAGE}`]: "dalle-generations/cube.webp" })
  };\n`;
  const files = {
    "conversations.json": json([raw("a")]),
    "chat.html": page,
    "dalle-generations/cube.webp": "pixels",
  };
  await within({ "x.zip": zip(files) }, async (folder) => {
    const { conversations } = await contents(join(folder, "x.zip"));
    const [image] = conversations[0]?.messages[1]?.attachments ?? [];
    assertEquals([image?.name, image?.exported], ["cube.webp", true]);
  });
});

Deno.test("parseExport() joins the parts of the Privacy Portal's archive, each with what lies beside it", async () => {
  const inner = (shard: string, id: string, more: Files = {}) =>
    zip({ [shard]: json([raw(id)]), ...more });
  const folder = "User Online Activity";
  const files = {
    [`${folder}/Conversations__0f-chatgpt-0001-part-0001.zip`]: inner(
      "conversations-000.json",
      "a",
      BESIDE,
    ),
    [`${folder}/Conversations__0f-chatgpt-0001-part-0002.zip`]: inner(
      "conversations-001.json",
      "b",
    ),
    "report.html": "<html>",
    "Financial/payments.csv": "x",
  };
  const portal = makeZip([
    ...Object.entries(files).map(([path, data]) => ({ path, data })),
    {
      path: `${folder}/Files__0f-files-0001.zip`,
      data: zip({ [`personal/files/${IMAGE}-my roses.png`]: "pixels" }),
      stored: true,
    },
  ]);
  await within({ "portal.zip": portal }, async (root) => {
    const { conversations, inventory } = await contents(
      join(root, "portal.zip"),
    );
    assertEquals(conversations.map(({ id }) => id), ["a", "b", "g"]);
    assertEquals(conversations.map(({ ownerId }) => ownerId), [
      "user-1",
      "user-1",
      "user-1",
    ]);
    assertEquals(
      conversations[1]?.messages[1]?.attachments?.[0]?.exported,
      true,
    );
    const ignored = inventory?.files.filter(({ use }) => use === "ignored");
    assertEquals(ignored?.map(({ name, why }) => `${name}: ${why}`), [
      "portal.zip/report.html: tells about the export",
      "portal.zip/Financial/payments.csv: records of the account",
    ]);
  });
});

Deno.test("parseExport() says which of the files beside the conversations cannot be read", async () => {
  const files = {
    "conversations.json": json([raw("a")]),
    "user.json": '{"id": "private',
    "message_feedback.json": "[]",
  };
  await within(prefixed("dir/", files), async (folder) => {
    const { conversations, issues } = await contents(join(folder, "dir"));
    assertEquals(conversations.length, 1);
    assertEquals(issues, [
      "unreadable-file dir/user.json: is no valid JSON",
    ]);
  });
});

Deno.test("parseExport() reads NDJSON, and a line in it that is no conversation", async () => {
  const text = [raw("a"), { hello: "world" }, raw("b")].map(json).join("\n");
  await within(
    { "x.json": text, "y.ndjson": `${json({ v: 1 })}\n${text}` },
    async (folder) => {
      assertEquals(await lines(join(folder, "x.json")), [
        "a",
        "failed: bad-conversation x.json[1]",
        "b",
      ]);
      assertEquals(await lines(join(folder, "y.ndjson")), [
        "failed: bad-conversation y.ndjson[0]",
        "a",
        "failed: bad-conversation y.ndjson[2]",
        "b",
      ]);
    },
  );
});

Deno.test("parseExport() reads UTF-16", async () => {
  const text = `\ufeff${json([raw("ä")])}`;
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) {
    view.setUint16(at * 2, text.charCodeAt(at), true);
  }
  await within({ "x.json": bytes }, async (folder) => {
    assertEquals(await lines(join(folder, "x.json")), ["ä"]);
  });
});

Deno.test("parseExport() reads several exports, the oldest first by the dates in their names", async () => {
  const files = {
    "chatgpt-2026-03-01.zip": zip({ "conversations.json": json([raw("new")]) }),
    "chatgpt-2024-05-01.zip": zip({ "conversations.json": json([raw("old")]) }),
    "chatgpt-2025-05-01.json": json([raw("between")]),
  };
  await within(files, async (folder) => {
    const paths = Object.keys(files).map((name) => join(folder, name));
    assertEquals(await Array.fromAsync(parseExport(paths), line), [
      "old",
      "inventory",
      "between",
      "inventory",
      "new",
      "inventory",
    ]);
    // A folder of ZIPs keeps the same order.
    assertEquals(await lines(folder).then((all) => all.slice(0, 2)), [
      "old",
      "new",
    ]);
  });
});

Deno.test("parseExport() counts what it saw", async () => {
  const odd = rawConversation("c", [
    { id: "1", content: { content_type: "hologram", mesh: [1], text: "x" } },
    { id: "2", role: "critic", content: null, fields: { mood: "calm" } },
  ], { era: "slim", fields: { weather: "rain" } });
  await within({ "x.json": json([raw("a"), odd]) }, async (folder) => {
    const { inventory } = await contents(join(folder, "x.json"));
    assertEquals(inventory?.layouts, { full: 1, slim: 1 });
    assertEquals(inventory?.contentTypes, {
      text: 2,
      multimodal_text: 1,
      hologram: 1,
    });
    assertEquals(inventory?.roles, { user: 2, assistant: 1, critic: 1 });
    assertEquals(inventory?.unknownTypes, { hologram: 1 });
    assertEquals(inventory?.unknownFields, {
      "conversation.weather": 1,
      "content.mesh": 1,
      "message.mood": 1,
    });
    assertEquals(inventory?.fields["conversation.id"], 2);
    assertEquals(inventory?.fields["part.asset_pointer"], 1);
  });
});
