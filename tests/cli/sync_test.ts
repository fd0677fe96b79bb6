/** The whole path, from an export to the table and from there to the next export. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/domain/errors.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { lockHolder } from "../../src/store/lock.ts";
import type { TableAccess } from "../../src/store/schema.ts";
import { type Json, rawConversation } from "../support/builders.ts";
import { runCli, TESTDATA } from "../support/cli.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { within } from "../support/exports.ts";

const EDITED = "20000000-0000-4000-8000-000000000001";
const APPENDED = "20000000-0000-4000-8000-000000000002";
const UNTOUCHED = "20000000-0000-4000-8000-000000000003";
const ADDED = "20000000-0000-4000-8000-000000000004";

async function sync(
  input: string,
  { endpoint, table }: TableAccess,
  ...flags: string[]
) {
  const ran = await runCli([
    "sync",
    input,
    "--endpoint-url",
    endpoint ?? "",
    "--table",
    table,
    "--json",
    ...flags,
  ]);
  return { ...ran, report: JSON.parse(ran.stdout) };
}

async function thread(
  access: TableAccess,
  conversationId: string,
): Promise<(string | undefined)[]> {
  const stored = await new DynamoStore(access).read(conversationId);
  return stored?.rows.map(({ messageId }) => messageId) ?? [];
}

Deno.test(`sync follows the thread from one export to the next (${ENGINE_NAME})`, async (t) => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();

  await t.step("the first export is stored whole", async () => {
    const { code, report } = await sync(`${TESTDATA}/original`, access);
    assertEquals(code, EXIT.ok);
    assertEquals(report.ledger.conversations, {
      read: 3,
      new: 3,
      changed: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
    });
    assertEquals(report.ledger.rows, {
      put: 8,
      deleted: 0,
      edited: 0,
      absent: 0,
      withheld: 0,
      kept: 0,
    });
    assertEquals(await thread(access, EDITED), [
      "g-ask-1",
      "g-say-1",
      "g-ask-2",
      "g-say-2",
    ]);
    const stored = await new DynamoStore(access).read(APPENDED);
    assertEquals(stored?.head?.metadata?.title, `About ${APPENDED}`);
    assertEquals(stored?.rows.map(({ message }) => message.author?.role), [
      "user",
      "assistant",
    ]);
    assertEquals(stored?.rows.map(({ message }) => message.parentId), [
      null,
      "h-ask-1",
    ]);
    assertEquals(stored?.rows.map(({ message }) => message.position), [0, 1]);
    assert(
      stored?.rows.every(({ message }) =>
        (message.content ?? "") !== "" && message.visible
      ),
    );
  });

  await t.step("the same export again writes nothing", async () => {
    const { code, report } = await sync(`${TESTDATA}/original`, access);
    assertEquals(code, EXIT.ok);
    assertEquals(report.ledger.conversations.unchanged, 3);
    assertEquals(report.ledger.rows, {
      put: 0,
      deleted: 0,
      edited: 0,
      absent: 0,
      withheld: 0,
      kept: 0,
    });
  });

  await t.step(
    "the next export changes what changed and nothing else",
    async () => {
      const untouched = await new DynamoStore(access).read(UNTOUCHED);
      const { code, report } = await sync(`${TESTDATA}/updated`, access);
      assertEquals(code, EXIT.ok);
      assertEquals(report.ledger.conversations, {
        read: 4,
        new: 1,
        changed: 2,
        unchanged: 1,
        skipped: 0,
        failed: 0,
      });
      assertEquals(report.ledger.messages, {
        read: 13,
        new: 5,
        changed: 0,
        unchanged: 6,
        skipped: 0,
        failed: 0,
        offThread: 2,
      });
      assertEquals(report.ledger.rows, {
        put: 5,
        deleted: 2,
        edited: 2,
        absent: 0,
        withheld: 0,
        kept: 0,
      });
      assertEquals(await thread(access, EDITED), [
        "g-ask-1",
        "g-say-1",
        "g-ask-3",
        "g-say-3",
      ]);
      assertEquals(await thread(access, APPENDED), [
        "h-ask-1",
        "h-say-1",
        "h-ask-2",
      ]);
      assertEquals((await thread(access, ADDED)).length, 2);
      assertEquals(await new DynamoStore(access).read(UNTOUCHED), untouched);
    },
  );

  await t.step("an export without a conversation leaves it alone", async () => {
    await sync(`${TESTDATA}/original`, access);
    assertEquals((await thread(access, ADDED)).length, 2);
  });
});

Deno.test(`two syncs at once on one table take turns (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const runs = await Promise.all([
    sync(`${TESTDATA}/original`, access),
    sync(`${TESTDATA}/updated`, access),
  ]);
  for (const { code, stderr } of runs) assertEquals(code, EXIT.ok, stderr);
  assert(
    runs.some(({ stderr }) => stderr.includes("Another run may be writing")),
    "neither waited for the other",
  );
  assertEquals(await lockHolder(access), undefined);
  const again = await sync(`${TESTDATA}/updated`, access);
  const { read, unchanged } = again.report.ledger.conversations;
  assertEquals(unchanged, read);
});

Deno.test(`sync stores every era of the sample export (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const { code, report, stderr } = await sync(
    `${TESTDATA}/sample-export.zip`,
    access,
  );
  assertEquals(code, EXIT.ok, stderr);
  assertEquals(
    report.ledger.conversations.new,
    report.ledger.conversations.read,
  );
  const again = await sync(`${TESTDATA}/sample-export.zip`, access);
  assertEquals(
    again.report.ledger.conversations.unchanged,
    report.ledger.conversations.read,
  );
});

Deno.test(`sync deletes nothing of a thread that it can only guess (${ENGINE_NAME})`, async (t) => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const turns = ["1", "2", "3", "4"].map((id) => ({ id, text: `turn ${id}` }));
  const whole = rawConversation("c", turns);
  const { mapping, ...rest } = whole;
  const { "2": _, ...cut } = mapping as Json;
  const exports: Record<string, Json> = {
    whole,
    "no current": { ...whole, current_node: null, mapping: cut },
    cut: { ...rest, mapping: cut },
  };
  await within(
    Object.fromEntries(
      Object.entries(exports).map((
        [name, one],
      ) => [`${name}/conversations.json`, JSON.stringify([one])]),
    ),
    async (folder) => {
      const first = await sync(`${folder}/whole`, access);
      assertEquals(first.code, EXIT.ok, first.stderr);
      const store = new DynamoStore(access);
      const stored = await store.read("c");
      for (const name of ["no current", "cut"]) {
        await t.step(name, async () => {
          const { code, report, stderr } = await sync(
            `${folder}/${name}`,
            access,
          );
          assertEquals(code, EXIT.incomplete, stderr);
          assertStringIncludes(
            stderr,
            "2 stored messages are not on its thread",
          );
          assertEquals(report.ledger.rows.deleted, 0);
          assertEquals(report.ledger.rows.withheld, 2);
          assertEquals(await store.read("c"), stored);
        });
      }
      const again = await sync(`${folder}/whole`, access);
      assertEquals(again.report.ledger.conversations.unchanged, 1);
    },
  );
});

Deno.test(`sync takes nothing from what is stored when an export comes without what lies beside it (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const picture = {
    content_type: "image_asset_pointer",
    asset_pointer: "file-service://file-Ab12",
    size_bytes: 4,
    width: 1,
    height: 1,
  };
  const chat = rawConversation("pictures", [
    {
      id: "ask",
      content: {
        content_type: "multimodal_text",
        parts: [picture, "What is this?"],
      },
    },
    { id: "say", role: "assistant", text: "A rose." },
  ], { fields: { pinned_time: 5, memory_scope: "global_enabled" } });
  const { pinned_time: _, memory_scope: __, ...bare } = chat;
  const json = (value: unknown) => JSON.stringify(value);
  await within({
    "rich/conversations.json": json([chat]),
    "rich/user.json": json({ id: "user-1" }),
    "rich/file-Ab12-rose.png": "rose",
    "poor/conversations.json": json([bare]),
  }, async (folder) => {
    const rich = await sync(`${folder}/rich`, access);
    assertEquals(rich.code, EXIT.ok, rich.stderr);
    const store = new DynamoStore(access);
    const stored = await store.read("pictures");
    assertEquals(
      stored?.rows[0]?.message.content,
      "[Image: rose.png]\nWhat is this?",
    );
    const poor = await sync(`${folder}/poor`, access);
    assertEquals(poor.code, EXIT.ok, poor.stderr);
    assertEquals(poor.report.ledger.conversations.unchanged, 1);
    assertEquals(await store.read("pictures"), stored);
    const again = await sync(`${folder}/rich`, access);
    assertEquals(again.report.ledger.conversations.unchanged, 1);
    for (const one of ["rich", "poor"]) {
      const { endpoint = "", table } = access;
      const to = ["--endpoint-url", endpoint, "--table", table];
      const verified = await runCli(["verify", `${folder}/${one}`, ...to]);
      assertEquals(verified.code, EXIT.ok, verified.stdout);
    }
  });
});

Deno.test(`ingest stores what parse wrote just as sync does (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  try {
    const [output, archive] = [`${folder}/output`, `${folder}/archive`];
    const where = [
      "--endpoint-url",
      engine.endpoint,
      "--table",
      access.table,
      "--json",
    ];
    const parsed = await runCli([
      "parse",
      `${TESTDATA}/sample-export.zip`,
      "-o",
      output,
      "--archive",
      archive,
    ]);
    assertEquals(parsed.code, EXIT.ok, parsed.stderr);
    const ingested = await runCli(["ingest", output, ...where]);
    assertEquals(ingested.code, EXIT.ok, ingested.stderr);
    assertEquals(JSON.parse(ingested.stdout).ledger.conversations.new, 7);
    const { report } = await sync(`${TESTDATA}/sample-export.zip`, access);
    assertEquals(report.ledger.conversations.unchanged, 7);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`ingest takes the lists of the earlier Python pipeline (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  try {
    const list = [
      {
        MessageID: "m1",
        Timestamp: 1_700_000_000.5,
        Author: "user",
        Content: "How do I prune a rose?",
      },
      {
        MessageID: "m2",
        Timestamp: 1_700_000_010,
        Author: "assistant",
        Content: "In late winter.",
      },
    ];
    await Deno.writeTextFile(
      `${folder}/ChatGPT-New_chat_parsed.json`,
      JSON.stringify(list),
    );
    const where = ["--endpoint-url", engine.endpoint, "--table", access.table];
    assertEquals((await runCli(["ingest", folder, ...where])).code, EXIT.ok);
    const stored = await new DynamoStore(access).read("ChatGPT-New_chat");
    assertEquals(
      stored?.rows.map((
        { messageId, message },
      ) => [messageId, message.author?.role, message.createTime]),
      [["m1", "user", 1_700_000_000.5], ["m2", "assistant", 1_700_000_010]],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`sync keeps what it cannot account for when a file is cut off (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  await sync(`${TESTDATA}/updated`, access);
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const whole = await Deno.readTextFile(
      `${TESTDATA}/original/conversations.json`,
    );
    await Deno.writeTextFile(file, whole.slice(0, -300));
    const { code, report } = await sync(file, access);
    assertEquals(code, EXIT.incomplete);
    assertEquals(report.issues.length, 1);
    assertEquals(report.issues[0].code, "unreadable-file");
    assertEquals((await thread(access, UNTOUCHED)).length, 2);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test(`sync names the endpoint and the table before it writes, and nothing of a chat (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const args = [
    "sync",
    `${TESTDATA}/original`,
    "--endpoint-url",
    engine.endpoint,
    "--table",
    access.table,
  ];
  const { stdout, stderr } = await runCli(args);
  assertStringIncludes(stderr, `Table ${access.table} at ${engine.endpoint}`);
  const exported = JSON.parse(
    await Deno.readTextFile(`${TESTDATA}/original/conversations.json`),
  );
  const texts: string[] = exported.flatMap((
    conversation: { mapping: Record<string, { message?: unknown }> },
  ) =>
    Object.values(conversation.mapping).flatMap(({ message }) =>
      (message as { content?: { parts?: string[] } } | null)?.content?.parts ??
        []
    )
  );
  assert(texts.length > 0);
  for (const text of texts) assert(!`${stdout}${stderr}`.includes(text));
});

Deno.test(`sync loses nothing to the slim exports of 2026, and no more than the limit to any (${ENGINE_NAME})`, async (t) => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  const store = new DynamoStore(access);
  const write = async (name: string, conversation: Json) => {
    await Deno.writeTextFile(
      `${folder}/${name}.json`,
      JSON.stringify([conversation]),
    );
    return `${folder}/${name}.json`;
  };
  const ask = { id: "ask", text: "Which day is it?" };
  const tool = { id: "tool", role: "tool", name: "clock", text: "Tuesday" };
  const say = { id: "say", role: "assistant", text: "Tuesday." };
  const fields = (update_time: number) => ({ fields: { update_time } });
  const full = await write(
    "full",
    rawConversation("c", [ask, tool, say], fields(100)),
  );
  const slim = await write(
    "slim",
    rawConversation("c", [ask, { ...say, parent: "ask" }, {
      id: "more",
      text: "Thanks",
    }], {
      era: "slim",
      ...fields(200),
    }),
  );
  const edited = await write(
    "edited",
    rawConversation(
      "c",
      [{ id: "ask-2", text: "What time is it?" }],
      fields(300),
    ),
  );
  try {
    await t.step(
      "a slim export keeps tool messages in their places",
      async () => {
        await sync(full, access);
        const { report } = await sync(slim, access);
        assertEquals(report.ledger.rows, {
          put: 1,
          deleted: 0,
          edited: 0,
          absent: 0,
          withheld: 0,
          kept: 1,
        });
        assertEquals(await thread(access, "c"), ["ask", "tool", "say", "more"]);
        assertEquals(
          (await sync(slim, access)).report.ledger.conversations.unchanged,
          1,
        );
      },
    );
    await t.step("an older export changes nothing unless told", async () => {
      const { code, report } = await sync(full, access);
      assertEquals([
        code,
        report.ledger.older,
        report.ledger.conversations.skipped,
      ], [EXIT.ok, 1, 1]);
      assertEquals((await thread(access, "c")).length, 4);
    });
    await t.step(
      "deletes past the limit are withheld, named, and end the run with its code",
      async () => {
        const { code, report } = await sync(
          edited,
          access,
          "--max-delete",
          "3",
        );
        assertEquals([code, report.issues[0].code], [
          EXIT.deleteLimit,
          "delete-limit",
        ]);
        assertEquals(report.ledger.rows, {
          put: 1,
          deleted: 0,
          edited: 0,
          absent: 0,
          withheld: 4,
          kept: 0,
        });
        assertEquals((await store.rows("c")).size, 5);
        const allowed = await sync(edited, access, "--max-delete", "4");
        assertEquals([allowed.code, allowed.report.ledger.rows.deleted], [
          EXIT.ok,
          4,
        ]);
        assertEquals(await thread(access, "c"), ["ask-2"]);
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`sync --branches stores what edits left behind, and takes it away again without it (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  await sync(`${TESTDATA}/updated`, access);
  const plain = await thread(access, EDITED);
  assertEquals(plain, ["g-ask-1", "g-say-1", "g-ask-3", "g-say-3"]);

  const on = await sync(`${TESTDATA}/updated`, access, "--branches");
  assertEquals(on.code, EXIT.ok);
  assertEquals(on.report.ledger.rows.put, 2);
  assertEquals(on.report.ledger.messages.offThread, 0);
  const stored = await new DynamoStore(access).read(EDITED);
  const branched = stored?.rows.filter(({ message }) => message.branch);
  assertEquals(
    branched?.map(({ messageId, message }) => [messageId, message.branch]),
    [["g-ask-2", "g-ask-2"], ["g-say-2", "g-ask-2"]],
  );
  const again = await sync(`${TESTDATA}/updated`, access, "--branches");
  assertEquals(again.report.ledger.conversations.unchanged, 4);

  const held = await sync(`${TESTDATA}/updated`, access, "--max-delete", "1");
  assertEquals(held.code, EXIT.deleteLimit);
  assertEquals((await thread(access, EDITED)).length, 6);
  const off = await sync(`${TESTDATA}/updated`, access);
  assertEquals(off.report.ledger.rows.deleted, 2);
  assertEquals(await thread(access, EDITED), plain);
});

Deno.test(`sync takes several exports, and the newer one wins whatever their order (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-" });
  try {
    const names = {
      "2025-01-01.json": "original",
      "2026-01-01.json": "updated",
    };
    for (const [name, source] of Object.entries(names)) {
      await Deno.copyFile(
        `${TESTDATA}/${source}/conversations.json`,
        `${folder}/${name}`,
      );
    }
    const { code, report } = await sync(
      `${folder}/2026-01-01.json`,
      access,
      `${folder}/2025-01-01.json`,
    );
    assertEquals(code, EXIT.ok);
    // Two changed and came again newer, one came again the same.
    assertEquals(report.ledger.conversations.read, 7);
    assertEquals(report.ledger.conversations.skipped, 1);
    assertEquals(await thread(access, EDITED), [
      "g-ask-1",
      "g-say-1",
      "g-ask-3",
      "g-say-3",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`drift compares with the last export of the account, and writes nothing (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-" });
  const drift = async (input: string) => {
    const ran = await runCli([
      "drift",
      input,
      "--endpoint-url",
      access.endpoint ?? "",
      "--table",
      access.table,
      "--json",
    ]);
    assertEquals(ran.code, EXIT.ok, ran.stderr);
    return JSON.parse(ran.stdout).drift;
  };
  try {
    const sample = `${TESTDATA}/sample-export.zip`;
    const unknown = {
      contentTypes: { hologram: 1 },
      fields: { "content.mesh": 1 },
    };
    assertEquals(await drift(sample), { unknown });
    const { report } = await sync(sample, access);
    assertEquals(report.ledger.conversations.new, 7);
    assertEquals(await drift(sample), { unknown, added: {}, gone: {} });

    const slim = rawConversation("s", [{ id: "1", text: "x" }], {
      era: "slim",
      fields: { memory_scope: "global_enabled" },
    });
    await Deno.writeTextFile(
      `${folder}/conversations.json`,
      JSON.stringify([slim]),
    );
    await Deno.writeTextFile(`${folder}/user.json`, '{"id":"user-invented"}');
    await Deno.writeTextFile(`${folder}/novelty.json`, "{}");
    const found = await drift(folder);
    assertEquals(found.unknown, { files: { "novelty.json": 1 } });
    assertEquals(found.added.files, {
      "conversations.json": 1,
      "novelty.json": 1,
    });
    assertEquals(found.added.fields, { "conversation.memory_scope": 1 });
    assertEquals(found.gone.layouts, { full: 5 });
    assertEquals(found.gone.contentTypes.code, 3);
    assertEquals((await sync(sample, access)).report.ledger.rows.put, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
