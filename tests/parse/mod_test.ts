import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { memorySource } from "../../src/parse/bytes.ts";
import { parseExport, type ParseProgress } from "../../src/parse/mod.ts";
import { readZip } from "../../src/parse/zip.ts";
import { rawConversation } from "../support/builders.ts";
import { type Files, line, lines, within } from "../support/exports.ts";
import { sampleFiles, TESTDATA, twoExports } from "../support/sample_export.ts";
import { makeZip, type ZipFile } from "../support/zip.ts";

function list(...ids: string[]): string {
  return JSON.stringify(
    ids.map((id) => rawConversation(id, [{ id: `${id}-1`, text: "secret" }])),
  );
}

function zip(
  files: Record<string, string>,
  rest: Partial<ZipFile> = {},
): Uint8Array {
  return makeZip(
    Object.entries(files).map(([path, data]) => ({ path, data, ...rest })),
  );
}

/** The error of an export, with its path shortened. */
async function refusal(path: string): Promise<string> {
  const error = await assertRejects(() => lines(path), UserError);
  assert(error.hint !== undefined);
  assert(!error.message.includes("secret"));
  return error.message.replace(path, "X");
}

Deno.test("parseExport() reads the sample export", async () => {
  const records = await Array.fromAsync(
    parseExport(join(TESTDATA, "sample-export.zip")),
  );
  assertEquals(records.pop()?.kind, "inventory");
  const conversations = records.map((record) => {
    assert(record.kind === "conversation");
    assertEquals(record.issues, []);
    return record.conversation;
  });
  const shown = conversations.map(({ title, messages }) => [
    title,
    messages.length,
    messages.filter(({ visible }) => visible).length,
  ]);
  assertEquals(shown, [
    ["Rye bread", 3, 2],
    ["Two dice", 8, 4],
    ["The longest day", 4, 2],
    ["Bees and lindens", 6, 2],
    [null, 3, 2],
    ["Cube 🧊", 3, 2],
    ["About 10000000-0000-4000-8000-000000000007", 0, 0],
  ]);
});

Deno.test("tests/testdata is what its builder makes", async () => {
  const whole = await Deno.readFile(join(TESTDATA, "sample-export.zip"));
  // Compressed bytes may differ from one zlib to the next, what is in them may not.
  const entries = await readZip(memorySource(whole));
  const found = await Promise.all(entries.map(async (entry) => {
    const blob = new Blob(
      await Array.fromAsync(entry.chunks(), (chunk) => new Uint8Array(chunk)),
    );
    return [entry.path, await blob.text()];
  }));
  assertEquals(found, sampleFiles().map(({ path, data }) => [path, data]));
  for (const [name, conversations] of Object.entries(twoExports())) {
    const text = await Deno.readTextFile(
      join(TESTDATA, name, "conversations.json"),
    );
    assertEquals(JSON.parse(text), conversations);
  }
});

Deno.test("parseExport() takes a ZIP, a JSON file or a folder with either", async () => {
  const shards = {
    "conversations-000.json": list("a", "b"),
    "conversations-001.json": list("c"),
  };
  await within({
    "x.zip": zip(shards),
    "plain/conversations.json": list("a", "b", "c"),
    "shards/user.json": "{}",
    "shards/conversations-000.json": shards["conversations-000.json"],
    "shards/conversations-001.json": shards["conversations-001.json"],
    "zips/one.zip": zip(shards),
    "any name": list("a", "b", "c"),
    "wrapped.json": `{"conversations":${list("a", "b", "c")}}`,
  }, async (folder) => {
    for (
      const name of [
        "x.zip",
        "plain",
        "plain/conversations.json",
        "shards",
        "zips",
        "any name",
        "wrapped.json",
      ]
    ) {
      assertEquals(await lines(join(folder, name)), ["a", "b", "c"], name);
    }
  });
});

Deno.test("parseExport() takes one conversation in a file", async () => {
  const one = JSON.stringify(rawConversation("a", [{ id: "m" }]));
  await within({ "one.json": one }, async (folder) => {
    assertEquals(await lines(join(folder, "one.json")), ["a"]);
  });
});

