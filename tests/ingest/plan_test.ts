import { assertEquals } from "@std/assert";
import { messageDigest } from "../../src/domain/digest.ts";
import type { Message } from "../../src/domain/message.ts";
import { planConversation } from "../../src/ingest/plan.ts";
import type { MessageRow, RowSummary } from "../../src/store/store.ts";
import { message } from "../support/builders.ts";

function thread(...rows: [id: string, digest: string][]): MessageRow[] {
  return rows.map(([id, digest], position) => ({
    message: message({ id, position }),
    digest,
  }));
}

/** Stored rows of a full export, in this order. */
function stored(
  ...rows: [id: string, fields: Partial<RowSummary>][]
): Map<string, RowSummary> {
  return new Map(rows.map(([id, fields], position) => [
    id,
    {
      digest: "?",
      position,
      role: "user",
      contentType: "text",
      layout: "full",
      ...fields,
    },
  ]));
}

/** Messages with their true digests. */
function true_(...messages: Partial<Message>[]): MessageRow[] {
  return messages.map((fields, position) => {
    const one = message({ position, ...fields });
    return { message: one, digest: messageDigest(one) };
  });
}

const TOOL = { role: "tool" } as const;
const NOTHING = {
  puts: [],
  deletes: [],
  withheld: [],
  kept: [],
  keptOnThread: 0,
};
const WHOLE = { ...NOTHING, edited: new Set<string>() };

Deno.test("planConversation() puts a thread that is not stored yet", () => {
  const rows = thread(["a", "1"], ["b", "2"]);
  assertEquals(planConversation(rows, new Map()), {
    ...WHOLE,
    puts: rows,
    counts: { new: 2, changed: 0, unchanged: 0 },
  });
});

Deno.test("planConversation() touches nothing where all is the same", () => {
  const plan = planConversation(
    thread(["a", "1"], ["b", "2"]),
    stored(["b", { digest: "2" }], ["a", { digest: "1" }]),
  );
  assertEquals(plan, {
    ...WHOLE,
    counts: { new: 0, changed: 0, unchanged: 2 },
  });
});

Deno.test("planConversation() puts only what differs and deletes what left", () => {
  const rows = thread(["a", "1"], ["b", "changed"], ["d", "new"]);
  const plan = planConversation(
    rows,
    stored(["a", { digest: "1" }], ["b", { digest: "2" }], ["c", {}]),
  );
  assertEquals(plan.puts, rows.slice(1));
  assertEquals(plan.deletes, ["c"]);
  assertEquals(plan.counts, { new: 1, changed: 1, unchanged: 1 });
});

Deno.test("planConversation() takes a row of the Python pipeline for changed", () => {
  const old: RowSummary = { role: "user", contentType: "text", layout: "text" };
  const plan = planConversation(thread(["a", "1"]), new Map([["a", old]]));
  assertEquals(plan.counts, { new: 0, changed: 1, unchanged: 0 });
  assertEquals(plan.deletes, []);
});

Deno.test("planConversation() withholds every delete when not all could be read", () => {
  const plan = planConversation(
    thread(["a", "1"]),
    stored(["a", {}], ["b", {}]),
    { withholdDeletes: true },
  );
  assertEquals([plan.deletes, plan.withheld], [[], ["b"]]);
});

Deno.test("planConversation() deletes all rows of an emptied thread", () => {
  assertEquals(planConversation([], stored(["a", {}], ["t", TOOL])).deletes, [
    "a",
    "t",
  ]);
});

Deno.test("planConversation() keeps what a slim export does not ship while its surroundings are on the thread", () => {
  const rows = stored(["system", { role: "system" }], ["a", {}], ["t", TOOL], [
    "code",
    { contentType: "code" },
  ], ["b", {}]);
  const plan = planConversation(true_({ id: "a" }, { id: "b" }), rows, {
    layout: "slim",
  });
  assertEquals(plan, {
    ...WHOLE,
    kept: ["system", "t", "code"],
    keptOnThread: 3,
    counts: { new: 0, changed: 0, unchanged: 2 },
  });
});

