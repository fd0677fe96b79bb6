/** Exports made to do harm: bounded, refused with a reason, and never written anywhere. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { rawConversation } from "../support/builders.ts";
import { contents, lines, within } from "../support/exports.ts";
import { makeZip, type ZipFile } from "../support/zip.ts";

const GOOD = JSON.stringify([rawConversation("a", [{ id: "1", text: "x" }])]);
const SHARD = "conversations-000.json";

async function withZip(
  files: ZipFile[],
  test: (path: string) => Promise<void>,
): Promise<void> {
  await within({ "x.zip": makeZip(files) }, async (folder) => {
    await test(join(folder, "x.zip"));
    // Whatever the names in it say, nothing has been written.
    const there = await Array.fromAsync(
      Deno.readDir(folder),
      ({ name }) => name,
    );
    assertEquals(there, ["x.zip"]);
  });
}

for (
  const path of [
    "../conversations-001.json",
    "/tmp/conversations-001.json",
    "..\\conversations-001.json",
    "C:\\conversations-001.json",
    "a/../../conversations-001.json",
  ]
) {
  Deno.test(`parseExport() does not read ${path}, and says so`, async () => {
    const files = [{ path: SHARD, data: GOOD }, { path, data: GOOD }];
    await withZip(files, async (zip) => {
      const { conversations, issues } = await contents(zip);
      assertEquals(conversations.map(({ id }) => id), ["a"]);
      assertEquals(issues, [
        `unreadable-file x.zip/${
          path.replaceAll("\\", "/")
        }: is not read: its path leads out of the export`,
      ]);
    });
  });
}

Deno.test("parseExport() does not follow a link in a ZIP", async () => {
  const files = [
    { path: SHARD, data: GOOD },
    { path: "conversations-001.json", data: "/etc/passwd", symlink: true },
  ];
  await withZip(files, async (zip) => {
    assertEquals((await contents(zip)).issues, [
      "unreadable-file x.zip/conversations-001.json: is not read: it is a link",
    ]);
  });
});

Deno.test("parseExport() does not read entries that share their bytes", async () => {
  const files = [
    { path: SHARD, data: GOOD },
    { path: "conversations-001.json", data: GOOD, claim: { offset: 0 } },
    { path: "conversations-002.json", data: GOOD },
  ];
  await withZip(files, async (zip) => {
    const { conversations, issues } = await contents(zip);
    assertEquals(conversations.length, 1);
    assertEquals(
      issues,
      [0, 1].map((number) =>
        `unreadable-file x.zip/conversations-00${number}.json: is not read: it overlaps with another file`
      ),
    );
  });
});

Deno.test("parseExport() does not unpack a bomb, whether it admits its size or not", async () => {
  const zeros = new Uint8Array(200 * 2 ** 20);
  for (const claim of [{}, { size: 1_000 }]) {
    const files = [
      { path: SHARD, data: GOOD },
      { path: "conversations-001.json", data: zeros, claim },
    ];
    await withZip(files, async (zip) => {
      const { conversations, issues } = await contents(zip);
      assertEquals(conversations.length, 1);
      assertEquals(issues.length, 1);
      assert(
        /not read: it claims to unpack to \d+ times its size|more than its declared 1000 bytes/
          .test(issues[0] ?? ""),
        issues[0],
      );
    });
  }
});

Deno.test("parseExport() does not unpack a ZIP in a ZIP that is too large for memory", async () => {
  const inner = makeZip([{ path: SHARD, data: GOOD }]);
  const files = [
    { path: "Conversations.zip", data: inner, claim: { size: 2 ** 31 } },
  ];
  await withZip(files, async (zip) => {
    const error = await assertRejects(() => lines(zip), UserError);
    assert(error.message.includes("Conversations.zip"), error.message);
  });
});

Deno.test("parseExport() does not open ZIPs in ZIPs in ZIPs for ever", async () => {
  let zip = makeZip([{ path: SHARD, data: GOOD }]);
  for (let depth = 0; depth < 6; depth++) {
    zip = makeZip([{ path: "conversations.zip", data: zip, stored: true }]);
  }
  await within({ "x.zip": zip }, async (folder) => {
    const error = await assertRejects(
      () => lines(join(folder, "x.zip")),
      UserError,
    );
    assert(error.message.includes("holds no conversations.json"));
  });
});

Deno.test("parseExport() never opens what a person once uploaded", async () => {
  const old = makeZip([{ path: "conversations.json", data: GOOD }]);
  const files = [
    { path: "conversations.json", data: GOOD.replaceAll('"a"', '"own"') },
    { path: "file-Old00000000.dat", data: old },
    { path: "file-Old00000001-export.zip", data: old },
  ];
  await withZip(files, async (zip) => {
    assertEquals(await lines(zip), ["own"]);
  });
});

Deno.test("parseExport() takes arrays in arrays, as deep as they go", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const texts = {
    "metadata.json": GOOD.replace(
      '"metadata":{}',
      `"metadata":{"odd":${deep}}`,
    ),
    "parts.json": GOOD.replace('"parts":["x"]', `"parts":[${deep}]`),
    "conversation.json": GOOD.replace('"id":"a"', `"deep":${deep},"id":"a"`),
    "mapping.json": GOOD.replace('"mapping":{', `"mapping":{"deep":${deep},`),
  };
  await within(texts, async (folder) => {
    for (const name of Object.keys(texts)) {
      assertEquals(await lines(join(folder, name)), ["a"], name);
    }
  });
});

Deno.test("parseExport() takes a million keys in one object", async () => {
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: 1e6 }, (_, i) => [`k${i}`, i])),
  );
  const text = GOOD.replace('"metadata":{}', `"metadata":${many}`);
  await within({ "x.json": text }, async (folder) => {
    const { conversations, inventory } = await contents(join(folder, "x.json"));
    const [message] = conversations[0]?.messages ?? [];
    assert((message?.extra?.length ?? 0) < 10_000);
    assert(Object.keys(inventory?.fields ?? {}).length < 1_000);
  });
});

Deno.test("parseExport() passes over an element that no memory would hold, and reads its neighbours", async () => {
  const path = await Deno.makeTempFile({
    prefix: "chatkeep-",
    suffix: ".json",
  });
  try {
    using file = await Deno.open(path, { write: true });
    const write = async (text: string) => {
      let rest = new TextEncoder().encode(text);
      while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    };
    await write(`${GOOD.slice(0, -1)},{"id":"huge","mapping":{"x":"`);
    const filler = "x".repeat(2 ** 23);
    for (let part = 0; part < 33; part++) await write(filler);
    await write(`"}},${GOOD.slice(1).replaceAll('"a"', '"b"')}`);
    const records = await Array.fromAsync(parseExport(path));
    assertEquals(records.map(({ kind }) => kind), [
      "conversation",
      "failed",
      "conversation",
      "inventory",
    ]);
    const [, huge] = records;
    assert(huge?.kind === "failed");
    assert(/has 2768\d+ bytes, more than can be read/.test(huge.issue.message));
  } finally {
    await Deno.remove(path);
  }
});
