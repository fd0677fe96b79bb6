import { assertEquals, assertRejects } from "@std/assert";
import type { ConversationRecord } from "../../src/domain/conversation.ts";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import type { Admitted } from "../../src/sync/intake.ts";
import { type ParsedWriter, parseInto } from "../../src/sync/parse.ts";
import { conversation, message } from "../support/builders.ts";

/** A folder that is a list. */
class ListWriter implements ParsedWriter {
  readonly written: string[] = [];
  committed = false;

  write({ conversation }: Admitted): Promise<void> {
    this.written.push(conversation.id);
    return Promise.resolve();
  }

  commit(): Promise<void> {
    this.committed = true;
    return Promise.resolve();
  }
}

async function* records(
  ...list: [id: string, updateTime: number][]
): AsyncGenerator<ConversationRecord> {
  for (const [id, updateTime] of list) {
    yield {
      kind: "conversation",
      conversation: conversation({
        id,
        updateTime,
        messages: [message({ id: "m" })],
      }),
      layout: "full",
      offThread: 0,
      issues: [],
      unknownTypes: {},
    };
  }
}

Deno.test("parseInto() writes each conversation and commits once", async () => {
  const writer = new ListWriter();
  const report = await parseInto(writer, records(["a", 1], ["b", 1]));
  assertEquals([writer.written, writer.committed], [["a", "b"], true]);
  assertEquals(report.ledger.conversations, {
    read: 2,
    written: 2,
    skipped: 0,
    failed: 0,
  });
  assertEquals(report.exitCode, EXIT.ok);
});

Deno.test("parseInto() counts a copy that a newer one replaced as skipped", async () => {
  const { ledger } = await parseInto(
    new ListWriter(),
    records(["a", 1], ["a", 2], ["a", 1]),
  );
  assertEquals(ledger.conversations, {
    read: 3,
    written: 1,
    skipped: 2,
    failed: 0,
  });
  assertEquals(ledger.messages, {
    read: 3,
    written: 1,
    skipped: 2,
    failed: 0,
    offThread: 0,
  });
});

Deno.test("parseInto() ends incomplete when a record could not be read", async () => {
  const source = (async function* (): AsyncGenerator<ConversationRecord> {
    yield* records(["a", 1]);
    yield {
      kind: "unreadable",
      issue: { code: "unreadable-file", where: "b.json", message: "cut" },
    };
  })();
  assertEquals(
    (await parseInto(new ListWriter(), source)).exitCode,
    EXIT.incomplete,
  );
});

Deno.test("parseInto() commits nothing when nothing could be read", async () => {
  const writer = new ListWriter();
  await assertRejects(
    () => parseInto(writer, records()),
    UserError,
    "No conversation",
  );
  assertEquals(writer.committed, false);
});

Deno.test("parseInto() commits nothing when it is interrupted", async () => {
  const writer = new ListWriter();
  const interrupt = new AbortController();
  const onProgress = () => interrupt.abort();
  const error = await assertRejects(
    () =>
      parseInto(writer, records(["a", 1], ["b", 1]), {
        signal: interrupt.signal,
        onProgress,
      }),
    UserError,
  );
  assertEquals([error.code, writer.committed, writer.written], [
    EXIT.interrupted,
    false,
    ["a"],
  ]);
});