Deno.test("planConversation() deletes with an edited message what hung on it, also from a slim export", () => {
  const rows = stored(["a", {}], ["t1", TOOL], ["b", {}], ["t2", TOOL], [
    "c",
    {},
  ]);
  const plan = planConversation(true_({ id: "a" }, { id: "b2" }), rows, {
    layout: "slim",
  });
  assertEquals([plan.deletes, plan.kept], [["b", "t2", "c"], ["t1"]]);
  assertEquals(
    plan.puts.map(({ message: { id, position } }) => [id, position]),
    [["b2", 2]],
  );
});

Deno.test("planConversation() deletes from a full export what a slim one would have kept", () => {
  const plan = planConversation(
    thread(["a", "?"]),
    stored(["a", {}], ["t", TOOL]),
  );
  assertEquals([plan.deletes, plan.kept], [["t"], []]);
});

Deno.test("planConversation() replaces no message by the poorer copy of it, but by the richer one", () => {
  const [row] = true_({ id: "a", content: "less" });
  const rich = stored(["a", { layout: "full" }]);
  const poor = stored(["a", { layout: "slim" }]);
  const puts = (
    there: Map<string, RowSummary>,
    layout: "full" | "slim" | "text",
  ) =>
    planConversation(row === undefined ? [] : [row], there, { layout }).puts
      .length;
  assertEquals([puts(rich, "slim"), puts(rich, "text"), puts(poor, "text")], [
    0,
    0,
    0,
  ]);
  assertEquals([puts(poor, "full"), puts(poor, "slim"), puts(rich, "full")], [
    1,
    1,
    1,
  ]);
});

Deno.test("planConversation() gives new messages of a slim export places behind what stays before them", () => {
  const rows = stored(["a", {}], ["t", TOOL], ["c", {}]);
  const plan = planConversation(
    true_({ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }, { id: "e" }),
    rows,
    {
      layout: "slim",
    },
  );
  assertEquals(
    plan.puts.map(({ message: { id, position } }) => [id, position]),
    [["b", 1.5], ["d", 3], ["e", 4]],
  );
  for (const { message, digest } of plan.puts) {
    assertEquals(digest, messageDigest(message));
  }
});

Deno.test("planConversation() finds a slim thread unchanged among the rows that it was put into", () => {
  const thread = true_({ id: "a" }, { id: "b" });
  const placed = messageDigest(message({ id: "b", position: 2 }));
  const rows = stored(["a", {}], ["t", TOOL], ["b", {
    layout: "slim",
    digest: placed,
  }]);
  assertEquals(planConversation(thread, rows, { layout: "slim" }).puts, []);
});

/** What a plan does, by id. */
function deeds(
  { puts, deletes, withheld, kept, keptOnThread }: ReturnType<
    typeof planConversation
  >,
) {
  const ids = puts.map(({ message }) => message.id);
  return { puts: ids, deletes, withheld, kept, keptOnThread };
}

Deno.test("planConversation() puts branches beside the thread, and takes them away when they are not wanted", () => {
  const rows = thread(["a", "1"], ["b", "2"]);
  const branches = thread(["x", "3"], ["y", "4"]);
  const there = stored(["a", { digest: "1" }], ["b", { digest: "2" }]);
  assertEquals(deeds(planConversation(rows, there, { branches })), {
    ...NOTHING,
    puts: ["x", "y"],
  });
  const all = new Map([
    ...there,
    ...stored(
      ["x", { digest: "3", branch: true }],
      ["y", { digest: "old", branch: true }],
      ["z", { digest: "5", branch: true }],
    ),
  ]);
  const again = planConversation(rows, all, { branches });
  assertEquals(deeds(again), { ...NOTHING, puts: ["y"], deletes: ["z"] });
  assertEquals(again.counts, { new: 0, changed: 1, unchanged: 3 });
  assertEquals(deeds(planConversation(rows, all)), {
    ...NOTHING,
    deletes: ["x", "y", "z"],
  });
  assertEquals(deeds(planConversation(rows, all, { withholdDeletes: true })), {
    ...NOTHING,
    withheld: ["x", "y", "z"],
  });
});

