/** The first half of a run on its own: records of an export in, parsed files and a balanced ledger out. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import type { Inventory } from "../domain/inventory.ts";
import type { Issue } from "../domain/issue.ts";
import { assertBalanced } from "../domain/ledger.ts";
import {
  type Admitted,
  Intake,
  nothingRead,
  type ReadCounts,
} from "./intake.ts";

/** What was read and what became of it; `written` means that it is in the folder. */
export interface ParseLedger extends ReadCounts {
  readonly conversations: ReadCounts["conversations"] & { written: number };
  readonly messages: ReadCounts["messages"] & { written: number };
}

/** What a run did. */
export interface ParseReport {
  readonly ledger: ParseLedger;
  /** What was found in the export. */
  readonly inventory: Inventory;
  readonly issues: readonly Issue[];
  readonly exitCode: ExitCode;
}

/** A place for parsed conversations, all of which appear at once or not at all. */
export interface ParsedWriter {
  /** Takes a conversation; a later copy with the same id replaces it. */
  write(record: Admitted): Promise<void>;
  /** Makes what was written appear. */
  commit(): Promise<void>;
}

/** Options of {@linkcode parseInto}. */
export interface ParseOptions {
  /** Ends the run with nothing written. */
  readonly signal?: AbortSignal;
  /** Called after each conversation with the ledger so far. */
  readonly onProgress?: (ledger: ParseLedger) => void;
}

/**
 * Writes every conversation of the records.
 *
 * @throws {UserError} When no conversation could be read, or the run was interrupted: then nothing is written.
 */
export async function parseInto(
  writer: ParsedWriter,
  records: AsyncIterable<ConversationRecord>,
  { signal, onProgress }: ParseOptions = {},
): Promise<ParseReport> {
  const ledger: ParseLedger = {
    conversations: { read: 0, written: 0, skipped: 0, failed: 0 },
    messages: { read: 0, written: 0, skipped: 0, failed: 0, offThread: 0 },
    unknownTypes: {},
  };
  const { conversations, messages } = ledger;
  const intake = new Intake(ledger, (previousMessages) => {
    conversations.written--;
    conversations.skipped++;
    messages.written -= previousMessages;
    messages.skipped += previousMessages;
  });
  for await (const record of intake.admit(records)) {
    if (signal?.aborted) break;
    await writer.write(record);
    conversations.written++;
    const { conversation } = record;
    messages.written += conversation.messages.length +
      (conversation.branches?.length ?? 0);
    onProgress?.(ledger);
  }
  if (signal?.aborted) {
    throw new UserError(
      "Interrupted before the export was read; nothing was written",
      { code: EXIT.interrupted },
    );
  }
  if (conversations.read === 0) throw nothingRead(intake.issues);
  assertBalanced(ledger);
  await writer.commit();
  return {
    ledger,
    inventory: intake.inventory,
    issues: intake.issues,
    exitCode: intake.issues.length > 0 ? EXIT.incomplete : EXIT.ok,
  };
}
