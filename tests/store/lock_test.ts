import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import { acquireLock, breakLock, lockHolder } from "../../src/store/lock.ts";
import type { TableAccess } from "../../src/store/schema.ts";
import { sleep } from "../../src/store/retry.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";

function lockTest(
  criterion: string,
  body: (access: TableAccess) => Promise<void>,
): void {
  Deno.test(`acquireLock() ${criterion} (${ENGINE_NAME})`, async () => {
    await using engine = await openTestEngine();
    await using access = await engine.temporaryTable();
    await body(access);
  });
}

lockTest("is free again when it is let go of", async (access) => {
  assertEquals(await lockHolder(access), undefined);
  for (const run of ["a", "b"]) {
    await using lock = await acquireLock(access, { run });
    lock.check();
    assertEquals((await lockHolder(access))?.run, run);
  }
  assertEquals(await lockHolder(access), undefined);
});

lockTest("refuses while another run shows signs of life", async (access) => {
  await using _ = await acquireLock(access, { run: "a", lease: 1_500 });
  const waits: string[] = [];
  const error = await assertRejects(
    () =>
      acquireLock(access, { run: "b", onWait: ({ run }) => waits.push(run) }),
    UserError,
  );
  assertEquals([error.code, waits], [EXIT.locked, ["a"]]);
  assertEquals((await lockHolder(access))?.run, "a");
});

lockTest(
  "waits out the lease of a run that died, and then takes it over",
  async (access) => {
    const died = await acquireLock(access, { run: "a", lease: 60_000 });
    await using cleanup = new AsyncDisposableStack();
    cleanup.use(died);
    await breakLock(access);
    // One that shows no more signs of life.
    const silent = await acquireLock(access, { run: "b", lease: 900_000 });
    cleanup.use(silent);
    await using _ = cleanup.move();
    await shortenLease(access, 700);
    const start = performance.now();
    await using lock = await acquireLock(access, { run: "c" });
    assert(performance.now() - start >= 700);
    lock.check();
    assertEquals((await lockHolder(access))?.run, "c");
  },
);

lockTest("goes to one of many who want it", async (access) => {
  const wanting = await Promise.allSettled(
    Array.from(
      { length: 5 },
      (_, index) => acquireLock(access, { run: `r${index}`, lease: 600 }),
    ),
  );
  const winners = wanting.filter((one) => one.status === "fulfilled");
  assertEquals(winners.length, 1);
  for (const one of winners) await one.value[Symbol.asyncDispose]();
});

lockTest("tells its holder when it was taken away", async (access) => {
  await using lock = await acquireLock(access, { run: "a", lease: 300 });
  await breakLock(access);
  for (let waited = 0; !lock.signal.aborted && waited < 3_000; waited += 20) {
    await sleep(20);
  }
  assert(lock.signal.reason instanceof UserError);
  assertThrows(() => lock.check(), UserError);
});

/** Rewrites the lock with a shorter lease, as a run would have that was begun with it. */
async function shortenLease(
  { client, table }: TableAccess,
  lease: number,
): Promise<void> {
  const { UpdateItemCommand } = await import("@aws-sdk/client-dynamodb");
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { ConversationID: { S: "LOCK#sync" }, ItemType: { S: "LOCK" } },
      UpdateExpression: "SET Lease = :lease",
      ExpressionAttributeValues: { ":lease": { N: String(lease) } },
    }),
  );
}
