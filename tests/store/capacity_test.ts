import { assertEquals, assertRejects } from "@std/assert";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import { Capacity, writeUnits } from "../../src/store/capacity.ts";

Deno.test("writeUnits() are a unit a kilobyte of the larger of both items, at least one", () => {
  const item = (bytes: number) => ({ a: { S: "x".repeat(bytes - 1) } });
  assertEquals(writeUnits(undefined), 1);
  assertEquals(writeUnits(item(1024)), 1);
  assertEquals(writeUnits(item(1025)), 2);
  assertEquals(writeUnits(item(10), item(5000)), 5);
  assertEquals(writeUnits(undefined, item(5000)), 5);
});

Deno.test("Capacity refuses what would go past its purse, and says what is used", async () => {
  const capacity = new Capacity({ most: 10 });
  await capacity.take(6);
  await capacity.take(4);
  const error = await assertRejects(() => capacity.take(1), UserError);
  assertEquals(error.code, EXIT.incomplete);
  assertEquals(capacity.predicted, 10);
});

Deno.test("Capacity counts what DynamoDB consumed, and its purse knows when that is more than predicted", async () => {
  const capacity = new Capacity({ most: 10 });
  await capacity.take(2);
  capacity.count("write", [{ CapacityUnits: 9 }]);
  capacity.count("read", { CapacityUnits: 0.5 });
  capacity.count("read", undefined);
  assertEquals(capacity.consumed, { read: 0.5, write: 9 });
  await assertRejects(() => capacity.take(2), UserError);
});

Deno.test("Capacity lets a second's worth through at once and holds the rest to its rate", async () => {
  let now = 0;
  const capacity = new Capacity({
    rate: 100,
    now: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
  });
  for (let taken = 0; taken < 1_000; taken += 25) await capacity.take(25);
  // The first hundred were free.
  assertEquals(Math.round(now), 9_000);
  now += 60_000;
  const before = now;
  await capacity.take(100);
  assertEquals(now, before);
  await capacity.take(100);
  assertEquals(Math.round(now - before), 1_000);
});

Deno.test("Capacity holds writers side by side to the same rate", async () => {
  const pauses: number[] = [];
  const capacity = new Capacity({
    rate: 10,
    now: () => 0,
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  });
  await Promise.all(Array.from({ length: 4 }, () => capacity.take(10)));
  assertEquals(pauses, [1_000, 2_000, 3_000]);
});
