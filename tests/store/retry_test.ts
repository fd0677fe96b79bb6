import { assert, assertEquals, assertRejects } from "@std/assert";
import { Patience, sleep } from "../../src/store/retry.ts";

/** A patience whose time passes only in its pauses. */
function patient(
  deadline: number,
  random: () => number = () => 1,
): { patience: Patience; pauses: number[] } {
  let clock = 0;
  const pauses: number[] = [];
  const patience = new Patience({
    deadline,
    random,
    now: () => clock,
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      clock += milliseconds;
      return Promise.resolve();
    },
  });
  return { patience, pauses };
}

Deno.test("Patience doubles its pauses up to twenty seconds", async () => {
  const { patience, pauses } = patient(Infinity);
  for (let attempt = 0; attempt < 11; attempt++) await patience.pause("why");
  assertEquals(pauses, [
    50,
    100,
    200,
    400,
    800,
    1600,
    3200,
    6400,
    12_800,
    20_000,
    20_000,
  ]);
});

Deno.test("Patience takes a random part of each pause", async () => {
  const { patience, pauses } = patient(Infinity, () => 0.25);
  for (let attempt = 0; attempt < 3; attempt++) await patience.pause("why");
  assertEquals(pauses, [12.5, 25, 50]);
});

Deno.test("Patience ends with the reason when nothing moved for too long", async () => {
  const { patience, pauses } = patient(1_000);
  const why = new Error("throttled");
  const error = await assertRejects(async () => {
    for (;;) await patience.pause(why);
  });
  assertEquals(error, why);
  assertEquals(pauses.reduce((sum, pause) => sum + pause), 1_550);
});

Deno.test("Patience starts anew when something moved", async () => {
  const { patience, pauses } = patient(1_000);
  for (let attempt = 0; attempt < 20; attempt++) {
    await patience.pause("why");
    patience.progress();
  }
  assertEquals(new Set(pauses), new Set([50]));
});

Deno.test("sleep() ends early with the signal's reason and leaves nothing behind", async () => {
  const interrupt = new AbortController();
  const start = performance.now();
  const sleeping = assertRejects(
    () => sleep(60_000, interrupt.signal),
    Error,
    "enough",
  );
  interrupt.abort(new Error("enough"));
  await sleeping;
  await assertRejects(() => sleep(60_000, interrupt.signal), Error, "enough");
  assert(performance.now() - start < 10_000);
});
