import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import { createClient } from "../../src/store/client.ts";
import {
  createTable,
  deleteTable,
  describeTable,
  requireTable,
} from "../../src/store/schema.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";

Deno.test(`createTable() may be repeated, and run side by side (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using other = await engine.temporaryTable();
  const access = { ...other, table: `test-${crypto.randomUUID()}` };
  const made = await Promise.all([
    createTable(access),
    createTable(access),
    createTable(access),
  ]);
  assertEquals(made.map(({ status }) => status), [
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
  ]);
  assertEquals((await createTable(access)).keys, [
    "ConversationID (S, partition key)",
    "ItemType (S, sort key)",
  ]);
  await deleteTable(access);
  assertEquals(await describeTable(access), undefined);
});

Deno.test(`requireTable() and deleteTable() tell when there is none (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using other = await engine.temporaryTable();
  const access = { ...other, table: `test-${crypto.randomUUID()}` };
  for (const action of [requireTable, deleteTable]) {
    const error = await assertRejects(
      () => action(access) as Promise<unknown>,
      UserError,
      access.table,
    );
    assertEquals(error.code, EXIT.tableMissing);
  }
});

Deno.test("describeTable() tells within seconds that nobody answers", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = createClient({
    endpoint,
    timeouts: { connect: 300, answer: 300 },
  });
  const start = performance.now();
  try {
    const error = await assertRejects(
      () => describeTable({ client, table: "x", endpoint }),
      UserError,
    );
    assertStringIncludes(error.message, `Cannot reach DynamoDB at ${endpoint}`);
    assert(performance.now() - start < 15_000);
  } finally {
    client.destroy();
  }
});
