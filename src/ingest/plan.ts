/** What must change in the table for one conversation; pure. @module */

import type { MessageRow } from "../store/store.ts";

/** The difference between a thread and its stored rows. */
export interface ConversationPlan {
  /** Rows to write, in the order of the thread: those not stored yet, then counted, those stored otherwise. */
  readonly puts: readonly MessageRow[];
  /** Ids of stored messages that left the thread. */
  readonly deletes: readonly string[];
  /** The same, where they must not be deleted. */
  readonly withheld: readonly string[];
  /** How many of the thread's messages are not stored yet, stored otherwise, and stored as they are. */
  readonly counts: {
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
  };
}

/** Options of {@linkcode planConversation}. */
export interface PlanOptions {
  /** Whether nothing may be deleted, since not all of the conversation could be read. */
  readonly withholdDeletes?: boolean;
}

/**
 * Compares a thread with the rows that are stored of it.
 *
 * @param thread The thread's messages with their digests.
 * @param stored The digest of each stored message by its id; undefined where another tool wrote the row.
 */
export function planConversation(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, string | undefined>,
  options: PlanOptions = {},
): ConversationPlan {
  const puts = thread.filter((row) =>
    !stored.has(row.message.id) || stored.get(row.message.id) !== row.digest
  );
  const added = puts.filter((row) => !stored.has(row.message.id)).length;
  const onThread = new Set(thread.map((row) => row.message.id));
  const gone = [...stored.keys()].filter((id) => !onThread.has(id));
  return {
    puts,
    deletes: options.withholdDeletes ? [] : gone,
    withheld: options.withholdDeletes ? gone : [],
    counts: {
      new: added,
      changed: puts.length - added,
      unchanged: thread.length - puts.length,
    },
  };
}
