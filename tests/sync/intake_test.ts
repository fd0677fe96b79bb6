import { assertEquals } from "@std/assert";
import type { ConversationRecord } from "../../src/domain/conversation.ts";
import type { Issue } from "../../src/domain/issue.ts";
import { emptyLedger } from "../../src/domain/ledger.ts";
import { Intake } from "../../src/sync/intake.ts";
import { conversation, message } from "../support/builders.ts";

const issue: Issue = {
  code: "bad-message",
  where: "a.json[0]",
  message: "odd",
};

function record(
  id: string,
  updateTime: number | null,
  messages: number,
  rest: Partial<Extract<ConversationRecord, { kind: "conversation" }>> = {},
): ConversationRecord {
  return {
    kind: "conversation",
    conversation: conversation({
      id,
      updateTime,
      messages: Array.from(
        { length: messages },
        (_, position) => message({ id: `${id}-${position}`, position }),
      ),
    }),
    layout: "full",
    offThread: 0,
    issues: [],
    unknownTypes: {},
    ...rest,
  };
}

async function admit(
  intake: Intake,
  records: ConversationRecord[],
): Promise<string[]> {
  const admitted = intake.admit((async function* () {
    yield* records;
  })());
  return await Array.fromAsync(
    admitted,
    ({ conversation }) => `${conversation.id}@${conversation.updateTime}`,
  );
}

Deno.test("Intake counts each record once, by what it is", async () => {
  const ledger = emptyLedger();
  const intake = new Intake(ledger);
  const admitted = await admit(intake, [
    record("a", 1, 2, {
      offThread: 3,
      issues: [issue],
      unknownTypes: { hologram: 1 },
    }),
    { kind: "failed", issue: { ...issue, code: "bad-conversation" } },
    { kind: "unreadable", issue: { ...issue, code: "unreadable-file" } },
  ]);
  assertEquals(admitted, ["a@1"]);
  assertEquals(ledger.conversations, {
    read: 2,
    new: 0,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 1,
  });
  assertEquals(ledger.messages, {
    read: 6,
    new: 0,
    changed: 0,
    unchanged: 0,
    skipped: 0,
    failed: 1,
    offThread: 3,
  });
  assertEquals(ledger.unknownTypes, { hologram: 1 });
  assertEquals(intake.issues.map(({ code }) => code), [
    "bad-message",
    "bad-conversation",
    "unreadable-file",
  ]);
});

Deno.test("Intake skips a copy that is older, or as old and no fuller", async () => {
  const ledger = emptyLedger();
  const admitted = await admit(new Intake(ledger), [
    record("a", 5, 2),
    record("a", 4, 9),
    record("a", 5, 2),
    record("a", null, 9),
  ]);
  assertEquals(admitted, ["a@5"]);
  assertEquals(ledger.conversations.skipped, 3);
  assertEquals(ledger.messages.skipped, 20);
});

Deno.test("Intake passes on a copy that is newer, or as old and fuller, and tells what it replaces", async () => {
  const replaced: number[] = [];
  const intake = new Intake(
    emptyLedger(),
    (messages) => replaced.push(messages),
  );
  const admitted = await admit(intake, [
    record("a", null, 1),
    record("a", 3, 1),
    record("a", 3, 4),
  ]);
  assertEquals(admitted, ["a@null", "a@3", "a@3"]);
  assertEquals(replaced, [1, 1]);
});
