import { assertEquals } from "@std/assert";
import { planConversation } from "../../src/ingest/plan.ts";
import type { MessageRow } from "../../src/store/store.ts";
import { message } from "../support/builders.ts";

function thread(...rows: [id: string, digest: string][]): MessageRow[] {
  return rows.map(([id, digest], position) => ({
    message: message({ id, position }),
    digest,
  }));
}

Deno.test("planConversation() puts a thread that is not stored yet", () => {
  const rows = thread(["a", "1"], ["b", "2"]);
  assertEquals(planConversation(rows, new Map()), {
    puts: rows,
    deletes: [],
    withheld: [],
    counts: { new: 2, changed: 0, unchanged: 0 },
  });
});

Deno.test("planConversation() touches nothing where all is the same", () => {
  const plan = planConversation(
    thread(["a", "1"], ["b", "2"]),
    new Map([["b", "2"], ["a", "1"]]),
  );
  assertEquals(plan, {
    puts: [],
    deletes: [],
    withheld: [],
    counts: { new: 0, changed: 0, unchanged: 2 },
  });
});

Deno.test("planConversation() puts only what differs and deletes what left", () => {
  const rows = thread(["a", "1"], ["b", "changed"], ["d", "new"]);
  const plan = planConversation(
    rows,
    new Map([["a", "1"], ["b", "2"], ["c", "3"]]),
  );
  assertEquals(plan.puts, rows.slice(1));
  assertEquals(plan.deletes, ["c"]);
  assertEquals(plan.counts, { new: 1, changed: 1, unchanged: 1 });
});

Deno.test("planConversation() takes a row without digest for changed", () => {
  const plan = planConversation(
    thread(["a", "1"]),
    new Map([["a", undefined]]),
  );
  assertEquals(plan.counts, { new: 0, changed: 1, unchanged: 0 });
  assertEquals(plan.deletes, []);
});

Deno.test("planConversation() withholds every delete when not all could be read", () => {
  const stored = new Map([["a", "1"], ["b", "2"]]);
  const plan = planConversation(thread(["a", "1"]), stored, {
    withholdDeletes: true,
  });
  assertEquals([plan.deletes, plan.withheld], [[], ["b"]]);
});

Deno.test("planConversation() deletes all rows of an emptied thread", () => {
  assertEquals(planConversation([], new Map([["a", "1"]])).deletes, ["a"]);
});