Deno.test("planConversation() moves a message from the thread to a branch and back by a put", () => {
  const there = stored(["a", { digest: "1" }], ["b", { digest: "2" }]);
  const away = planConversation(thread(["a", "1"]), there, {
    branches: thread(["b", "branched"]),
  });
  assertEquals(deeds(away), { ...NOTHING, puts: ["b"] });
  const branched = stored(["a", { digest: "1" }], [
    "b",
    { digest: "branched", branch: true },
  ]);
  const back = planConversation(thread(["a", "1"], ["b", "2"]), branched);
  assertEquals(deeds(back), { ...NOTHING, puts: ["b"] });
});

Deno.test("planConversation() keeps on branches what a slim export does not ship, while branches are stored", () => {
  const there = stored(
    ["a", {}],
    ["x", { branch: true }],
    ["t", { ...TOOL, branch: true }],
  );
  const rows = true_({ id: "a" });
  const slim = { layout: "slim" } as const;
  assertEquals(
    deeds(planConversation(rows, there, { ...slim, branches: [] })),
    { ...NOTHING, deletes: ["x"], kept: ["t"] },
  );
  assertEquals(deeds(planConversation(rows, there, slim)), {
    ...NOTHING,
    deletes: ["x", "t"],
  });
});

Deno.test("planConversation() tells what an edit left behind from what is gone", () => {
  const there = stored(["a", {}], ["b", {}], ["c", {}], ["d", {}], ["e", {}]);
  const edited = (rows: MessageRow[], offThread: string[] = []) => [
    ...planConversation(rows, there, { offThreadIds: new Set(offThread) })
      .edited,
  ];
  // Something new stands between the same neighbours, or behind the last one.
  assertEquals(edited(thread(["a", "1"], ["x", "2"], ["d", "3"], ["e", "4"])), [
    "b",
    "c",
  ]);
  assertEquals(edited(thread(["a", "1"], ["b", "2"], ["x", "3"])), [
    "c",
    "d",
    "e",
  ]);
  // The export itself has them on a branch.
  assertEquals(edited(thread(["a", "1"], ["b", "2"]), ["d"]), ["d"]);
  // Nothing is in their place, or something in another.
  assertEquals(edited(thread(["a", "1"], ["b", "2"])), []);
  assertEquals(
    edited(thread(["a", "1"], ["b", "2"], ["d", "4"], ["e", "5"], ["x", "6"])),
    [],
  );
});

Deno.test("planConversation() tells what a slim export would not ship in any case by the message before it", () => {
  const there = stored(["a", {}], ["b", {}], ["tool", TOOL], ["c", {}]);
  const { deletes, edited } = planConversation(thread(["a", "1"]), there, {
    layout: "slim",
    offThreadIds: new Set(["b"]),
  });
  assertEquals(deletes, ["b", "tool", "c"]);
  assertEquals([...edited], ["b", "tool"]);
});

Deno.test("planConversation() deletes nothing that may be on the true thread, and leaves it in its place", () => {
  const there = stored(["a", {}], ["b", {}], ["c", {}], ["d", {}], ["e", {}]);
  const plan = (
    rows: MessageRow[],
    gap: "before" | "all",
    offThread: string[] = [],
  ) => {
    const offThreadIds = new Set(offThread);
    const planned = planConversation(rows, there, { gap, offThreadIds });
    return [planned.deletes.join(" "), planned.withheld.join(" ")];
  };
  // What is behind the cut is certain, and so is what the export has on another branch.
  assertEquals(plan(thread(["c", "3"], ["d", "4"]), "before"), ["e", "a b"]);
  assertEquals(plan(thread(["c", "3"]), "before", ["b"]), ["b d e", "a"]);
  assertEquals(plan(thread(["x", "1"]), "before", ["c"]), ["c", "a b d e"]);
  assertEquals(plan(thread(["c", "3"]), "all", ["b"]), ["", "a b d e"]);
  const { puts } = planConversation(thread(["c", "?"], ["x", "9"]), there, {
    gap: "before",
  });
  assertEquals(
    puts.map(({ message: { id, position } }) => [id, position]),
    [["c", 2], ["x", 3]],
  );
});
