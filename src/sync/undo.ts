/** One run that puts a table back to what it was before another. @module */

import { EXIT, type ExitCode, reason, UserError } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import type { DeleteLimit } from "../ingest/mod.ts";

/** What is to be put back, and how. */
export interface Undoing {
  /** The partitions that the run wrote to. */
  readonly partitions: readonly string[];
  /** How many message rows undoing would take away, and put back, in a partition. */
  readonly sizeOf: (
    partition: string,
  ) => { readonly deletes: number; readonly puts: number };
  /** The id of the conversation of a partition; undefined where it is none's. */
  readonly conversationOf: (partition: string) => string | undefined;
  readonly restore: (partition: string) => Promise<{
    readonly result: "restored" | "untouched" | "moved";
    readonly put: number;
    readonly deleted: number;
    readonly rejected: readonly string[];
  }>;
}

/** What undoing did. */
export interface UndoLedger {
  /** Conversations that the run wrote to. */
  readonly conversations: {
    read: number;
    restored: number;
    untouched: number;
    moved: number;
    failed: number;
  };
  readonly rows: { put: number; deleted: number };
}

/** How undoing ended. */
export interface UndoReport {
  readonly ledger: UndoLedger;
  readonly issues: readonly Issue[];
  readonly exitCode: ExitCode;
  readonly error?: Error;
}

/** So many failures one after the other mean that the store is at fault. */
const MOST_FAILURES = 3;

/** Puts back partition after partition. Does not throw for a failing store: the report says what was done. */
export async function undo(
  { partitions, sizeOf, conversationOf, restore }: Undoing,
  { maxDeletes, signal, onProgress }: {
    readonly maxDeletes: DeleteLimit;
    readonly signal: AbortSignal;
    readonly onProgress?: (conversations: number) => void;
  },
): Promise<UndoReport> {
  const ledger: UndoLedger = {
    conversations: { read: 0, restored: 0, untouched: 0, moved: 0, failed: 0 },
    rows: { put: 0, deleted: 0 },
  };
  const { conversations, rows } = ledger;
  const issues: Issue[] = [];
  let failures = 0;
  let error: Error | undefined = overLimit(partitions, sizeOf, maxDeletes);
  for (const partition of partitions) {
    if (signal.aborted || error !== undefined) break;
    const conversationId = conversationOf(partition);
    const issue = (code: Issue["code"], message: string) =>
      issues.push({
        code,
        where: "table",
        message,
        ...(conversationId !== undefined && { conversationId }),
      });
    try {
      const done = await restore(partition);
      failures = 0;
      rows.put += done.put;
      rows.deleted += done.deleted;
      const failed = done.rejected.length > 0;
      if (failed) issue("not-stored", done.rejected[0] ?? "");
      if (done.result === "moved") {
        issue("moved", "another run wrote to it since; it stays as it is");
      }
      if (conversationId !== undefined) {
        conversations.read++;
        conversations[failed ? "failed" : done.result]++;
      }
      onProgress?.(conversations.read);
    } catch (thrown) {
      if (conversationId !== undefined) {
        conversations.read++;
        conversations.failed++;
      }
      if (signal.aborted) break;
      issue("not-stored", reason(thrown));
      if (thrown instanceof UserError || ++failures === MOST_FAILURES) {
        error = thrown instanceof Error ? thrown : new Error(reason(thrown));
      }
    }
  }
  if (signal.reason instanceof UserError) error = signal.reason;
  const exitCode = error !== undefined
    ? error instanceof UserError ? error.code : EXIT.error
    : signal.aborted
    ? EXIT.interrupted
    : issues.length > 0
    ? EXIT.incomplete
    : EXIT.ok;
  return { ledger, issues, exitCode, ...(error && { error }) };
}

/** What is wrong when undoing takes away more than allowed. */
function overLimit(
  partitions: readonly string[],
  sizeOf: Undoing["sizeOf"],
  limit: DeleteLimit,
): UserError | undefined {
  let deletes = 0;
  let puts = 0;
  for (const partition of partitions) {
    const size = sizeOf(partition);
    deletes += size.deletes;
    puts += size.puts;
  }
  const most = "rows" in limit
    ? limit.rows
    : Math.floor((deletes + puts) * limit.percent / 100);
  return deletes <= most ? undefined : new UserError(
    `Undoing would delete ${deletes} message rows that the run added, more than ${most}`,
    {
      hint: `Nothing was changed; --max-delete ${deletes} allows it`,
      code: EXIT.deleteLimit,
    },
  );
}
