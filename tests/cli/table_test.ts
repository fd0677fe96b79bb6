import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  CreateTableCommand,
  DeleteTableCommand,
} from "@aws-sdk/client-dynamodb";
import { EXIT } from "../../src/domain/errors.ts";
import { deleteTable, describeTable } from "../../src/store/schema.ts";
import { runCli, TESTDATA } from "../support/cli.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";

Deno.test(`table creates, describes and deletes (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using other = await engine.temporaryTable();
  const access = { ...other, table: `test-${crypto.randomUUID()}` };
  const where = ["--endpoint-url", engine.endpoint, "--table", access.table];

  const missing = await runCli(["table", "describe", ...where]);
  assertEquals(missing.code, EXIT.tableMissing);
  assertStringIncludes(missing.stderr, "table create");

  assertEquals((await runCli(["table", "create", ...where])).code, EXIT.ok);
  assertEquals((await runCli(["table", "create", ...where])).code, EXIT.ok);
  const described = await runCli(["table", "describe", ...where, "--json"]);
  assertEquals(JSON.parse(described.stdout).keys, [
    "ConversationID (S, partition key)",
    "ItemType (S, sort key)",
  ]);

  const unasked = await runCli(["table", "delete", ...where]);
  assertEquals(unasked.code, EXIT.usage);
  assertStringIncludes(unasked.stderr, `--confirm ${access.table}`);
  assertEquals(
    (await runCli(["table", "delete", ...where], { answer: "yes" })).code,
    EXIT.error,
  );
  assertEquals(
    (await runCli(["table", "delete", ...where, "--confirm", "other"])).code,
    EXIT.error,
  );
  assertEquals((await describeTable(access))?.status, "ACTIVE");
  assertEquals(
    (await runCli(["table", "delete", ...where], { answer: access.table }))
      .code,
    EXIT.ok,
  );
  assertEquals(await describeTable(access), undefined);
});

Deno.test(`sync refuses a table with other keys, and one that is not there (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using ours = await engine.temporaryTable();
  const table = `test-${crypto.randomUUID()}`;
  const where = ["--endpoint-url", engine.endpoint, "--table", table];
  const missing = await runCli(["sync", `${TESTDATA}/original`, ...where]);
  assertEquals(missing.code, EXIT.tableMissing);
  await ours.client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  const refused = await runCli(["sync", `${TESTDATA}/original`, ...where]);
  assertEquals(refused.code, EXIT.error);
  assertStringIncludes(refused.stderr, "it has id (N, partition key)");
  const error = await deleteTable({ ...ours, table }).catch((thrown) => thrown);
  assertStringIncludes(error.message, "other keys");
  await ours.client.send(new DeleteTableCommand({ TableName: table }));
});
