/** The table read back and compared, after damage of every kind. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { randomBytes } from "node:crypto";
import { EXIT } from "../../src/domain/errors.ts";
import type { TableAccess } from "../../src/store/schema.ts";
import { rawConversation } from "../support/builders.ts";
import { runCli, TESTDATA } from "../support/cli.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { within } from "../support/exports.ts";

const GARDEN = "20000000-0000-4000-8000-000000000001";
const KNOTS = "20000000-0000-4000-8000-000000000002";

async function run(access: TableAccess, ...args: string[]) {
  const ran = await runCli([
    ...args,
    "--endpoint-url",
    access.endpoint ?? "",
    "--table",
    access.table,
    "--json",
  ]);
  return {
    ...ran,
    report: ran.stdout === "" ? {} : JSON.parse(ran.stdout),
  };
}

function key(conversationId: string, sort: string) {
  return {
    ConversationID: { S: `CONV#${conversationId}` },
    ItemType: { S: sort },
  };
}

async function update(
  { client, table: TableName }: TableAccess,
  Key: ReturnType<typeof key>,
  attribute: string,
  value: string,
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: "SET #name = :value",
      ExpressionAttributeNames: { "#name": attribute },
      ExpressionAttributeValues: { ":value": { S: value } },
    }),
  );
}

Deno.test(`verify finds damage of every kind, and --repair mends it (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const input = `${TESTDATA}/updated`;
  await run(access, "sync", input);
  const sound = await run(access, "verify", input);
  assertEquals(sound.code, EXIT.ok, sound.stderr);
  assertEquals(sound.report.conversations, { read: 4, same: 4, different: 0 });
  assertEquals((await run(access, "verify", "--self")).code, EXIT.ok);

  // Text changed behind the program's back; a row lost; one that nobody put; a title; a run that was killed.
  const { client, table: TableName } = access;
  await update(access, key(GARDEN, "MSG#g-say-1"), "Content", "In winter.");
  await client.send(
    new DeleteItemCommand({ TableName, Key: key(GARDEN, "MSG#g-ask-1") }),
  );
  await client.send(
    new PutItemCommand({
      TableName,
      Item: {
        ...key(KNOTS, "MSG#stray"),
        Content: { S: "x" },
        Author: { S: "user" },
      },
    }),
  );
  const found = await run(access, "verify", input);
  assertEquals(found.code, EXIT.different);
  assertEquals(
    found.report.differences.map((one: Record<string, string>) =>
      [one["kind"], one["messageId"] ?? one["conversationId"]].join(" ")
    ).sort(),
    [
      "damaged g-say-1",
      "extra stray",
      `incomplete ${GARDEN}`,
      `incomplete ${KNOTS}`,
      "missing g-ask-1",
    ],
  );
  const self = await run(access, "verify", "--self");
  assertEquals(self.code, EXIT.different);
  assertEquals(self.report.differences.length, 3);
  // A sync that believes the digests sees nothing of it.
  const blind = await run(access, "sync", input);
  assertEquals(blind.report.ledger.conversations.unchanged, 4);

  const repaired = await run(access, "verify", input, "--repair");
  assertEquals(repaired.code, EXIT.ok, repaired.stderr);
  assertEquals((await run(access, "verify", input)).code, EXIT.ok);
  assertEquals((await run(access, "verify", "--self")).code, EXIT.ok);
});

Deno.test(`verify tells an export that is not in the table, and one with other metadata (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  await run(access, "sync", `${TESTDATA}/original`);
  const other = await run(access, "verify", `${TESTDATA}/updated`);
  assertEquals(other.code, EXIT.different);
  const kinds = other.report.differences.map((one: Record<string, string>) =>
    one["kind"]
  );
  assertEquals(new Set(kinds), new Set(["missing", "extra"]));
  await within({
    "x.json": JSON.stringify([
      rawConversation("m", [{ id: "1", text: "x" }]),
    ]),
    "y.json": JSON.stringify([
      rawConversation("m", [{ id: "1", text: "x" }], {
        fields: { title: "New" },
      }),
    ]),
  }, async (folder) => {
    await run(access, "sync", `${folder}/x.json`);
    const { report } = await run(access, "verify", `${folder}/y.json`);
    assertEquals(report.differences, [{
      conversationId: "m",
      kind: "metadata",
    }]);
  });
});

Deno.test(`verify reads large messages back whole, and notices a lost piece (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const text = randomBytes(600_000).toString("base64");
  const list = [rawConversation("big", [{ id: "1", text }])];
  await within({ "x.json": JSON.stringify(list) }, async (folder) => {
    const input = `${folder}/x.json`;
    assertEquals((await run(access, "sync", input)).code, EXIT.ok);
    assertEquals((await run(access, "verify", input)).code, EXIT.ok);
    const again = await run(access, "sync", input);
    assertEquals(again.report.ledger.rows.put, 0);
    const { client, table: TableName } = access;
    const { Items: [piece] = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression:
          "ConversationID = :c AND begins_with(ItemType, :piece)",
        ExpressionAttributeValues: {
          ":c": { S: "CONV#big" },
          ":piece": { S: "PIECE#" },
        },
        ProjectionExpression: "ConversationID, ItemType",
      }),
    );
    await client.send(new DeleteItemCommand({ TableName, Key: piece }));
    for (const args of [[input], ["--self"]]) {
      const { code, report } = await run(access, "verify", ...args);
      assertEquals([code, report.differences], [EXIT.different, [
        { conversationId: "big", messageId: "1", kind: "damaged" },
      ]]);
    }
    assertEquals((await run(access, "verify", input, "--repair")).code, 0);
    assertEquals((await run(access, "verify", input)).code, EXIT.ok);
  });
});

Deno.test(`verify --self finds rows that no METADATA speaks for (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  await run(access, "sync", `${TESTDATA}/updated`);
  await access.client.send(
    new DeleteItemCommand({
      TableName: access.table,
      Key: key(KNOTS, "METADATA"),
    }),
  );
  const { code, report } = await run(access, "verify", "--self");
  assertEquals([code, report.differences], [EXIT.different, [
    { conversationId: KNOTS, kind: "incomplete" },
  ]]);
});

Deno.test(`verify tells what is newer in the table, and --repair leaves it alone (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const chat = (id: string, turns: number) =>
    rawConversation(
      id,
      Array.from({ length: turns }, (_, index) => ({ id: `${id}-${index}` })),
    );
  const { endpoint = "", table } = access;
  await within({
    "old.json": JSON.stringify([chat("a", 2), chat("b", 2)]),
    "new.json": JSON.stringify([chat("a", 3), chat("b", 2)]),
  }, async (folder) => {
    await run(access, "sync", `${folder}/new.json`);
    const old = await run(access, "verify", `${folder}/old.json`);
    assertEquals([old.code, old.report.differences], [EXIT.different, [
      { conversationId: "a", kind: "older" },
    ]]);
    await update(access, key("b", "MSG#b-0"), "Content", "otherwise");
    const repaired = await runCli([
      "verify",
      `${folder}/old.json`,
      "--repair",
      "--endpoint-url",
      endpoint,
      "--table",
      table,
    ]);
    assertEquals(repaired.code, EXIT.different, repaired.stderr);
    assertStringIncludes(
      repaired.stdout,
      "1 conversations are newer in the table",
    );
    const after = await run(access, "verify", `${folder}/new.json`);
    assertEquals(after.code, EXIT.ok, after.stdout);
  });
});

Deno.test(`verify says what it needs (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const both = await run(access, "verify", "x.zip", "--self");
  assertEquals(both.code, EXIT.usage);
  const none = await runCli([
    "verify",
    `${TESTDATA}/original`,
    "--endpoint-url",
    access.endpoint ?? "",
    "--table",
    "NoSuchTable",
  ]);
  assertEquals(none.code, EXIT.tableMissing);
  assertStringIncludes(none.stderr, "is not there");
});