Deno.test("parseExport() reads every JSON file of a folder that has no conversations.json", async () => {
  const bare = (id?: string) =>
    JSON.stringify({
      ...rawConversation("x", []),
      id,
      conversation_id: undefined,
    });
  await within({
    "b.json": bare(),
    "a.json": bare("own"),
    "c.json": `[null,${bare()},${bare()}]`,
    "user.json": '{"email":"secret"}',
    "shared.json": '[{"id":"1"}]',
    "empty.json": "[]",
    "sub/.hidden.json": bare(),
    "__MACOSX/a.json": bare(),
    "notes.txt": "x",
  }, async (folder) => {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    assertEquals(await lines(folder), [
      "own",
      "b",
      `failed: bad-conversation ${name}/c.json[0]`,
      "c-1",
      "c-2",
    ]);
  });
});

Deno.test("parseExport() finds the export inside the privacy portal's ZIP", async () => {
  const inner = zip({ "conversations.json": list("a") });
  for (const stored of [true, false]) {
    const outer = makeZip([
      { path: "report.html", data: "x" },
      {
        path: "User Online Activity/Files__1-files-0001.zip",
        data: zip({ "a.txt": "x" }),
        stored,
      },
      {
        path: "User Online Activity/Conversations__1-chatgpt-0001.zip",
        data: inner,
        stored,
      },
    ]);
    await within({ "x.zip": outer }, async (folder) => {
      assertEquals(await lines(join(folder, "x.zip")), ["a"]);
    });
  }
});

Deno.test("parseExport() leaves ZIPs alone that are an export's assets", async () => {
  await within({
    "conversations.json": list("a"),
    "file-123-old.zip": zip({ "conversations.json": list("old") }),
    "user-1/data/old.zip": zip({ "conversations.json": list("old") }),
    "beside.zip": zip({ "conversations.json": list("b") }),
  }, async (folder) => {
    assertEquals(await lines(folder), ["b", "a"]);
  });
});

Deno.test("parseExport() says which shards are missing", async () => {
  const manifest = '{"export_files":[{"path":"conversations-003.json"}]}';
  await within({
    "x.zip": zip({
      "conversations-000.json": list("a"),
      "conversations-002.json": list("c"),
      "export_manifest.json": manifest,
    }),
  }, async (folder) => {
    assertEquals(await lines(join(folder, "x.zip")), [
      "a",
      "c",
      "unreadable: missing-shard x.zip/conversations-001.json",
      "unreadable: missing-shard x.zip/conversations-003.json",
    ]);
  });
});

Deno.test("parseExport() yields what comes before a cut and goes on with the next file", async () => {
  const cut = list("a", "b").slice(0, -30);
  await within({
    "x.zip": zip({
      "conversations-000.json": cut,
      "conversations-001.json": list("c"),
    }),
  }, async (folder) => {
    const records = await Array.fromAsync(parseExport(join(folder, "x.zip")));
    assertEquals(records.map(line), [
      "a",
      "unreadable: unreadable-file x.zip/conversations-000.json",
      "c",
      "inventory",
    ]);
    const [, record] = records;
    assert(record?.kind === "unreadable");
    assertEquals(
      record.issue.message,
      `JSON is cut off at byte ${new TextEncoder().encode(cut).length}`,
    );
  });
});

Deno.test("parseExport() yields what comes before damage in a ZIP", async () => {
  const data = list("a", "b");
  const files = [
    { path: "conversations-000.json", data, claim: { crc: 1 } },
    {
      path: "conversations-001.json",
      data: list("c"),
      claim: { encrypted: true },
    },
    { path: "conversations-002.json", data: list("d") },
  ];
  await within({ "x.zip": makeZip(files) }, async (folder) => {
    assertEquals(await lines(join(folder, "x.zip")), [
      "a",
      "b",
      "unreadable: unreadable-file x.zip/conversations-000.json",
      "unreadable: unreadable-file x.zip/conversations-001.json",
      "d",
    ]);
  });
});

Deno.test("parseExport() keeps the neighbours of an element that is no JSON", async () => {
  const [one, two] = JSON.parse(list("a", "b"));
  const text = `[${JSON.stringify(one)},{"secret":oops},${
    JSON.stringify({ ...two, update_time: "NaN" }).replace('"NaN"', "NaN")
  }]`;
  await within({ "x.json": text }, async (folder) => {
    const records = await Array.fromAsync(parseExport(join(folder, "x.json")));
    assertEquals(records.map(line), [
      "a",
      "failed: bad-conversation x.json[1]",
      "b",
      "inventory",
    ]);
    assertEquals(JSON.stringify(records[1]).includes("secret"), false);
  });
});

