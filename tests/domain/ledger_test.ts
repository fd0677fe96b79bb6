import { assertEquals, assertThrows } from "@std/assert";
import {
  addCounts,
  assertBalanced,
  emptyLedger,
} from "../../src/domain/ledger.ts";

Deno.test("assertBalanced() accepts a ledger whose buckets add up", () => {
  const ledger = emptyLedger();
  assertBalanced(ledger);
  ledger.conversations.read = 2;
  ledger.conversations.new = ledger.conversations.failed = 1;
  ledger.messages.read = 5;
  ledger.messages.unchanged = 3;
  ledger.messages.offThread = 2;
  assertBalanced(ledger);
});

Deno.test("assertBalanced() names the sum that is off", () => {
  const ledger = emptyLedger();
  ledger.messages.read = 3;
  ledger.messages.skipped = 2;
  const cause = new Error("earlier");
  const error = assertThrows(
    () => assertBalanced(ledger, cause),
    Error,
    "3 messages read, but 2 accounted for",
  );
  assertEquals(error.cause, cause);
});

Deno.test("emptyLedger() gives a ledger of its own each time", () => {
  emptyLedger().rows.put++;
  assertEquals(emptyLedger().rows.put, 0);
});

Deno.test("addCounts() adds by name", () => {
  const counts = { a: 1 };
  addCounts(counts, { a: 2, b: 3 });
  assertEquals(counts, { a: 3, b: 3 } as Record<string, number>);
});
