/** What became of conversations. @module */

import type { Gap } from "../domain/conversation.ts";
import type { Issue } from "../domain/issue.ts";

/** What became of one conversation; every message of its thread is in one of the counts. */
export interface Outcome {
  readonly conversationId: string;
  /** `older`: skipped, since what is stored is newer; `absent`: it is in the table, but not in the export; `pruned`: deleted
   * for that. */
  readonly result:
    | "new"
    | "changed"
    | "unchanged"
    | "older"
    | "failed"
    | "absent"
    | "pruned";
  readonly messages: {
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly skipped: number;
    readonly failed: number;
  };
  /** Rows that the store acknowledged, and stored messages kept although they are not on the thread. */
  readonly rows: {
    readonly put: number;
    readonly deleted: number;
    readonly edited: number;
    readonly absent: number;
    readonly withheld: number;
    readonly kept: number;
  };
  /** How many rows the conversation had before. */
  readonly storedRows: number;
  /** What became of stored messages that are not on the thread. */
  readonly fates: readonly Fate[];
  readonly issues: readonly Issue[];
  /** The failure of the store that ended it, if one did. */
  readonly error?: Error;
}

/** What became of a stored message that is not on the thread. */
export interface Fate {
  readonly conversationId: string;
  readonly messageId: string;
  /**
   * `edited`: deleted, as the export shows something else in its place; `gone`: deleted, as it is nowhere in the
   * export; `absent`: deleted, as its conversation is not in the export; `withheld`: one of these, but not deleted; `kept`: of a kind that the export does not ship.
   */
  readonly fate: "edited" | "gone" | "absent" | "withheld" | "kept";
}

/** The issue of a conversation, or a message of it, that could not be stored. */
export function notStored(
  conversationId: string,
  message: string,
  messageId?: string,
): Issue {
  const where = messageId === undefined ? "table" : "table row";
  return {
    code: "not-stored",
    where,
    message,
    conversationId,
    ...(messageId !== undefined && { messageId }),
  };
}

/** The issue of a conversation of which stored messages stay, since its thread is a guess. */
export function uncertainThread(
  conversationId: string,
  messages: number,
  gap: Gap | undefined,
): Issue {
  const why = gap === "before"
    ? "the message before its first one is not in the export"
    : "the export does not tell its current message";
  return {
    code: "uncertain-thread",
    where: "table",
    message:
      `${messages} stored messages are not on its thread; they are not deleted, as ${why}`,
    conversationId,
  };
}
