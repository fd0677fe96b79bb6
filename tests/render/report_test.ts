import { assertEquals } from "@std/assert";
import type { Issue } from "../../src/domain/issue.ts";
import { emptyLedger } from "../../src/domain/ledger.ts";
import {
  renderCapacity,
  renderIssues,
  renderLedger,
  renderPrediction,
  renderProgress,
} from "../../src/render/report.ts";

Deno.test("renderLedger() writes out each sum", () => {
  const ledger = emptyLedger();
  Object.assign(ledger.conversations, {
    read: 12,
    new: 3,
    changed: 2,
    unchanged: 5,
    skipped: 1,
    failed: 1,
  });
  Object.assign(ledger.messages, {
    read: 100,
    new: 40,
    unchanged: 50,
    offThread: 10,
  });
  Object.assign(ledger.rows, { put: 40, deleted: 2 });
  assertEquals(
    renderLedger(ledger),
    [
      "Conversations   12 read = 3 new + 2 changed + 5 unchanged + 1 skipped + 1 failed",
      "Messages       100 read = 40 new + 0 changed + 50 unchanged + 0 skipped + 0 failed + 10 off the thread",
      "Message rows   40 written, 2 deleted = 0 edited away + 2 gone from the export",
    ].join("\n"),
  );
});

Deno.test("renderLedger() names what was not deleted, kept, left alone and not known", () => {
  const ledger = emptyLedger();
  Object.assign(ledger.rows, { withheld: 4, kept: 3 });
  ledger.older = 2;
  ledger.unknownTypes["hologram"] = 2;
  assertEquals(renderLedger(ledger).split("\n").slice(2), [
    "Message rows   0 written, 0 deleted",
    "Not deleted    4 that left the thread; the warnings tell why",
    "Kept           3 of kinds that this export does not ship",
    "Left alone     2 conversations that are newer in the table; --allow-older replaces them",
    "Kinds of content not known, stored as placeholders: hologram (2)",
  ]);
});

Deno.test("renderIssues() names the place and cuts a long list", () => {
  const issue: Issue = {
    code: "bad-message",
    where: "a.json[3]",
    message: "no author",
    conversationId: "c",
    messageId: "m",
  };
  assertEquals(
    renderIssues([issue]),
    "a.json[3]: conversation c message m: no author",
  );
  const lines = renderIssues(Array.from({ length: 25 }, () => issue)).split(
    "\n",
  );
  assertEquals(lines.length, 21);
  assertEquals(lines.at(-1), "and 5 more; --json lists them all");
});

Deno.test("renderProgress() tells share, counts and file", () => {
  const ledger = emptyLedger();
  ledger.conversations.read = 7;
  ledger.messages.read = 90;
  assertEquals(
    renderProgress(ledger, { file: "a.json", share: 0.257 }),
    " 25 %  7 conversations, 90 messages  a.json",
  );
});

Deno.test("renderCapacity() and renderPrediction() tell units and what they cost", () => {
  assertEquals(
    renderCapacity({ read: 2.5, write: 1_000_000, predictedWrite: 999_990 }),
    "Capacity       1000000 write units of 999990 predicted, 2.5 read units; $0.625000 on demand in us-east-1",
  );
  assertEquals(
    renderPrediction({ read: 8_000_000, write: 0 }, true),
    "Capacity       0 write units and 8000000 read units to be used; $1.000000 on demand in us-east-1",
  );
  assertEquals(
    renderPrediction({ read: 1, write: 2 }, false),
    "Capacity       2 write units and 1 read units to be used; they cost nothing here",
  );
});

Deno.test("renderLedger() tells rows of conversations that are not in the export apart, and speaks of plans as plans", () => {
  const ledger = emptyLedger();
  Object.assign(ledger.rows, { put: 1, deleted: 9, edited: 2, absent: 4 });
  ledger.pruned = 2;
  const line = (planned: boolean) =>
    renderLedger(ledger, { planned }).split("\n")[2];
  const fates =
    " = 2 edited away + 3 gone from the export + 4 of 2 conversations that are not in it";
  assertEquals(line(false), `Message rows   1 written, 9 deleted${fates}`);
  assertEquals(line(true), `Message rows   1 to write, 9 to delete${fates}`);
});