Deno.test("parseExport() reports how far it is", async () => {
  const a = list("a"), b = list("b");
  await within({
    "x.zip": zip({ "conversations-000.json": a, "conversations-001.json": b }),
  }, async (folder) => {
    const seen: ParseProgress[] = [];
    await Array.fromAsync(
      parseExport(join(folder, "x.zip"), {
        onProgress: (now) => seen.push(now),
      }),
    );
    const bytesTotal = a.length + b.length;
    assertEquals(seen, [
      { file: "x.zip/conversations-000.json", bytesRead: a.length, bytesTotal },
      {
        file: "x.zip/conversations-001.json",
        bytesRead: bytesTotal,
        bytesTotal,
      },
    ]);
  });
});

Deno.test("parseExport() ends without an error when told to", async () => {
  await within({ "x.json": list("a", "b", "c") }, async (folder) => {
    const abort = new AbortController();
    const seen: string[] = [];
    for await (
      const record of parseExport(join(folder, "x.json"), {
        signal: abort.signal,
      })
    ) {
      seen.push(line(record));
      abort.abort();
    }
    assertEquals(seen, ["a"]);
  });
});

Deno.test("parseExport() lets go of a ZIP that is not read to its end", async () => {
  await within(
    { "x.zip": zip({ "conversations.json": list("a", "b") }) },
    async (folder) => {
      for await (const record of parseExport(join(folder, "x.zip"))) {
        assertEquals(line(record), "a");
        break;
      }
    },
  );
});

const FOREIGN: [string, unknown][] = [
  ["Claude", [{ uuid: "1", name: "secret", chat_messages: [] }]],
  ["Grok", { conversations: [{ conversation: {}, responses: [] }] }],
  ["Open WebUI", [{ id: "1", chat: { history: {} } }]],
  ["DeepSeek", [{
    id: "1",
    mapping: { 1: { message: { fragments: [{ content: "secret" }] } } },
  }]],
];

for (const [maker, content] of FOREIGN) {
  Deno.test(`parseExport() names ${maker} as the maker of its export`, async () => {
    const text = JSON.stringify(content);
    await within({
      "x.zip": zip({ "conversations.json": text }),
      "x.json": text,
    }, async (folder) => {
      for (const name of ["x.zip", "x.json"]) {
        assertEquals(
          await refusal(join(folder, name)),
          `Cannot read export "X": this is an export of ${maker}, not of ChatGPT`,
        );
      }
    });
  });
}

Deno.test("parseExport() names Grok by its file's name", async () => {
  const path = "ttl/30d/prod-grok-backend.json";
  await within(
    { "x.zip": zip({ [path]: "{}" }), [`folder/${path}`]: "{}" },
    async (folder) => {
      for (const name of ["x.zip", "folder"]) {
        assertStringIncludes(
          await refusal(join(folder, name)),
          "export of Grok",
        );
      }
    },
  );
});

const cut = zip({ "conversations.json": list("a") });
const REFUSED: [string, Files, string, string][] = [
  ["a path where nothing is", {}, "gone.zip", "no such file or folder"],
  [
    "an empty folder",
    { "empty/.keep": "" },
    "empty",
    "folder has no ZIP and no JSON file",
  ],
  ["an empty file", { x: "" }, "x", "file is empty"],
  ["a file of another kind", { x: "\x89PNG" }, "x", "neither a ZIP nor JSON"],
  [
    "a ZIP without conversations",
    { x: zip({ "user.json": "{}" }) },
    "x",
    "holds no conversations.json",
  ],
  [
    "a ZIP cut short",
    { x: cut.slice(0, -10) },
    "x",
    "central directory is truncated",
  ],
  [
    "a folder whose JSON is something else",
    { "f/user.json": "{}", "f/a.json": '[{"a":1}]' },
    "f",
    "none of its JSON files holds conversations",
  ],
  [
    "a JSON object that is no conversation",
    { x: '{"email":"secret"}' },
    "x",
    "this JSON holds no conversations",
  ],
];

for (const [what, files, name, message] of REFUSED) {
  Deno.test(`parseExport() refuses ${what}`, async () => {
    await within(files, async (folder) => {
      assertEquals(
        await refusal(join(folder, name)),
        `Cannot read export "X": ${message}`,
      );
    });
  });
}

Deno.test("parseExport() reads on where one of several ZIPs is damaged", async () => {
  await within({ "a.zip": cut.slice(0, -10), "b.zip": cut }, async (folder) => {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    assertEquals(await lines(folder), [
      "a",
      `unreadable: unreadable-file ${name}/a.zip`,
    ]);
  });
});
