/** One run that compares the table with an export, or with itself. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { EXIT, type ExitCode } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import { emptyLedger } from "../domain/ledger.ts";
import {
  checkStored,
  compareConversation,
  type Difference,
} from "../ingest/verify.ts";
import type { Store } from "../store/store.ts";
import { candidateOf, Intake, nothingRead } from "./intake.ts";

/** What a run found. */
export interface VerifyReport {
  /** Conversations compared, and how many of them are as they ought to be. */
  readonly conversations: { read: number; same: number; different: number };
  readonly differences: readonly Difference[];
  readonly issues: readonly Issue[];
  readonly exitCode: ExitCode;
}

/** Options of both. */
export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Called after each conversation with the number of those looked at. */
  readonly onProgress?: (conversations: number) => void;
}

/**
 * Reads every conversation of the export back and compares it.
 *
 * @throws {UserError} When no conversation could be read.
 */
export async function verifyExport(
  records: AsyncIterable<ConversationRecord>,
  store: Store,
  { signal, onProgress }: VerifyOptions = {},
): Promise<VerifyReport> {
  const intake = new Intake(emptyLedger());
  // The last copy of a conversation is the one that counts, so all are gathered first; by id only.
  const latest = new Map<string, Difference[]>();
  for await (const record of intake.admit(records)) {
    if (signal?.aborted) break;
    const { id } = record.conversation;
    const candidate = candidateOf(record);
    const stored = await store.read(id);
    const differences = compareConversation(candidate, stored);
    latest.set(id, differences);
    onProgress?.(latest.size);
  }
  if (latest.size === 0 && !signal?.aborted) throw nothingRead(intake.issues);
  return report([...latest.values()], intake.issues, signal);
}

/** Looks at everything that is stored: whether rows and heads agree, and nothing is damaged. */
export async function verifySelf(
  store: Store,
  { signal, onProgress }: VerifyOptions = {},
): Promise<VerifyReport> {
  const all: Difference[][] = [];
  for await (const id of store.conversationIds()) {
    if (signal?.aborted) break;
    const stored = await store.read(id);
    all.push(
      stored === undefined
        ? [{ conversationId: id, kind: "incomplete" }]
        : checkStored(id, stored),
    );
    onProgress?.(all.length);
  }
  return report(all, [], signal);
}

function report(
  all: readonly (readonly Difference[])[],
  issues: readonly Issue[],
  signal: AbortSignal | undefined,
): VerifyReport {
  const different = all.filter((one) => one.length > 0).length;
  return {
    conversations: {
      read: all.length,
      same: all.length - different,
      different,
    },
    differences: all.flat(),
    issues,
    exitCode: signal?.aborted
      ? EXIT.interrupted
      : different > 0
      ? EXIT.different
      : issues.length > 0
      ? EXIT.incomplete
      : EXIT.ok,
  };
}
