import { assertEquals, assertRejects } from "@std/assert";
import { Gate } from "../../src/store/gate.ts";

/** Work that goes on until it is told to end. */
function work(gate: Gate, running: { now: number; most: number }) {
  const end = Promise.withResolvers<void>();
  const done = gate.pass(async () => {
    running.most = Math.max(running.most, ++running.now);
    await end.promise;
    running.now--;
  });
  return { end: end.resolve, done };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

Deno.test("Gate lets so many through at a time, in their order", async () => {
  const gate = new Gate(2);
  const running = { now: 0, most: 0 };
  const all = Array.from({ length: 5 }, () => work(gate, running));
  await settle();
  assertEquals(running.now, 2);
  for (const one of all) {
    one.end();
    await one.done;
  }
  assertEquals(running, { now: 0, most: 2 });
});

Deno.test("Gate lets fewer through after throttling, and more again bit by bit", async () => {
  const gate = new Gate(8);
  gate.slower();
  assertEquals(gate.limit, 4);
  for (let i = 0; i < 3; i++) gate.slower();
  assertEquals(gate.limit, 1);
  gate.faster();
  assertEquals(gate.limit, 2);
  gate.faster();
  assertEquals(gate.limit, 2);
  gate.faster();
  assertEquals(gate.limit, 3);
  for (let i = 0; i < 100; i++) gate.faster();
  assertEquals(gate.limit, 8);
  const running = { now: 0, most: 0 };
  gate.slower();
  const all = Array.from({ length: 8 }, () => work(gate, running));
  await settle();
  assertEquals(running.now, 4);
  for (const one of all) one.end();
  await Promise.all(all.map((one) => one.done));
});

Deno.test("Gate goes on after work that failed", async () => {
  const gate = new Gate(1);
  await assertRejects(() => gate.pass(() => Promise.reject(new Error("no"))));
  assertEquals(await gate.pass(() => Promise.resolve(7)), 7);
});
